"""What a delivery says: an e-mail's subject and text, and a webhook's body. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from apps.delivery.kinds import KINDS
from apps.delivery.outbox import Delivery, Told
from apps.delivery.preferences import TEAM

TYPE: Final = "distsync.notifications.v1"
SUBJECT_LIMIT: Final = 150
BODY_LIMIT_BYTES: Final = 256 * 1024
_SHORT: Final = 200


def email_subject(content: Sequence[Told]) -> str:
    """One line: the only thing told, or how many there are."""
    said = content[0].title if len(content) == 1 else f"{len(content)} notifications"
    line = " ".join(said.split())
    return line if len(line) <= SUBJECT_LIMIT else f"{line[: SUBJECT_LIMIT - 1]}…"


def email_text(content: Sequence[Told], *, base_url: str, zone: ZoneInfo) -> str:
    """The whole text, one paragraph for each, with times in the reader's zone."""
    paragraphs = [_paragraph(told, base_url, zone) for told in content]
    end = f"What you are told, and when, is set at {base_url}/notifications/settings" if base_url else ""
    return "\n\n".join(filter(None, [*paragraphs, end])) + "\n"


def _paragraph(told: Told, base_url: str, zone: ZoneInfo) -> str:
    lines = [told.title, told.text]
    if told.due_at:
        lines.append(f"Due {_time(told.due_at, zone)}")
    lines.append(f"{KINDS[told.kind].title if told.kind in KINDS else told.kind}, {_time(told.at, zone)}")
    if base_url:
        lines.append(base_url + told.path)
    return "\n".join(filter(None, lines))


def _time(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M %Z}"


def webhook_body(delivery: Delivery, *, base_url: str) -> bytes:
    """The JSON of a call, the same each time that it is tried. Longer texts are cut where the whole would be over
    BODY_LIMIT_BYTES."""
    body = _body(delivery, base_url, None)
    return body if len(body) <= BODY_LIMIT_BYTES else _body(delivery, base_url, _SHORT)


def _body(delivery: Delivery, base_url: str, most: int | None) -> bytes:
    message: dict[str, Any] = {
        "type": TYPE,
        "timestamp": delivery.created_at,
        "data": {
            "team": delivery.recipient.removeprefix(TEAM),
            "notifications": [
                {
                    "id": told.id,
                    "kind": told.kind,
                    "at": told.at,
                    "title": told.title[:most],
                    "text": told.text[:most],
                    "url": base_url + told.path,
                    "due_at": told.due_at,
                }
                for told in delivery.content
            ],
        },
    }
    return msgspec.json.encode(message)
