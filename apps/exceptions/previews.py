"""What a change of rules would do, before anybody makes it: which open cases would move to another team, and how the clocks of
recent orders would have stood. Nothing is written, and the same functions decide as afterwards."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec
from django.db import connection

from apps.acts import settings as kept
from apps.acts.types import StampedAct
from apps.core.sql import fetch
from apps.exceptions.cases import handle
from apps.exceptions.commitment_changes import KIND, follower_of, living
from apps.exceptions.filters import OPEN, CaseFilter, condition_of
from apps.exceptions.ownership import Facts, Rule
from apps.exceptions.queries import TABLES
from apps.exceptions.rows import Owning, routed, unpack
from apps.exceptions.rules import in_force
from apps.exceptions.sql import TEAM
from apps.orders.refold import ToldOrder, read_told
from apps.sla.clocks import Clock, Subject, clock_state
from apps.sla.commitments import DEFAULTS, Commitment
from apps.sla.order_clocks import clocks_of, told_of
from apps.sla.policy import Policy

CASES_LIMIT: Final = 50_000
ORDERS_LIMIT: Final = 500
LOOK_BACK_ORDERS: Final = 20_000
MISSED: Final = frozenset({"missed", "met_late"})

_OPEN_CASES: Final = f"""
    SELECT encode(c.id, 'hex'), c.handle, coalesce(o."order", c.handle), c.code, c.partner, c.site, c.worth, c.currency,
        c.assignee, {TEAM}, c.id, c.region, c.opened_at, CASE WHEN c.last_act_at IS NOT NULL THEN c.detail END
    FROM {TABLES} WHERE {{condition}} ORDER BY c.opened_at, c.id LIMIT %(limit)s
"""  # noqa: S608 - names of our own columns
_ACTS: Final = """
    SELECT "case", payload FROM exceptions_act WHERE key = ANY(%b::bytea[]) AND "case" = ANY(%b::bytea[]) ORDER BY position
"""
_KEYS: Final = "SELECT key FROM exceptions_case WHERE id = ANY(%b::bytea[])"
_RECENT: Final = """
    WITH recent AS (SELECT key, last_heard_at FROM orders_order ORDER BY last_heard_at DESC, key DESC LIMIT %s)
    SELECT key FROM recent
    ORDER BY EXISTS (SELECT FROM sla_clock WHERE order_key = key AND measure = %s) DESC, last_heard_at DESC, key DESC LIMIT %s
"""
_unpack_act: Final = msgspec.msgpack.Decoder(StampedAct).decode


@dataclass(frozen=True, slots=True)
class Move:
    """An open case that another team would have. `id` is hex."""

    id: str
    handle: str
    order: str
    code: str
    partner: str | None
    site: str | None
    worth: Decimal | None
    currency: str | None
    assignee: str
    team_from: str
    team_to: str


@dataclass(frozen=True, slots=True)
class OwnershipTrial:
    """`open_count`: how many cases are open, CASES_LIMIT of them at most; `moves`: those that would move, the first opened
    first."""

    open_count: int
    moves: tuple[Move, ...]

    @property
    def by_teams(self) -> list[tuple[str, str, int]]:
        """From which team to which, and how many, the most first."""
        counts = Counter((move.team_from, move.team_to) for move in self.moves)
        return [(*teams, count) for teams, count in sorted(counts.items(), key=lambda each: (-each[1], each[0]))]


@dataclass(frozen=True, slots=True)
class Difference:
    """A clock that would stand otherwise; None where it is not measured. `handle` is the order's."""

    handle: str
    subject: Subject
    due_before: datetime | None
    due_after: datetime | None
    is_missed_before: bool
    is_missed_after: bool

    @property
    def shift(self) -> timedelta:
        """By how much it would be due later; nothing where it is measured only before or after."""
        return self.due_after - self.due_before if self.due_before and self.due_after else timedelta(0)


@dataclass(frozen=True, slots=True)
class CommitmentTrial:
    """How the clocks of a measure would stand, had the commitment held for them. `clocks`: how many there are with it or
    without it, on `orders` orders that were looked at."""

    orders: int
    clocks: int
    differences: tuple[Difference, ...]

    @property
    def earlier(self) -> int:
        return sum(each.shift < timedelta(0) for each in self.differences)

    @property
    def later(self) -> int:
        return sum(each.shift > timedelta(0) for each in self.differences)

    @property
    def newly_missed(self) -> int:
        return sum(each.is_missed_after and not each.is_missed_before for each in self.differences)

    @property
    def no_longer_missed(self) -> int:
        return sum(each.is_missed_before and not each.is_missed_after for each in self.differences)

    @property
    def newly_measured(self) -> int:
        return sum(each.due_before is None for each in self.differences)

    @property
    def no_longer_measured(self) -> int:
        return sum(each.due_after is None for each in self.differences)


