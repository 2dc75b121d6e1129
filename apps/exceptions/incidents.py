"""Incidents: open cases with one cause as one row, with the technical evidence that fits their time. Worked together.

The cause is the stored key (`rows.incident_key`); what passes a list's filters and shares a key is one incident, so that the
count of a row equals the list that it opens.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from apps.core.errors import NotFound
from apps.core.sql import fetch
from apps.exceptions import queries, services
from apps.exceptions.catalogue import TECHNICAL, Severity, type_of
from apps.exceptions.filters import OPEN, CaseFilter, condition_of
from apps.exceptions.queries import Case
from apps.exceptions.services import Outcome, Wish
from apps.exceptions.sql import SEVERITY, TEAM
from apps.exceptions.subjects.names import FAILURES, Named, key_of

LEAST: Final = 3
CASES_LIMIT: Final = 1_000
LEAD: Final = timedelta(hours=4)  # a technical fault shows before what it delays is overdue
EVIDENCE_LIMIT: Final = 500
_MOST_FIRST: Final = ("PARTNER_SILENT", "CIRCUIT_OPEN", "QUEUE_BACKLOG", "DEAD_LETTER")
# Counted by what the cases have in common first, by hash: sorting every case of every incident costs twice as much.
_FIND: Final = """
    SELECT encode(incident, 'hex'), min(code), min(partner), min(site),
        CASE WHEN count(region) = count(*) AND min(region) = max(region) THEN min(region) END,
        sum(cases)::bigint,
        CASE WHEN min(currency) FILTER (WHERE priced > 0) IS NOT DISTINCT FROM max(currency) FILTER (WHERE priced > 0)
            THEN sum(worth) END,
        CASE WHEN min(currency) FILTER (WHERE priced > 0) = max(currency) FILTER (WHERE priced > 0)
            THEN min(currency) FILTER (WHERE priced > 0) END,
        min(first), max(last), (array_agg(team ORDER BY of_team DESC, team))[1], max(severity),
        coalesce(array_agg(DISTINCT assignee) FILTER (WHERE assignee <> ''), '{{}}'),
        coalesce(sum(cases) FILTER (WHERE assignee <> ''), 0)::bigint
    FROM (
        SELECT *, sum(cases) OVER (PARTITION BY incident, team) AS of_team FROM (
            SELECT c.incident, {team} AS team, c.region, c.currency, c.assignee, min(c.code) AS code, min(c.partner) AS partner,
                min(c.site) AS site, count(*) AS cases, count(c.worth) AS priced, sum(c.worth) AS worth,
                min(c.opened_at) AS first, max(c.opened_at) AS last, max({severity}) AS severity
            FROM exceptions_case AS c WHERE c.incident IS NOT NULL AND {condition}
            GROUP BY c.incident, 2, c.region, c.currency, c.assignee
        ) AS alike
    ) AS grouped
    GROUP BY incident HAVING sum(cases) >= %(least)s
    ORDER BY {order}, incident LIMIT %(limit)s
"""
_GRAVEST: Final = "max(severity) DESC, sum(cases) DESC, min(first)"
# By the names of `queries.SORTS`; what is not among them says nothing of an incident. 7 is what it is worth.
_ORDERS: Final = {"age": "min(first)", "newest": "max(last) DESC", "money": f"7 DESC NULLS LAST, {_GRAVEST}"}
_EVIDENCE: Final = """
    SELECT encode(id, 'hex'), code, partner, value, reason, opened_at, cleared_at FROM exceptions_case
    WHERE handle = '' AND code = ANY(%(codes)s)
        AND (partner = ANY(%(partners)s) OR (partner IS NULL AND code <> 'DEAD_LETTER'))
        AND opened_at <= %(now)s AND (cleared_at IS NULL OR cleared_at >= %(since)s)
    ORDER BY opened_at DESC, id LIMIT %(limit)s
"""
_FAILURES: Final = """
    SELECT asked.number, told.name, count(*), min(told.heard_at), max(told.heard_at)
    FROM unnest(%b::text[], %b::bytea[], %b::timestamptz[], %b::timestamptz[]) AS asked(number, key, since, until)
    JOIN exceptions_subject_fact AS told ON told.key = asked.key AND told.heard_at BETWEEN asked.since AND asked.until
    GROUP BY asked.number, told.name ORDER BY asked.number, told.name DESC
"""
_FAILED: Final = {"message.failed": "failed to reach", "message.dead_lettered": "given up for"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A technical fault that overlaps an incident's time, in words: a case (hex id) of its own with its type, or None for
    messages that failed, counted together. `until` is None while it lasts."""

    case: str | None
    code: str | None
    partner: str | None
    text: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Incident:
    """Cases with one cause, as far as can be told. `id` is hex. `worth` and `currency` are None where the cases have several
    currencies, or no worth; `region` where they have several. `team`: of most of them; `severity`: the highest. `assignees`:
    who has `taken` so many of them, by name."""

    id: str
    code: str
    partner: str | None
    site: str | None
    region: str | None
    count: int
    worth: Decimal | None
    currency: str | None
    first_opened_at: datetime
    last_opened_at: datetime
    team: str
    severity: Severity
    assignees: tuple[str, ...] = ()
    taken: int = 0
    evidence: tuple[Evidence, ...] = ()


