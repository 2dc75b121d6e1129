"""An incident as one row of the queue. Pure: the incident and the reader decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final

from apps.console import words
from apps.console.access import Reader
from apps.console.pages.exceptions.presenters import CUT_OFF_IS_NEAR, type_title
from apps.console.times import Instant, duration
from apps.exceptions.catalogue import TEAMS
from apps.exceptions.cut_offs import next_cut_offs
from apps.exceptions.incidents import Incident
from apps.partners.discovery import DisplayNames, display_names

NAMES_SHOWN: Final = 2


@dataclass(frozen=True, slots=True)
class ShownIncident:
    """`anchor` is the row's id in the page, `revision` changes with what is shown. `evidence`: what the technology says.
    `workers`: who works its cases, empty for nobody; `is_mine`: the reader alone, and all of them."""

    id: str
    anchor: str
    revision: str
    code: str
    type: str
    severity: words.Chip
    count: int
    title: str
    where: str
    since: Instant
    spread: str
    worth: str
    age: str
    team: str
    team_code: str
    workers: str
    is_mine: bool
    evidence: tuple[str, ...]
    cut_off: Instant | None
    cut_off_is_near: bool


def shown_incidents(found: Sequence[Incident], reader: Reader) -> list[ShownIncident]:
    names, cut_offs = display_names(), next_cut_offs(reader.clock.now) if found else {}
    return [shown_incident(incident, reader, names, cut_offs.get(incident.site or "")) for incident in found]


def shown_incident(incident: Incident, reader: Reader, names: DisplayNames, cut_off: datetime | None) -> ShownIncident:
    clock = reader.clock
    partner = names.partners.get(incident.partner or "", incident.partner or "")
    site = names.sites.get(incident.site or "", incident.site or "")
    spread = (incident.last_opened_at - incident.first_opened_at).total_seconds()
    return ShownIncident(
        id=incident.id,
        anchor=f"incident-{incident.id}",
        revision=_revision(incident),
        code=incident.code,
        type=type_title(incident.code),
        severity=words.SEVERITY[incident.severity],
        count=incident.count,
        title=_title(incident) + (f" at {partner}" if partner else ""),
        where=site if site != partner else "",
        since=clock.instant(incident.first_opened_at),
        spread=f"within {duration(spread)}" if spread >= 1 else "all at once",
        worth=words.money(incident.worth, incident.currency) if reader.sees_money else "",
        age=duration(clock.now - incident.first_opened_at),
        team=TEAMS.get(incident.team, incident.team),
        team_code=incident.team,
        workers=_workers(incident, reader.username),
        is_mine=incident.assignees == (reader.username,) and incident.taken == incident.count,
        evidence=tuple(each.text for each in incident.evidence),
        cut_off=clock.instant(cut_off) if cut_off else None,
        cut_off_is_near=cut_off is not None and cut_off - clock.now < CUT_OFF_IS_NEAR,
    )


def _title(incident: Incident) -> str:
    """One cause is said only where something technical is known that fits: alike they are all the same."""
    if incident.evidence:
        return f"{words.count_of(incident.count, 'case')} with one cause"
    return words.count_of(incident.count, "similar case")


def _workers(incident: Incident, reader: str) -> str:
    """The names, the reader first as `you`, and how many of the cases are nobody's yet."""
    names = sorted(incident.assignees, key=lambda name: (name != reader, name))
    shown = ["you" if name == reader else name for name in names[:NAMES_SHOWN]]
    if len(names) > NAMES_SHOWN:
        shown.append(f"{len(names) - NAMES_SHOWN} more")
    together = " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1]))) if shown else ""
    free = incident.count - incident.taken
    return f"{together}; {free:,} of nobody yet" if together and free else together


def _revision(incident: Incident) -> str:
    shown = (
        incident.count,
        incident.worth,
        incident.severity,
        incident.team,
        incident.last_opened_at,
        incident.evidence,
        incident.assignees,
        incident.taken,
    )
    return blake2b(repr(shown).encode(), digest_size=6).hexdigest()