def try_ownership(rules: Sequence[Rule], *, now: datetime) -> OwnershipTrial:
    """Which of the open cases that are shown would move, by these rules instead of those that hold."""
    condition, parameters = condition_of(CaseFilter(state=OPEN), now)
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_CASES.format(condition=condition), parameters | {"limit": CASES_LIMIT})
        found = cursor.fetchall()
    given = _given({row[10]: row[13] for row in found if row[13] is not None})
    owning = Owning(in_force().policy, rules)
    moves = []
    for row in found:
        team, number, region, opened_at = row[9:13]
        facts = Facts(row[3], row[4], row[5], region, row[6])
        new, escalates_at, escalates_to = routed(facts, opened_at, None, given.get(number, ""), owning)
        team_to = escalates_to if escalates_at is not None and escalates_at <= now else new
        if team_to != team:
            moves.append(Move(*(*row[:9], team, team_to)))
    return OwnershipTrial(len(found), tuple(moves))


def try_commitment(commitment: Commitment, *, now: datetime) -> CommitmentTrial:
    """How the clocks of its measure would stand on recent orders, had this commitment held for them from the beginning, at the
    place that it has or would get. Looked at are up to ORDERS_LIMIT orders, first those with such a clock, the last heard
    first."""
    before = in_force().policy
    after = _with(before, commitment, now)
    keys = {key for (key,) in fetch(_RECENT, (LOOK_BACK_ORDERS, commitment.measure, ORDERS_LIMIT))}
    differences, count = [], 0
    for told in sorted(read_told(keys).values(), key=lambda each: each.handle):
        old, new = (_clocks(told, policy, commitment.measure) for policy in (before, after))
        count += len(old.keys() | new.keys())
        for subject in sorted(old.keys() | new.keys(), key=str):
            difference = _difference(told.handle, subject, old.get(subject), new.get(subject), now)
            if difference is not None:
                differences.append(difference)
    return CommitmentTrial(len(keys), count, tuple(differences))


def _given(details: Mapping[bytes, bytes]) -> dict[bytes, str]:
    """The teams to which people gave these cases."""
    if not details:
        return {}
    keys = sorted({key for (key,) in fetch(_KEYS, [list(details)])})
    acts: defaultdict[bytes, list[StampedAct]] = defaultdict(list)
    for number, payload in fetch(_ACTS, [keys, list(details)]):
        acts[number].append(_unpack_act(payload))
    return {number: handle(unpack(detail), acts[number]).team for number, detail in details.items()}


def _with(policy: Policy, commitment: Commitment, now: datetime) -> Policy:
    """The policy had this commitment always held."""
    always = msgspec.structs.replace(commitment, effective_from=None, effective_to=None)
    own = policy.commitments[: len(policy.commitments) - len(DEFAULTS)]
    others = [each for each in own if each.name != commitment.name]
    at = next((place for place, each in enumerate(own) if each.name == commitment.name), None)
    if at is None:
        follower = follower_of(commitment, living(kept.standing([KIND]), commitment.measure, now))
        at = next((place for place, each in enumerate(others) if each.name == follower), len(others))
    return replace(policy, commitments=(*others[:at], always, *others[at:], *DEFAULTS))


def _clocks(told: ToldOrder, policy: Policy, measure: str) -> dict[Subject, Clock]:
    every = clocks_of(told.state, told_of(told.facts), policy)
    return {clock.subject: clock for clock in every if clock.measure == measure}


def _difference(handle: str, subject: Subject, old: Clock | None, new: Clock | None, now: datetime) -> Difference | None:
    was_due, is_due = (clock.due_at if clock else None for clock in (old, new))
    was_missed, is_missed = (clock is not None and clock_state(clock, now) in MISSED for clock in (old, new))
    if was_due == is_due and was_missed == is_missed:
        return None
    return Difference(handle, subject, was_due, is_due, was_missed, is_missed)
