"""When the next cut-off of each site is: what is not released by then leaves a ship day later."""

from datetime import datetime

from apps.exceptions.rules import in_force
from apps.sla.calendars import next_cut_off


def next_cut_offs(now: datetime) -> dict[str, datetime]:
    """The next cut-off of each site whose calendar has one."""
    found = {}
    for (kind, code), versions in in_force().policy.calendars.items():
        if kind == "site":
            calendar = next((v.calendar for v in versions if v.effective_from is None or v.effective_from <= now), None)
            cut_off = next_cut_off(calendar, now) if calendar is not None else None
            if cut_off is not None:
                found[code] = cut_off
    return found
