"""What there is to tell of, as the log and the clock make it: people's acts, escalations by the rules, promises near their end,
and incidents. Each question is bounded by an index on when it came about, and leaves out what was told.

Not by a position in the log, nor by a time up to which was looked alone: what commits late has a lower one. Whoever asks says
how far back to look (`apps.delivery.telling`); what came about before that is history, and nobody is told.

The acts of a job wait until it is done, so that they are told of together (`apps.delivery.folding`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from apps.core.paths import segment
from apps.core.sql import fetch
from apps.delivery.kinds import ASSIGNED, BREACH, ESCALATED, INCIDENT, MENTIONED
from apps.exceptions import measured, rules
from apps.exceptions.catalogue import FOR_PARTNERS, TEAMS, type_of
from apps.exceptions.filters import CaseFilter, condition_of
from apps.exceptions.incidents import LEAST
from apps.exceptions.jobs import CASES_LIMIT
from apps.exceptions.mentions import called_in
from apps.exceptions.ownership import Facts, route
from apps.exceptions.sql import TEAM
from apps.sla.commitments import MEASURES

LIMIT: Final = 5_000  # of each, a sweep; the next one takes the rest
ACTS_LIMIT: Final = CASES_LIMIT  # as many as a job can do: they are told of together
PATIENCE: Final = timedelta(minutes=5)  # with a job; then its acts are told of as they come
_EXCERPT: Final = 400  # characters of a comment
_BY_PARTNER: Final = sorted(code for code, measure in MEASURES.items() if measure.sender == "partner")
_ESCALATION: Final = "encode(c.id, 'hex') || ':' || extract(epoch FROM c.escalates_at)::bigint"
_NEW: Final = "NOT EXISTS (SELECT FROM delivery_event AS told WHERE told.kind = {kind} AND told.subject = {subject})"
_ACTS: Final = f"""
    SELECT act.position::text, act.at, act.who, act.kind, act.subject, act.case_id, act."order",
        coalesce(act.detail ->> 'to', ''), coalesce(act.detail ->> 'text', ''), c.partner, coalesce(c.code, '')
    FROM acts_audit AS act LEFT JOIN exceptions_case AS c ON c.id = decode(act.case_id, 'hex')
    WHERE act.at >= %(since)s AND act.at <= %(now)s
        AND (act.kind IN ('case.assign', 'case.escalate') OR act.kind = 'case.comment' AND act.detail ->> 'text' LIKE '%%@%%')
        AND NOT EXISTS (SELECT FROM exceptions_job AS job
            WHERE job.finished_at IS NULL AND job.created_at > %(impatient)s AND job.created_at <= act.at
                AND job.who = act.who AND 'case.' || (job.wish ->> 'act') = act.kind)
        AND {_NEW.format(kind="act.kind", subject="act.position::text")}
    ORDER BY act.at, act.position LIMIT %(limit)s
"""  # noqa: S608 - our own words
_JOBS: Final = "SELECT min(created_at) FROM exceptions_job WHERE finished_at IS NULL AND created_at > %s"
_ESCALATIONS: Final = f"""
    SELECT {_ESCALATION}, c.escalates_at, c.escalates_to,
        encode(c.id, 'hex'), c.code, c.scheme, c.value, c.partner
    FROM exceptions_case AS c
    WHERE c.cleared_at IS NULL AND c.escalates_at >= %(since)s AND c.escalates_at <= %(now)s AND {{condition}}
        AND {_NEW.format(kind="'escalated'", subject=_ESCALATION)}
    ORDER BY c.escalates_at, c.id LIMIT %(limit)s
"""  # noqa: S608 - our own words
# A clock by its own key and its due time: a promise that is moved is another one.
_CLOCK: Final = (
    "encode(c.order_key, 'hex') || ':' || c.measure || ':' || md5(c.scheme || E'\\x1f' || c.value || E'\\x1f' || c.issuer)"
    " || ':' || extract(epoch FROM c.due_at)::bigint"
)
_WARNS_AT: Final = "greatest(c.warn_at, c.started_heard_at)"
_WARNINGS: Final = f"""
    SELECT {_CLOCK}, {_WARNS_AT}, c.measure, c.scheme, c.value, c.partner, c.site, c.due_at, o.handle, o."order", o.region
    FROM sla_clock AS c JOIN orders_order AS o ON o.key = c.order_key
    WHERE c.fires_at IS NOT NULL AND {_WARNS_AT} >= %(since)s AND {_WARNS_AT} <= %(now)s AND c.due_at > %(now)s
        AND (c.measure, CASE WHEN c.measure = ANY(%(by_partner)s) THEN coalesce(c.partner, '') ELSE '' END) IN (
            SELECT * FROM unnest(%(measures)s::text[], %(senders)s::text[]))
        AND {_NEW.format(kind="'breach'", subject=_CLOCK)}
    ORDER BY 2, 1 LIMIT %(limit)s
