"""A case as the row of its table. Pure: the episode, the acts, the route and the order decide."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from apps.acts.types import StampedAct
from apps.exceptions import ownership
from apps.exceptions.cases import Episode, case_id, handle, open_from
from apps.exceptions.catalogue import TYPES, Severity
from apps.exceptions.ownership import Rule
from apps.exceptions.subjects.thresholds import Thresholds
from apps.orders.refold import ToldOrder
from apps.orders.state import OrderState
from apps.sla.calendars import NeverOpens, add_open_time
from apps.sla.clocks import is_late_word_of
from apps.sla.policy import Context, Policy

NEAR_THE_PROMISE: Final = timedelta(hours=24)
NEAR_PERIOD_END_DAYS: Final = 3
OLD: Final = timedelta(days=5)

pack = msgspec.msgpack.Encoder().encode
unpack = msgspec.msgpack.Decoder(Episode).decode

HANDLED: Final = (  # what acts and ownership rules decide
    ("team", "text"),
    ("escalates_at", "timestamptz"),
    ("escalates_to", "text"),
    ("worked", "text"),
    ("assignee", "text"),
    ("snoozed_until", "timestamptz"),
    ("resolved_at", "timestamptz"),
    ("resolved_by", "text"),
    ("resolution", "text"),
    ("version", "int8"),
    ("last_act_at", "timestamptz"),
    ("last_act_by", "text"),
    ("comment_count", "int4"),
    ("incident", "bytea"),
)
COLUMNS: Final = (
    ("id", "bytea"),
    ("key", "bytea"),
    ("handle", "text"),
    ("code", "text"),
    ("scheme", "text"),
    ("value", "text"),
    ("issuer", "text"),
    ("episode", "int4"),
    ("severity", "int2"),
    ("raises_at", "timestamptz"),
    ("partner", "text"),
    ("site", "text"),
    ("region", "text"),
    ("worth", "numeric"),
    ("currency", "text"),
    ("reason", "text"),
    ("opened_at", "timestamptz"),
    ("due_at", "timestamptz"),
    ("cleared_at", "timestamptz"),
    ("cleared", "text"),
    ("evidence_at", "timestamptz"),
    ("is_late_word", "bool"),
    ("measure", "text"),
    ("sender", "text"),
    *HANDLED,
    ("detail", "bytea"),
)
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Owning:
    """What decides who owns a case and by when: the policy's team calendars, and the ownership rules. `history`: the rules of
    each time, with when they were set, the last first. `mark` is another for every other set of settings. `thresholds`: of
    what belongs to no order."""

    policy: Policy
    rules: Sequence[Rule] = ()
    history: Sequence[tuple[datetime, Sequence[Rule]]] = ()
    mark: tuple[int, str] = (0, "")
    thresholds: Thresholds = field(default_factory=Thresholds)

    def rules_at(self, moment: datetime | None) -> Sequence[Rule]:
        """The rules as they were at that time; None: as they are."""
        if moment is None or not self.history:
            return self.rules
        return next((rules for set_at, rules in self.history if set_at <= moment), ())


class Kept(NamedTuple):
    """A case as it is kept: its id, its order's key and region, and the whole episode."""

    number: bytes
    key: bytes
    region: str | None
    episode: Episode


def row_of(key: bytes, told: ToldOrder, episode: Episode, acts: Sequence[StampedAct], owning: Owning) -> Row:
    """The row of one case of the order. `acts` are those on this case, in the log's order."""
    state, about, last = told.state, episode.about, episode.last
    measure, sender = episode.needs or ("", "")
    scheme, value, issuer = episode.subject
    return (
        case_id(key, episode.code, episode.name, episode.number),
        key,
        told.handle,
        episode.code,
        scheme,
        value,
        issuer or "",
        episode.number,
        int(TYPES[episode.code].severity),
        raises_at(episode, state, owning.policy),
        about.partner,
        about.site,
        state.region,
        about.value,
        about.currency,
        about.reason,
        episode.opened_at,
        last.due_at,
        last.cleared_at,
        last.cleared,
        last.evidence.occurred_at if last.evidence else None,
        is_late_word(episode),
        measure,
        sender,
        *handled(episode, state.region, acts, owning),
        pack(episode),
    )


