"""Taking back what one has just done: the acts that bring a case to where it was before its last act. The log keeps both."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from django.db import transaction

from apps.acts.types import StampedAct
from apps.core.errors import Conflict, DistSyncError, NotFound
from apps.core.sql import fetch
from apps.exceptions.cases import Episode, Handling, handle
from apps.exceptions.queries import Case, get_cases
from apps.exceptions.rows import unpack
from apps.exceptions.services import Outcome, Wish, act_on_many
from apps.orders.store import lock_orders

MOMENT: Final = timedelta(seconds=60)  # the screen offers it for ten seconds; whoever is slower is still heard
_READ: Final = """
    SELECT encode(c.id, 'hex'), c.detail, coalesce((
        SELECT array_agg(a.payload ORDER BY a.position) FROM exceptions_act AS a WHERE a.key = c.key AND a."case" = c.id
    ), '{}') FROM exceptions_case AS c WHERE c.id = ANY(%b::bytea[])
"""
_unpack_act = msgspec.msgpack.Decoder(StampedAct).decode


def undo(versions: Mapping[str, int], *, who: str, now: datetime, visible_partner: str | None = None) -> list[Outcome]:
    """Takes back the last act on each of these cases (ids in hex), whose version is that act's. In one transaction, each for
    itself: what was not `who`'s last act, or not a moment ago, or cannot be taken back, stays, and its Conflict says why."""
    with transaction.atomic():
        seen = get_cases(versions, now=now, visible_partner=visible_partner)
        lock_orders({bytes.fromhex(case.key) for case in seen.values()})
        seen = get_cases(versions, now=now, visible_partner=visible_partner)
        told = _read(list(seen))
        problems: dict[str, DistSyncError] = {
            number: NotFound(f"No exception {number} is known here, or you may not see it.")
            for number in versions.keys() - seen
        }
        rounds: defaultdict[tuple[int, Wish], list[str]] = defaultdict(list)
        for number, case in seen.items():
            try:
                _check(case, versions[number], who, now)
                for place, wish in enumerate(_back(*told[number], who, now)):
                    rounds[place, wish].append(number)
            except Conflict as error:
                problems[number] = error
        for (_, wish), numbers in sorted(rounds.items(), key=lambda each: each[0][0]):
            act_on_many(numbers, wish, who=who, now=now, visible_partner=visible_partner)
        done = get_cases([number for number in seen if number not in problems], now=now, visible_partner=visible_partner)
        return [Outcome(number, done.get(number), problems.get(number)) for number in versions]


def _check(case: Case, version: int, who: str, now: datetime) -> None:
    if case.version != version or case.last_act_by != who:
        raise Conflict(f"{case.last_act_by or 'The pipeline'} has acted on this case since; it stays as it is.")
    if case.last_act_at is None or now - case.last_act_at > MOMENT:
        raise Conflict("That was too long ago to be undone; do what you want instead.")


def _read(numbers: Sequence[str]) -> dict[str, tuple[Episode, list[StampedAct]]]:
    rows = fetch(_READ, [[bytes.fromhex(number) for number in numbers]])
    return {number: (unpack(detail), [_unpack_act(payload) for payload in acts]) for number, detail, acts in rows}


def _back(episode: Episode, acts: Sequence[StampedAct], who: str, now: datetime) -> list[Wish]:
    if acts[-1].act.kind == "case.comment":
        raise Conflict("A comment stays: write another that puts it right.")
    return way_back(handle(episode, acts[:-1]), handle(episode, acts), who, now)


def way_back(before: Handling, after: Handling, who: str, now: datetime) -> list[Wish]:
    """The wishes that bring a case from `after` to where it was `before`, in their order. Pure. A case that was new stays
    acknowledged: it has been looked at."""
    wishes = []
    is_other_team = before.team != after.team
    waited, waits, sleeps_until = before.worked == "waiting", after.worked == "waiting", after.snoozed_until
    will_sleep = before.snoozed_until is not None and before.snoozed_until > now
    if after.resolved_at is not None and before.resolved_at is None:
        wishes.append(Wish("reopen"))
        waits = False  # what is opened again is at work
    if is_other_team:
        wishes.append(Wish("escalate", to=before.team) if before.team else Wish("give_back"))
    if before.assignee != ("" if is_other_team else after.assignee):
        was_at_work = is_other_team and before.assignee == who and before.worked == "in_progress"
        wishes.append(Wish("claim") if was_at_work else Wish("assign", to=before.assignee))
        sleeps_until = None if was_at_work else sleeps_until
    if (sleeps_until is not None and not will_sleep) or (waits and not waited):
        wishes.append(Wish("wake"))
    elif waited and not waits:
        wishes.append(Wish("wait"))
        sleeps_until = None
    if will_sleep and before.snoozed_until != sleeps_until:
        wishes.append(Wish("snooze", until=before.snoozed_until))
    if before.is_apart != after.is_apart:
        wishes.append(Wish("take_out" if before.is_apart else "put_back"))
    if before.resolved_at is not None and after.resolved_at is None:
        wishes.append(Wish("resolve", reason=before.reason))
    return wishes
