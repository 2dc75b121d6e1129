"""The CloudEvents project's own conformance cases, sent to the door and read back from the log."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from apps.eventlog import log
from apps.eventlog.types import StoredMessage
from tests.apps.intake.conftest import STRUCTURED, Door

DATA = Path(os.environ.get("DISTSYNC_REAL_DATA", "/nonexistent")) / "cloudevents"
FEATURE, CASES = DATA / "http-protocol-binding.feature", DATA / "v1.yaml"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not FEATURE.is_file(),
        reason="THE CLOUDEVENTS CONFORMANCE CASES WERE NOT RUN: set DISTSYNC_REAL_DATA to the folder that holds cloudevents/",
    ),
]
Case = tuple[str, dict[str, str], str, dict[str, str], Any]


def scenarios() -> Iterator[Case]:
    """(name, headers, body, expected attributes, expected data) of each example of each scenario outline."""
    if not FEATURE.is_file():
        return
    for outline in FEATURE.read_text().split("Scenario Outline:")[1:]:
        steps, _, examples = outline.partition("Examples:")
        column, *values = [row.strip().strip("|").strip() for row in examples.strip().splitlines()]
        for value in values:
            text = steps.replace(f"<{column}>", value)
            sent, expected = re.findall(r'"""\n(.*?)"""', text, re.DOTALL)
            head, _, body = re.sub(r"^ {8}", "", sent, flags=re.MULTILINE).partition("\n\n")
            headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
            rows = [
                [cell.strip() for cell in row.strip(" |").split("|")] for row in re.findall(r"^ +\|.*\|$", text, re.MULTILINE)
            ]
            yield text.splitlines()[0].strip(), headers, body, dict(rows[1:]), json.loads(expected)


def attributes_and_data(kept: StoredMessage) -> tuple[dict[str, Any], Any]:
    if kept.content_type == STRUCTURED:
        document = json.loads(kept.body)
        return {name: value for name, value in document.items() if name != "data"}, document["data"]
    return dict(kept.attributes) | {"datacontenttype": kept.content_type}, json.loads(kept.body)


@pytest.mark.parametrize("case", list(scenarios()), ids=lambda case: case[0])
def test_http_protocol_binding(door: Door, case: Case) -> None:
    _, headers, body, attributes, data = case
    content_type = headers.pop("Content-Type")
    wsgi = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items() if name.startswith("ce-")}
    answer = door.knock(body.encode(), content_type, **wsgi)
    assert (answer.status, answer.document["accepted"]) == (202, 1)
    kept = log.find(attributes["source"], attributes["id"])
    assert kept is not None
    assert attributes_and_data(kept) == (attributes, data)


def test_every_scenario_of_the_feature_was_read() -> None:
    assert [case[0] for case in scenarios()] == [
        "Binary content mode (application/json)",
        "Binary content mode (application/json; charset=utf-8)",
        "Structured content mode (application/cloudevents+json)",
        "Structured content mode (application/cloudevents+json; charset=utf-8)",
    ]


def test_both_modes_were_read() -> None:
    assert [case["Mode"] for case in documents()] == ["binary", "structured"]


def documents() -> list[dict[str, Any]]:
    # Every scalar is text: `1.0` is the version, not a number, and a time stays as it is written.
    return list(yaml.load_all(CASES.read_text(), yaml.BaseLoader)) if CASES.is_file() else []


@pytest.mark.parametrize("case", documents(), ids=lambda case: case["Mode"])
def test_version_1_events(door: Door, case: dict[str, Any]) -> None:
    attributes = dict(case["ContextAttributes"])
    attributes |= attributes.pop("Extensions")
    if case["Mode"] == "binary":
        wsgi = {f"HTTP_CE_{name.upper()}": quote(value, safe="/:") for name, value in attributes.items()}
        answer = door.knock(case["Data"].encode(), "application/json", **wsgi)
    else:
        answer = door.knock(json.dumps(attributes | {"data": json.loads(case["Data"])}).encode())
    assert (answer.status, answer.document["accepted"]) == (202, 1)
    kept = log.find(attributes["source"], attributes["id"])
    assert kept is not None
    told, data = attributes_and_data(kept)
    told.pop("datacontenttype", None)
    assert (told, data) == (attributes, {"world": "hello"})