def handled(episode: Episode, region: str | None, acts: Sequence[StampedAct], owning: Owning) -> Row:
    """The columns of HANDLED: what the rules and people's acts decide. A case that is closed when it would escalate does so
    once it is open again."""
    handling = handle(episode, acts)
    about = episode.about
    facts = ownership.Facts(episode.code, about.partner, about.site, region, about.value)
    team, goes_at, goes_to = routed(facts, episode.opened_at, episode.last.cleared_at, handling.team, owning)
    escalates_at = open_from(episode, acts, goes_at) if goes_at is not None else None
    return (
        team,
        escalates_at,
        goes_to if escalates_at is not None else "",
        handling.worked,
        handling.assignee,
        handling.snoozed_until,
        handling.resolved_at,
        handling.resolved_by,
        handling.reason,
        handling.version,
        handling.last_act_at,
        handling.last_act_by,
        handling.comment_count,
        None if handling.is_apart else incident_key(episode, owning.policy),
    )


def is_late_word(episode: Episode) -> bool:
    """Whether what the case waited for happened in time, and was only heard of too late."""
    last = episode.last
    if last.evidence is None:
        return False
    return is_late_word_of(last.due_at, last.evidence.occurred_at, last.evidence.heard_at)


def routed(
    facts: ownership.Facts, opened_at: datetime, cleared_at: datetime | None, given: str, owning: Owning
) -> tuple[str, datetime | None, str]:
    """The team that owns a case, and when and to whom it goes where it is open then: by the rules that held when it was
    cleared, else by those that hold. `given` is the team to which a person gave it, empty for none: there it stays."""
    route = ownership.route(owning.rules_at(cleared_at), facts)
    if given or route.escalate_to is None:
        return given or route.team, None, ""
    calendar = owning.policy.team_calendar(route.team, opened_at)
    try:
        goes_at = add_open_time(calendar, opened_at, route.escalate_seconds)
    except NeverOpens:
        return route.team, None, ""
    return route.team, goes_at, route.escalate_to


def raises_at(episode: Episode, state: OrderState, policy: Policy) -> datetime | None:
    """From when on the case is one step more severe than its type: near the promise, near the period's end, with age."""
    if episode.code == "SHIP_OVERDUE" and state.promised_until is not None:
        return max(episode.opened_at, state.promised_until - NEAR_THE_PROMISE)
    if episode.code in {"POSTING_OVERDUE", "POSTING_FAILED"}:
        return _near_period_end(episode.opened_at, policy.default_zone)
    if episode.code in {"NOT_INVOICED", "INVOICE_HOLD", "INVOICE_MISMATCH"}:
        return episode.opened_at + OLD
    return None


def _near_period_end(opened_at: datetime, zone: str) -> datetime:
    """The first moment from `opened_at` on in the last days of a month: periods are closed by the month."""
    local = opened_at.astimezone(ZoneInfo(zone))
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    next_month = (first + timedelta(days=32)).replace(day=1)
    return max(opened_at, next_month - timedelta(days=NEAR_PERIOD_END_DAYS))


def incident_key(episode: Episode, policy: Policy) -> bytes | None:
    """Cases with one key have one cause, as far as can be told: one type, one partner and site, one day there; a failed
    posting's error stands in the partner's place. None where nothing of that is told: then a type and a day are no cause."""
    about, opened_at = episode.about, episode.opened_at
    cause = about.reason.partition(":")[0] if episode.code == "POSTING_FAILED" else ""
    if not (about.partner or about.site or cause):
        return None
    calendar = policy.calendar_for(Context(partner=about.partner, site=about.site), opened_at)
    day = opened_at.astimezone(ZoneInfo(calendar.zone)).date().isoformat()
    parts = (episode.code, about.partner or "", about.site or "", cause, day)
    return blake2b(b"\0".join(part.encode() for part in parts), digest_size=16).digest()


def severity_at(severity: int, raise_at: datetime | None, now: datetime) -> Severity:
    """The severity as of `now`."""
    return Severity(min(severity + (raise_at is not None and raise_at <= now), Severity.CRITICAL))
