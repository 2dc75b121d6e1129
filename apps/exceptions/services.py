"""What people do to cases: each act is put into the log and has its effect in one transaction, under the order's lock, with the
version of the case that the person saw. The queue, the API and bulk jobs call `act` and `act_on_many`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.roles import Permission, may
from apps.acts import log as acts_log
from apps.acts import store as acts_store
from apps.acts.types import Act
from apps.core.errors import Conflict, DistSyncError, NotFound, Unreadable
from apps.core.text import flaw, printable
from apps.exceptions.cases import ACTS, RESOLVED_STATES
from apps.exceptions.catalogue import REASONS, TEAMS, type_of
from apps.exceptions.handling import write_handling
from apps.exceptions.queries import Case, get_cases, keys_of
from apps.exceptions.store import keep_acts
from apps.orders.store import lock_orders

TEXT_LIMIT: Final = 4_000
REASON_LIMIT: Final = 2_000
NAME_LIMIT: Final = 150

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
    (outcome,) = act_on_many([number], wish, who=who, now=now, visible_partner=visible_partner)
    if outcome.case is None:
        assert outcome.problem is not None
        raise outcome.problem
    return outcome.case


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
    with transaction.atomic():
        problems = do_to_many(numbers, wish, who=who, now=now, visible_partner=visible_partner, versions=versions)
        done = [number for number, problem in problems.items() if problem is None]
        after = get_cases(done, now=now, visible_partner=visible_partner)
        return [Outcome(number, after.get(number), problem) for number, problem in problems.items()]


def do_to_many(  # noqa: PLR0913 - as act_on_many
    numbers: Sequence[str],
    wish: Wish,
    *,
    who: str,
    now: datetime,
    visible_partner: str | None = None,
    versions: Mapping[str, int] | None = None,
) -> dict[str, DistSyncError | None]:
    """As `act_on_many`, for a wish that was checked: what stopped each, None where nothing did."""
    wanted = [*dict.fromkeys(numbers)]
    with transaction.atomic():
        lock_orders(keys_of(wanted))
        seen = get_cases(wanted, now=now, visible_partner=visible_partner)  # as they are now that nobody else is at them
        wishes = {number: _of_version(wish, (versions or {}).get(number)) for number in wanted}
        problems = {number: _refusal(number, seen.get(number), wishes[number], who) for number in wanted}
        _perform([(seen[number], wishes[number]) for number, problem in problems.items() if problem is None], who, now)
        return problems


def _of_version(wish: Wish, version: int | None) -> Wish:
    return wish if version is None else replace(wish, version=version)


def check(wish: Wish, *, now: datetime) -> None:
    """Raises Unreadable where the wish says too little, or something that is none."""
    if wish.act not in ACTS:
        raise _flaw("act", f"There is no act {printable(wish.act, 40)} on an exception: there are {', '.join(ACTS)}.", ACTS)
    for field, text, limit in (("text", wish.text, TEXT_LIMIT), ("reason", wish.reason, REASON_LIMIT)):
        if len(text) > limit:
            raise _flaw(field, f"`{field}` may have {limit:,} characters; {len(text):,} came.")
    if wish.act == "comment" and not wish.text.strip():
        raise _flaw("text", "A comment needs `text`.")
    if wish.act == "resolve" and wish.reason not in REASONS:
        came = _came(wish.reason)
        raise _flaw("reason", f"Closing by hand needs a `reason`, one of {', '.join(REASONS)}; {came} came.", REASONS)
    if wish.act == "snooze" and (wish.until is None or wish.until <= now):
        raise _flaw("until", "A snooze needs `until`, a time that is still to come.")
    if wish.act == "assign" and wish.to:
        _check_person(wish.to)
    if wish.act == "escalate" and wish.to not in TEAMS:
        _check_person(wish.to, or_team=True)


def _check_person(name: str, *, or_team: bool = False) -> None:
    """A case is given to whoever may work it: to no partner's user, and to nobody who has left."""
    user = User.objects.filter(username=name, is_active=True).first() if flaw(name) is None else None
    if user is None or not may(user.role, Permission.WORK_EXCEPTIONS):
        what = f"a team ({', '.join(TEAMS)}) or the name of a user" if or_team else "the name of a user"
        why = f"{_came(name)} came, and nobody who works exceptions is called so"
        raise _flaw("to", f"`to` needs {what}; {why}.", TEAMS if or_team else None)


def _came(text: str) -> str:
    return f"`{printable(text, 40)}`" if text else "nothing"


def _flaw(field: str, sentence: str, allowed: Iterable[str] | None = None) -> Unreadable:
    entry: dict[str, object] = {"field": field, "detail": sentence}
    return Unreadable(sentence, errors=[entry if allowed is None else entry | {"allowed": [*allowed]}])


def _refusal(number: str, case: Case | None, wish: Wish, who: str) -> DistSyncError | None:
    if case is None:
        return NotFound(f"No exception {printable(number)} is known here, or you may not see it.")
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
        resolved, act = case.state.removeprefix("resolved_"), wish.act.replace("_", " ")
        raise _conflict(case, f"This case is resolved ({resolved}); there is nothing to {act}.")


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
    if not wishes:
        return
    stamped = acts_log.perform([_act(case, wish, who) for case, wish in wishes], now=now)
    acts_store.write(stamped)
    keep_acts(stamped)
    write_handling([bytes.fromhex(case.id) for case, _ in wishes])
    handles = sorted({case.handle for case, _ in wishes})
    transaction.on_commit(lambda: _tell(handles))


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
