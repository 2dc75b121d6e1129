"""docs/contracts.md: every contract for a reader, made from the registry so that it cannot go stale."""

import json
from collections.abc import Iterator
from typing import Any

from apps.contracts.schemas import contracts_document

_INTRODUCTION = """# Contracts: every message type

Made by `manage.py contracts --markdown`; do not edit. The same is at `/api/v1/contracts`, with the JSON Schemas.

Each message is a CloudEvent whose `data` is the object below; required fields are **bold**. Any field that is not listed is
kept and ignored, and null is as good as absent. What cannot be used is quarantined, with the reason.

- An *identifier* is text of 1 to 512 printable characters, `/` included. A number in its place is refused: 007 and 7 are two.
- A *number* is a JSON number or a decimal text such as `"12.5"`, of at most 18 digits before and 6 after the point.
- A *time* is RFC 3339 with its zone. A *date or time* may be a bare date, which ends when that day ends in the site's zone.
- A *short text* has at most 512 characters, a *text* 4,000; neither holds U+0000 or half of a surrogate pair.
- A line names its `line`, its `sku`, or both.
"""


def markdown() -> str:
    """The whole page."""
    documents = contracts_document()
    return "\n".join([_INTRODUCTION, *_contents(documents), *(_section(document) for document in documents)])


def _contents(documents: list[dict[str, Any]]) -> Iterator[str]:
    yield "| type | from | tells |"
    yield "|---|---|---|"
    for document in documents:
        anchor = document["type"].replace(".", "")
        yield f"| [`{document['name']}`](#{anchor}) | {', '.join(document['senders'])} | {document['description']} |"
    yield ""


def _section(document: dict[str, Any]) -> str:
    schemes = [f"The sender has issued: {', '.join(document['owned'])}."] if document["owned"] else []
    if document["mixed"]:
        schemes.append(f"The sender may have issued: {', '.join(document['mixed'])}.")
    example = json.dumps(document["examples"][0], indent=2, ensure_ascii=False)
    return "\n".join(
        [
            f"## {document['type']}",
            "",
            " ".join([f"{document['description']} From: {', '.join(document['senders'])}.", *schemes]),
            "",
            "| field | type | tells |",
            "|---|---|---|",
            *(_row(field) for field in document["fields"] if not field["name"].startswith("references[]")),
            "",
            "```json",
            example,
            "```",
            "",
        ]
    )


def _row(field: dict[str, Any]) -> str:
    name = f"`{field['name']}`"
    return f"| {f'**{name}**' if field['required'] else name} | {field['type']} | {field['description']} |"