"""  # noqa: S608 - our own words
# An array, so that it is known before the cases are looked for: joined, each look would read all that are open.
_INCIDENTS: Final = f"""
    SELECT encode(c.incident, 'hex'), (array_agg(c.opened_at ORDER BY c.opened_at))[%(least)s], min(c.code), min(c.partner),
        min(c.site), count(*), mode() WITHIN GROUP (ORDER BY ({TEAM}))
    FROM exceptions_case AS c
    WHERE c.incident = ANY(ARRAY(
            SELECT DISTINCT fresh.incident FROM exceptions_case AS fresh
            WHERE fresh.cleared_at IS NULL AND fresh.opened_at >= %(since)s AND fresh.opened_at <= %(now)s
                AND fresh.incident IS NOT NULL))
        AND {_NEW.format(kind="'incident'", subject="encode(c.incident, 'hex')")} AND {{condition}}
    GROUP BY c.incident HAVING count(*) >= %(least)s
    ORDER BY 2, 1 LIMIT %(limit)s
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Event:
    """Something to tell of. `source` and `subject` name it once and for all; `kind` is a word of KINDS. `team` or `names` say
    to whom it goes, `who` did it (empty: nobody did). A partner's reader is told where `partner` is theirs and
    `is_for_partners`."""

    kind: str
    source: str
    subject: str
    at: datetime
    title: str
    text: str
    path: str
    team: str = ""
    names: tuple[str, ...] = ()
    who: str = ""
    partner: str | None = None
    is_for_partners: bool = False
    due_at: datetime | None = None
    code: str = ""


def events(*, since: datetime, now: datetime) -> list[Event]:
    """All but acts that came about from `since` up to `now` and was not told yet, at most LIMIT of each source."""
    bounds = {"since": since, "now": now, "limit": LIMIT}
    return [*_escalations(bounds), *_warnings(bounds), *_incidents(bounds)]


def acts(*, since: datetime, now: datetime) -> tuple[list[Event], datetime]:
    """The acts from `since` up to `now` that were not told yet, at most ACTS_LIMIT; and up to when nothing is left to look for
    but what commits late."""
    ((waiting,),) = fetch(_JOBS, [now - PATIENCE])
    found = _rows(_ACTS, {"since": since, "now": now, "impatient": now - PATIENCE, "limit": ACTS_LIMIT})
    until = now if waiting is None else min(now, waiting)
    told = [_act(row) for row in found]
    return told, min(until, told[-1].at) if len(told) == ACTS_LIMIT else until


def _act(row: tuple[Any, ...]) -> Event:
    position, at, who, act, subject, case, handle, to, text, partner, code = row
    path = f"/exceptions/{case}/" if case else f"/orders/{segment(handle)}/"
    about = subject or handle
    common = {"source": act, "subject": position, "at": at, "path": path, "who": who, "partner": partner, "code": code}
    excerpt = text if len(text) <= _EXCERPT else f"{text[: _EXCERPT - 1]}…"
    if act == "case.comment":
        return Event(
            kind=MENTIONED,
            title=f"{who} mentioned you: {about}",
            text=excerpt,
            names=tuple(called_in(text)),
            is_for_partners=code in FOR_PARTNERS,
            **common,
        )
    if act == "case.assign":
        names = (to,) if to else ()
        return Event(kind=ASSIGNED, title=f"Assigned to you: {about}", text=_by(who, excerpt), names=names, **common)
    team = to if to in TEAMS else ""
    title = f"Escalated to {TEAMS.get(to, 'you')}: {about}"
    return Event(kind=ESCALATED, title=title, text=_by(who, excerpt), team=team, names=() if team else (to,), **common)


def _by(who: str, said: str) -> str:
    return f"By {who}: {said}" if said else f"By {who}"


def _escalations(bounds: dict[str, Any]) -> list[Event]:
    condition, parameters = condition_of(CaseFilter(), bounds["now"])
    return [
        Event(
            kind=ESCALATED,
            source=ESCALATED,
            subject=subject,
            at=at,
            title=f"Escalated to {TEAMS.get(team, team)}: {type_of(code).title}: {scheme} {value}",
            text="By the rules: not closed in time",
            path=f"/exceptions/{case}/",
            team=team,
            partner=partner,
            code=code,
        )
        for subject, at, team, case, code, scheme, value, partner in _rows(
            _ESCALATIONS.format(condition=condition), parameters | bounds
        )
    ]


def _warnings(bounds: dict[str, Any]) -> list[Event]:
    pairs = sorted(measured.pairs())
    parameters = bounds | {
        "by_partner": _BY_PARTNER,
        "measures": [measure for measure, _ in pairs],
        "senders": [sender for _, sender in pairs],
    }
    found = _rows(_WARNINGS, parameters)
    owning = rules.in_force().rules if found else ()
    return [
        Event(
            kind=BREACH,
            source=BREACH,
            subject=subject,
            at=at,
            title=f"About to be missed: {MEASURES[measure].title}: {scheme} {value}",
            text=_where(f"Order {order}", partner, site),
            path=f"/orders/{segment(handle)}/",
            # What the order would be worth by then is not known yet: rules by value wait for the exception itself.
            team=route(owning, Facts(MEASURES[measure].opens, partner, site, region)).team,
            partner=partner,
            is_for_partners=MEASURES[measure].opens in FOR_PARTNERS,
            due_at=due_at,
        )
        for subject, at, measure, scheme, value, partner, site, due_at, handle, order, region in found
    ]


def _incidents(bounds: dict[str, Any]) -> list[Event]:
    condition, parameters = condition_of(CaseFilter(), bounds["now"])
    statement = _INCIDENTS.format(condition=condition)
    return [
        Event(
            kind=INCIDENT,
            source=INCIDENT,
            subject=incident,
            at=at,
            title=f"New incident: {_where(type_of(code).title, partner, site)}",
            text=f"{count:,} open exceptions with one cause so far",
            path=f"/exceptions/?tab=all&incident={incident}",
            team=team,
            partner=partner,
            is_for_partners=code in FOR_PARTNERS,
        )
        for incident, at, code, partner, site, count, team in _rows(statement, parameters | bounds | {"least": LEAST})
    ]


def _where(*parts: str | None) -> str:
    return ", ".join(filter(None, parts))


def _rows(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
