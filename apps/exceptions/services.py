"""What people do to cases: each act is put into the log and has its effect in one transaction, under the order's lock, with the
version of the case that the person saw. The queue, the API and bulk jobs call `act` and `act_on_many`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.roles import MATRIX, Permission
from apps.acts import log as acts_log
from apps.acts import store as acts_store
from apps.acts.types import Act
from apps.core.errors import Conflict, DistSyncError, NotFound, Unreadable
from apps.exceptions.cases import ACTS, RESOLVED_STATES
from apps.exceptions.catalogue import REASONS, TEAMS, type_of
from apps.exceptions.handling import write_handling
from apps.exceptions.queries import Case, get_case, get_cases
from apps.exceptions.store import keep_acts
from apps.orders.store import lock_orders

TEXT_LIMIT: Final = 4_000
REASON_LIMIT: Final = 2_000
NAME_LIMIT: Final = 150
WORKERS: Final = frozenset(role.value for role, granted in MATRIX.items() if Permission.WORK_EXCEPTIONS in granted)

ChangeListener = Callable[[Sequence[str]], None]
_listeners: list[ChangeListener] = []


def on_change(listener: ChangeListener) -> None:
    """Registers who is told, after each commit, the handles of the orders on whose cases somebody acted."""
    if listener not in _listeners:
        _listeners.append(listener)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for. `act` is a word of ACTS; the others as the act needs them: `to` a team's code or a username (of
    `assign`, empty: nobody), `until` of a snooze, `reason` a code of REASONS, `text` what they say, `version` the case's that
    they saw (None: any)."""

    act: str
    to: str = ""
    text: str = ""
    until: datetime | None = None
    reason: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a wish for one case of many: the case after it, or why not."""

    id: str
    case: Case | None
    problem: DistSyncError | None = None


def act(number: str, wish: Wish, *, who: str, now: datetime, visible_partner: str | None = None) -> Case:
    """Does it to the case of an id (hex); the case after it.

    Raises NotFound for a case that is none or not the person's to see, Unreadable for a wish that says too little, Conflict
    (with `by`, `at` and `version` in its errors) where somebody was first or the case's state does not allow it.
    """
    check(wish, now=now)
    with transaction.atomic():
        key = get_case(number, now=now, visible_partner=visible_partner).key
        lock_orders([bytes.fromhex(key)])
        case = get_case(number, now=now, visible_partner=visible_partner)
        _allow(case, wish, who)
        _perform([(case, wish)], who, now)
        transaction.on_commit(lambda: _tell([case.handle]))
        return get_case(number, now=now, visible_partner=visible_partner)


def act_on_many(  # noqa: PLR0913 - to what, what, who, when, as seen by whom
    numbers: Sequence[str],
    wish: Wish,
    *,
    who: str,
    now: datetime,
    visible_partner: str | None = None,
    versions: Mapping[str, int] | None = None,
) -> list[Outcome]:
    """Does the same to many cases in one transaction, each for itself: what one case does not allow stops no other.
    `versions`: of each case that the person saw, where they saw it. Raises Unreadable for a wish that says too little."""
    check(wish, now=now)
    wanted = list(dict.fromkeys(numbers))
    with transaction.atomic():
        seen = get_cases(wanted, now=now, visible_partner=visible_partner)
        lock_orders({bytes.fromhex(case.key) for case in seen.values()})
        seen = get_cases(wanted, now=now, visible_partner=visible_partner)
        allowed: list[tuple[Case, Wish]] = []
        problems: dict[str, DistSyncError] = {}
        for number in wanted:
            case, own = seen.get(number), _of_version(wish, (versions or {}).get(number))
            problem = (
                _refusal(case, own, who) if case else NotFound(f"No exception {number} is known here, or you may not see it.")
            )
            if problem is not None:
                problems[number] = problem
            elif case is not None:
                allowed.append((case, own))
        _perform(allowed, who, now)
        handles = sorted({case.handle for case, _ in allowed})
        transaction.on_commit(lambda: _tell(handles))
        done = get_cases([case.id for case, _ in allowed], now=now, visible_partner=visible_partner)
        return [Outcome(number, done.get(number), problems.get(number)) for number in wanted]


def _of_version(wish: Wish, version: int | None) -> Wish:
    return wish if version is None else replace(wish, version=version)


def check(wish: Wish, *, now: datetime) -> None:
    """Raises Unreadable where the wish says too little, or something that is none."""
    if wish.act not in ACTS:
        raise Unreadable(f"There is no act {wish.act!r} on an exception: there are {', '.join(ACTS)}.")
    if len(wish.text) > TEXT_LIMIT:
        raise Unreadable(f"`text` may have {TEXT_LIMIT:,} characters; {len(wish.text):,} came.")
    if wish.act == "comment" and not wish.text.strip():
        raise Unreadable("A comment needs `text`.")
    if wish.act == "resolve" and wish.reason not in REASONS:
        raise Unreadable(f"Closing by hand needs a `reason`, one of {', '.join(REASONS)}; {wish.reason or 'none'!r} came.")
    if wish.act == "snooze" and (wish.until is None or wish.until <= now):
        raise Unreadable("A snooze needs `until`, a time that is still to come.")
    if wish.act == "assign" and wish.to:
        _check_person(wish.to)
    if wish.act == "escalate" and wish.to not in TEAMS:
        _check_person(wish.to, or_team=True)


def _check_person(name: str, *, or_team: bool = False) -> None:
    if not User.objects.filter(username=name, is_active=True, role__in=WORKERS).exists():
        what = f"a team ({', '.join(TEAMS)}) or the name of a user" if or_team else "the name of a user"
        raise Unreadable(f"`to` needs {what}; {name or 'nothing'!r} came, and nobody who works exceptions is called so.")


def _refusal(case: Case, wish: Wish, who: str) -> DistSyncError | None:
    try:
        _allow(case, wish, who)
    except Conflict as error:
        return error
    return None


def _allow(case: Case, wish: Wish, who: str) -> None:
    """Raises Conflict where the case is not as the person saw it, or its state does not allow the act."""
    if wish.version is not None and wish.version != case.version:
        raise _conflict(case, f"{case.last_act_by or 'The pipeline'} was first: look at the case again, then decide.")
    if wish.act == "claim" and case.assignee not in {"", who}:
        raise _conflict(case, f"{case.assignee} has this case. Ask them, or assign it to yourself.")
    if wish.act == "wake" and case.state not in {"snoozed", "waiting"}:
        raise _conflict(case, "This case neither sleeps nor waits.")
    if wish.act == "reopen" and case.state != "resolved_manual":
        raise _conflict(case, "Only what was closed by hand can be opened again by hand.")
    if wish.act not in {"comment", "reopen"} and case.state in RESOLVED_STATES:
        raise _conflict(
            case, f"This case is resolved ({case.state.removeprefix('resolved_')}); there is nothing to {wish.act}."
        )


def _conflict(case: Case, sentence: str) -> Conflict:
    at = case.last_act_at.astimezone(UTC).isoformat().replace("+00:00", "Z") if case.last_act_at else None
    first: dict[str, Any] = {
        "by": case.last_act_by,
        "at": at,
        "version": case.version,
        "state": case.state,
        "assignee": case.assignee,
    }
    return Conflict(sentence, errors=[first])


def _perform(wishes: Sequence[tuple[Case, Wish]], who: str, now: datetime) -> None:
    stamped = acts_log.perform([_act(case, wish, who) for case, wish in wishes], now=now)
    acts_store.write(stamped)
    keep_acts(stamped)
    write_handling([bytes.fromhex(case.id) for case, _ in wishes])


def _act(case: Case, wish: Wish, who: str) -> Act:
    subject = f"{type_of(case.code).title}: {case.subject.scheme} {case.subject.value}"
    return Act(
        kind=f"case.{wish.act}",
        who=who,
        key=case.key,
        case=case.id,
        order=case.handle,
        subject=subject,
        to=wish.to,
        text=wish.text.strip(),
        until=wish.until,
        reason=wish.reason,
        version=wish.version,
    )


def _tell(handles: Sequence[str]) -> None:
    for listener in _listeners:
        listener(handles)
