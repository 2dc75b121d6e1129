"""Calendars as tests write them."""

from datetime import datetime
from typing import Any

from apps.sla.calendars import Calendar, calendar_of

NEW_YORK = "America/New_York"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def day(*openings: str) -> list[dict[str, str]]:
    """`day("08:00-12:00", "13:00-17:00")`."""
    return [dict(zip(("opens", "closes"), opening.split("-"), strict=True)) for opening in openings]


def working(zone: str = NEW_YORK, hours: str = "08:00-17:00", weekend: tuple[str, ...] = (), **more: Any) -> Calendar:
    """Those hours from Monday to Friday, `weekend` on Saturday and on Sunday."""
    return calendar_of({"zone": zone, "hours": [day(hours)] * 5 + [day(*weekend)] * 2, **more})


def every_day(zone: str, *openings: str, **more: Any) -> Calendar:
    return calendar_of({"zone": zone, "hours": [day(*openings)] * 7, **more})