def find_incidents(
    filters: CaseFilter, *, now: datetime, least: int = LEAST, limit: int = 50, sort: str = ""
) -> list[Incident]:
    """The incidents of at least `least` cases that pass `filters`, in the order of `sort` (a name of `queries.SORTS`): the
    gravest and then the largest first, unless it is by age or money. Evidence, and who works them, are for those who see all
    partners: they are left out where the filter limits what a partner may see."""
    condition, parameters = condition_of(filters, now)
    order = _ORDERS.get(sort, _GRAVEST)
    statement = _FIND.format(condition=condition, team=TEAM, severity=SEVERITY, order=order)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters | {"least": least, "limit": limit})
        rows = cursor.fetchall()
    found = [replace(Incident(*row), severity=Severity(row[11]), assignees=tuple(row[12])) for row in rows]
    if filters.visible_partner is not None:
        return [replace(each, assignees=(), taken=0) for each in found]
    return _with_evidence(found, now)


def get_incident(number: str, *, now: datetime, visible_partner: str | None = None) -> Incident:
    """The incident of an id (hex) as its open cases are, however few. Raises NotFound where it has none that the reader may
    see."""
    filters = CaseFilter(incident=number, visible_partner=visible_partner)
    found = find_incidents(filters, now=now, least=1, limit=1)
    if not found:
        raise NotFound(f"No incident {number} has open exceptions here that you may see.")
    return found[0]


def cases_of(
    number: str, *, now: datetime, visible_partner: str | None = None, state: str | None = OPEN, limit: int = CASES_LIMIT
) -> list[Case]:
    """The incident's cases in that state of CaseFilter, the first opened first, up to `limit`."""
    filters = CaseFilter(incident=number, state=state, visible_partner=visible_partner)
    return list(queries.find_cases(filters, now=now, sort="age", page_size=limit).rows)


def act_on_incident(number: str, wish: Wish, *, who: str, now: datetime, visible_partner: str | None = None) -> list[Outcome]:
    """Does the same to every open case of the incident, in one transaction, each for itself as `services.act_on_many`. More
    than CASES_LIMIT are for a second go. Raises NotFound for an incident without open cases, Unreadable as `act_on_many`."""
    services.check(wish, now=now)
    cases = cases_of(number, now=now, visible_partner=visible_partner)
    if not cases:
        raise NotFound(f"No incident {number} has open exceptions here that you may see.")
    everybodys = replace(wish, version=None)  # a version is one case's
    return services.act_on_many([case.id for case in cases], everybodys, who=who, now=now, visible_partner=visible_partner)


def _with_evidence(incidents: Sequence[Incident], now: datetime) -> list[Incident]:
    """The incidents with the technical faults that overlap their time, what says most first: of their partner, or of nobody's
    in particular. A message that nobody could use explains nothing but itself, unless it was the partner's."""
    ask = [each for each in incidents if each.code not in TECHNICAL]
    if not ask:
        return list(incidents)
    faults = _faults({each.partner for each in ask if each.partner}, min(each.first_opened_at for each in ask) - LEAD, now)
    failures = _failures(ask)
    faults.sort(key=_weight)
    evidence = {each.id: (*(f for f in faults if _fits(f, each)), *failures.get(each.id, ())) for each in ask}
    return [replace(each, evidence=evidence.get(each.id, ())) for each in incidents]


def _faults(partners: Iterable[str], since: datetime, now: datetime) -> list[Evidence]:
    parameters: dict[str, Any] = {
        "codes": sorted(TECHNICAL),
        "partners": sorted(partners),
        "now": now,
        "since": since,
        "limit": EVIDENCE_LIMIT,
    }
    with connection.cursor() as cursor:
        cursor.execute(_EVIDENCE, parameters)
        return [
            Evidence(number, code, partner, _sentence(code, value, reason), opened_at, cleared_at)
            for number, code, partner, value, reason, opened_at, cleared_at in cursor.fetchall()
        ]


def _failures(incidents: Sequence[Incident]) -> dict[str, list[Evidence]]:
    """By incident, the messages to its partner that failed, or were given up, in its time."""
    asked = [
        (each.id, key_of(Named(FAILURES, each.partner)), each.first_opened_at - LEAD, each.last_opened_at)
        for each in incidents
        if each.partner
    ]
    partners = {each.id: each.partner for each in incidents}
    found: dict[str, list[Evidence]] = {}
    for number, name, count, since, until in fetch(_FAILURES, [[row[i] for row in asked] for i in range(4)]):
        messages = "1 message" if count == 1 else f"{count:,} messages"
        text = f"{messages} {_FAILED[name]} {partners[number]}"
        found.setdefault(number, []).append(Evidence(None, None, partners[number], text, since, until))
    return found


def _fits(fault: Evidence, incident: Incident) -> bool:
    """Whether the fault lasted into the time in which the incident's cases came about."""
    is_theirs = fault.partner in {None, incident.partner}
    began = incident.first_opened_at - LEAD
    return is_theirs and fault.since <= incident.last_opened_at and (fault.until is None or fault.until >= began)


def _weight(fault: Evidence) -> tuple[bool, int]:
    return fault.partner is None, _MOST_FIRST.index(fault.code) if fault.code in _MOST_FIRST else len(_MOST_FIRST)


def _sentence(code: str, value: str, reason: str) -> str:
    return f"{type_of(code).title}: {value}" + (f" ({reason})" if reason else "")
