"""The form of a calendar: what its fields hold of a calendar, and the calendar that they make."""

import re
from collections.abc import Mapping
from typing import Any, Final

from apps.console.pages.rules.entries import Form
from apps.core.errors import Unreadable
from apps.core.text import printable
from apps.sla.calendars import WEEK, Calendar

OPENINGS: Final = 2  # that a day's row has room for, at least
OPENINGS_LIMIT: Final = 6
PLAIN: Final = ("zone", "holidays", "closures", "cut_off", "from", "from_time", "reason", "seen")
_BREAKS: Final = re.compile(r"[\s,;]+")


def blank(zone: str) -> dict[str, str]:
    """A calendar of ordinary working days."""
    fields = {
        "zone": zone,
        "holidays": "",
        "closures": "",
        "cut_off": "",
        "from": "now",
        "from_time": "",
        "reason": "",
        "seen": "0",
    }
    for day in range(5):
        fields |= {f"opens_{day}_0": "08:00", f"closes_{day}_0": "17:00", f"ships_{day}": "on"}
    return fields


def entered(calendar: Calendar) -> dict[str, str]:
    """The fields that say what the calendar says; it is to hold from now on."""
    fields = blank(calendar.zone) | {"holidays": calendar.holidays, "cut_off": calendar.cut_off}
    fields = {name: value for name, value in fields.items() if not name.startswith(("opens_", "closes_", "ships_"))}
    fields["closures"] = "\n".join(calendar.closures)
    for day, openings in enumerate(calendar.hours):
        for number, opening in enumerate(openings[:OPENINGS_LIMIT]):
            fields |= {f"opens_{day}_{number}": opening.opens, f"closes_{day}_{number}": opening.closes}
    return fields | {f"ships_{day}": "on" for day in calendar.ship_days}


def posted(form: Mapping[str, str]) -> dict[str, str]:
    """The fields as they came, those of the form alone."""
    fields = {name: form.get(name, "") for name in PLAIN}
    for day in range(7):
        for number in range(OPENINGS_LIMIT):
            fields |= {name: form[name] for name in (f"opens_{day}_{number}", f"closes_{day}_{number}") if name in form}
        if form.get(f"ships_{day}"):
            fields[f"ships_{day}"] = "on"
    return fields


def like_monday(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields with Monday's hours on every day to Friday."""
    filled = dict(fields)
    for day in range(1, 5):
        for number in range(OPENINGS_LIMIT):
            for name in ("opens", "closes"):
                filled[f"{name}_{day}_{number}"] = fields.get(f"{name}_0_{number}", "")
    return filled


def days(fields: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows of the week: each day with its openings (number, opens, closes) and whether anything leaves on it."""
    found = []
    for day, name in enumerate(WEEK):
        pairs = [
            (number, fields.get(f"opens_{day}_{number}", ""), fields.get(f"closes_{day}_{number}", ""))
            for number in range(OPENINGS_LIMIT)
        ]
        used = max((number + 1 for number, opens, closes in pairs if opens or closes), default=0)
        found.append(
            {"number": day, "name": name, "openings": pairs[: max(OPENINGS, used)], "ships": bool(fields.get(f"ships_{day}"))}
        )
    return found


def value_of(form: Form) -> dict[str, Any]:
    """The calendar that the fields make, as `set_calendar` takes it. Raises Unreadable, which names the field."""
    hours = []
    for day, name in enumerate(WEEK):
        openings = []
        for number in range(OPENINGS_LIMIT):
            opens, closes = (form.get(f"{field}_{day}_{number}", "").strip() for field in ("opens", "closes"))
            if bool(opens) is not bool(closes):
                raise Unreadable(f"`hours`: {name} has an opening without its {'end' if opens else 'beginning'}.")
            if opens:
                openings.append({"opens": _clock(opens), "closes": _clock(closes)})
        hours.append(openings)
    return {
        "zone": form.get("zone", "").strip(),
        "hours": hours,
        "holidays": form.get("holidays", "").strip().upper(),
        "closures": [day for day in _BREAKS.split(form.get("closures", "")) if day],
        "cut_off": _clock(form.get("cut_off", "").strip()),
        "ship_days": [day for day in range(7) if form.get(f"ships_{day}")],
    }


def _clock(text: str) -> str:
    """`7:00` as `07:00`; what is no time is left to the calendar's own reading."""
    return f"0{text}" if len(text) == 4 and text[1:2] == ":" else printable(text, 20)
