"""What people enter into the forms of rules, read from the form's fields: lengths, times, why, and what they saw."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from apps.console import words
from apps.console.access import Reader
from apps.console.pages.rules.saying import UNITS
from apps.console.times import Clock
from apps.core.errors import Conflict, DistSyncError, Unreadable
from apps.core.numbers import read_decimal
from apps.core.text import printable
from apps.exceptions.changes import Author, Changed

FORM_METHODS: Final = ["GET", "HEAD", "POST"]
FROM: Final = {"now": "Now", "then": "A time", "always": "The beginning"}
_FIELD: Final = re.compile(r"^`([\w.]+)`[^:`]*: ", re.ASCII)
_QUOTED: Final = re.compile("`([^`]*)`")
_LOCAL: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", re.ASCII)

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a change was refused: a sentence, the field that it is about where one is, the status of the answer, and for who was
    first also what they did."""

    text: str
    field: str = ""
    status: int = 400
    first: str = ""
    version: int | None = None


def author_of(form: Form, reader: Reader) -> Author:
    """Who changes a rule and why, as the form says. Raises Unreadable for a version that is none."""
    seen = form.get("seen", "")
    if not (seen.isascii() and seen.isdigit() and len(seen) < 19):
        raise Unreadable("The form has lost which state of the rule it shows. Open it again.")
    return Author(reader.username, form.get("reason", "").replace("\r\n", "\n"), reader.clock.now, int(seen))


def seconds_of(form: Form, name: str) -> int:
    """The length in the fields `name` and `name_unit`; an empty one is none. Raises Unreadable, which names the field."""
    text, unit = form.get(name, "").strip(), UNITS.get(form.get(f"{name}_unit", "m"))
    if not text:
        return 0
    number = read_decimal(text)
    if number is None or number < 0 or unit is None:
        raise Unreadable(f"`{name}`: expected a number such as 90 or 1.5, came `{printable(text, 60)}`.")
    seconds = number * unit[1]
    if seconds != seconds.to_integral_value():
        raise Unreadable(f"`{name}`: expected whole seconds, came `{printable(text, 60)}` {unit[0]}.")
    return int(seconds)


def share_of(form: Form, name: str) -> str:
    """A percentage as a share, as text: 95 is 0.95. Raises Unreadable, which names the field."""
    text = form.get(name, "").strip().removesuffix("%").strip()
    number = read_decimal(text)
    if number is None or not 0 < number <= 100:
        raise Unreadable(f"`{name}`: expected a percentage over 0 and at most 100, such as 95, came `{printable(text, 60)}`.")
    return f"{(number / Decimal(100)).normalize():f}"


def moment_in(text: str, zone: ZoneInfo, field: str) -> datetime:
    """A local time as a browser's field gives it (2026-03-31T17:05). Raises Unreadable, which names the field."""
    try:
        return datetime.fromisoformat(text if _LOCAL.fullmatch(text) else "").replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        shown = printable(text, 40) or "nothing"
        raise Unreadable(f"`{field}`: expected a date and a time such as 2026-03-31T17:05, came `{shown}`.") from error


def since_of(form: Form, clock: Clock) -> datetime | None:
    """From when on a change holds: `from` is a word of FROM, `from_time` a local time. None: always. Raises Unreadable."""
    chosen = form.get("from", "now")
    if chosen == "always":
        return None
    return clock.now if chosen == "now" else moment_in(form.get("from_time", "").strip(), clock.zone, "from_time")


def local_text(moment: datetime | None, clock: Clock) -> str:
    """As a browser's field wants it."""
    return f"{clock.local(moment):%Y-%m-%dT%H:%M}" if moment else ""


def problem_of(error: DistSyncError, clock: Clock) -> Problem:
    """How a refusal is shown."""
    named = _FIELD.match(error.detail)
    text = error.detail[named.end() :] if named else error.detail
    text = _QUOTED.sub(r"“\1”", text[:1].upper() + text[1:])
    if not isinstance(error, Conflict) or not error.errors:
        return Problem(text, named[1] if named else "", error.status)
    first = error.errors[0]
    at, version = datetime.fromisoformat(str(first["at"])), first["version"]
    told = f"{first['by']}, {clock.relative(at)}: {first['reason'] or 'no reason given'}"
    return Problem(text, "", error.status, told, version if isinstance(version, int) else None)


def asked_again(changed: Changed) -> str:
    """How much is looked at again for a change."""
    if not changed.asked:
        return "No order is touched by it yet."
    return f"{words.count_of(changed.asked, 'order')} {'is' if changed.asked == 1 else 'are'} being judged again."
