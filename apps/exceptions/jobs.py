"""Acts on many cases at once: asked for here, worked in the background in chunks. A chunk's acts and the job's progress are one
transaction, so that a worker that dies leaves nothing half done and nothing done twice. Read `work`."""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import msgspec
import structlog
from celery.exceptions import OperationalError as BrokerError
from django.db import InterfaceError, OperationalError, ProgrammingError, transaction
from kombu.exceptions import OperationalError as ConnectionFailure

from apps.core.broker import broker
from apps.core.cache import Breaker
from apps.core.errors import DistSyncError, NotFound, Unreadable
from apps.core.sql import fetch, run
from apps.core.text import printable
from apps.eventlog.maintenance import rebuild_waits
from apps.exceptions.filters import CaseFilter
from apps.exceptions.queries import IS_ID, count_cases, find_numbers
from apps.exceptions.services import Wish, check, do_to_many

logger = structlog.get_logger(__name__)

CHUNK: Final = 500
CASES_LIMIT: Final = 50_000  # of one job
RESULTS_LIMIT: Final = 1_000
FIRST_LEASE: Final = timedelta(seconds=3)  # for the task that is rung for; then the sweep takes it up
LEASE: Final = timedelta(seconds=15)
KEPT: Final = timedelta(days=30)
TURN_SECONDS: Final = 5.0  # then a task ends and rings again, so that the worker stays able to stop and to share
SWEEP_SECONDS: Final = 1.0  # of the sweep's thread, which has messages to look after
STATES: Final = ("queued", "running", "done", "failed")
AWAY: Final = (OperationalError, InterfaceError, ProgrammingError)  # no case's fault

_START: Final = """
    INSERT INTO exceptions_job (id, who, wish, filter, visible_partner, numbers, created_at, lease_until, total, done,
        succeeded, failed, results, problem)
    VALUES (%s, %s, %s::jsonb, %s::jsonb, %s, %b::bytea[], %s, %s, %s, 0, 0, 0, '[]', '')
"""
_FORGET: Final = "DELETE FROM exceptions_job WHERE finished_at < %s"
_GET: Final = """
    SELECT id, who, wish::text, created_at, started_at, finished_at, total, done, succeeded, failed, results::text, problem
    FROM exceptions_job WHERE id = %s
"""
_TAKE: Final = """
    SELECT who, wish::text, filter::text, visible_partner, numbers IS NULL, total, done, numbers[done + 1 : done + %s],
        jsonb_array_length(results)
    FROM exceptions_job WHERE id = %s AND finished_at IS NULL FOR UPDATE SKIP LOCKED
"""
_FOUND: Final = """
    UPDATE exceptions_job SET numbers = %b::bytea[], total = %s, started_at = coalesce(started_at, %s), lease_until = %s
    WHERE id = %s
"""
_PROGRESS: Final = """
    UPDATE exceptions_job SET done = done + %s, succeeded = succeeded + %s, failed = failed + %s,
        results = results || %s::jsonb, started_at = coalesce(started_at, %s), lease_until = %s
    WHERE id = %s
"""
_FINISH: Final = """
    UPDATE exceptions_job SET finished_at = %s, started_at = coalesce(started_at, %s), problem = %s, numbers = NULL
    WHERE id = %s
"""
_LEAVE: Final = "UPDATE exceptions_job SET lease_until = %s WHERE id = %s AND finished_at IS NULL"
_WAITING: Final = """
    SELECT id FROM exceptions_job WHERE finished_at IS NULL AND lease_until <= %s ORDER BY lease_until LIMIT 1
"""

_breaker = Breaker()


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands. `results`: of the cases that did not succeed, up to RESULTS_LIMIT, each with `id` and `reason`."""

    id: uuid.UUID
    who: str
    wish: Wish
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    total: int
    done: int
    succeeded: int
    failed: int
    results: tuple[dict[str, Any], ...]
    problem: str

    @property
    def state(self) -> str:
        """A word of STATES. Failed: as a whole; single cases may fail in one that is done."""
        if self.finished_at is not None:
            return "failed" if self.problem else "done"
        return "queued" if self.started_at is None else "running"


def start(  # noqa: PLR0913 - what to which cases, who, when, as seen by whom
    wish: Wish,
    *,
    ids: Sequence[str] | None = None,
    filters: CaseFilter | None = None,
    who: str,
    now: datetime,
    visible_partner: str | None = None,
) -> uuid.UUID:
    """Asks for an act on the cases of `ids` (hex), or on all that `filters` find once it is taken up; the job's id.

    Raises Unreadable for a wish that says too little, and for more than CASES_LIMIT cases.
    """
    check(wish, now=now)
    numbers = None if ids is None else [_number(each) for each in dict.fromkeys(ids)]
    count = count_cases(filters, now=now, at_most=CASES_LIMIT + 1) if filters is not None else len(numbers or ())
    _check_count(count)
    number = uuid.uuid4()
    with transaction.atomic():
        run(_FORGET, [now - KEPT])
        chosen = None if filters is None else _json(filters)
        run(_START, [number, who, _json(wish), chosen, visible_partner, numbers, now, now + FIRST_LEASE, count])
        transaction.on_commit(partial(_ring, number), robust=True)
    return number


def get(number: uuid.UUID) -> Job:
    """The job of that id. Raises NotFound."""
    rows = fetch(_GET, [number])
    if not rows:
        raise NotFound("There is no such job, or none that you may see.")
    values = list(rows[0])
    values[2], values[10] = msgspec.json.decode(values[2], type=Wish), tuple(msgspec.json.decode(values[10]))
    return Job(*values)


def work(number: uuid.UUID, *, now: datetime) -> bool:
    """Works one chunk of the job in one transaction; True while there is more to do. False also while somebody else is at it,
    and while a rebuild is under way: the sweep comes back to it."""
    with transaction.atomic():
        taken = fetch(_TAKE, [CHUNK, number]) if rebuild_waits() else []
        if not taken:
            return False
        ((who, wish_text, filter_text, visible_partner, is_unknown, total, done, chunk, kept),) = taken
        if is_unknown:
            return _look_up(number, msgspec.json.decode(filter_text, type=CaseFilter), now)
        wish = msgspec.json.decode(wish_text, type=Wish)
        try:
            check(wish, now=now)
        except Unreadable as error:  # such as a colleague who has left since
            return _finish(number, now, error.detail)
        problems = _act([each.hex() for each in chunk], wish, who=who, now=now, visible_partner=visible_partner)
        failures = [{"id": each, "reason": problem.detail} for each, problem in problems.items() if problem is not None]
        shown = _json(failures[: RESULTS_LIMIT - kept])
        run(_PROGRESS, [len(chunk), len(chunk) - len(failures), len(failures), shown, now, now + LEASE, number])
        return done + len(chunk) < total or _finish(number, now)


def work_for_a_turn(number: uuid.UUID, clock: Callable[[], datetime]) -> None:
    """Works the job until it is done or TURN_SECONDS are over, and then rings for whoever comes next."""
    if _work_until(number, clock, time.monotonic() + TURN_SECONDS):
        run(_LEAVE, [clock() + FIRST_LEASE, number])
        _ring(number)


def take_up(clock: Callable[[], datetime]) -> bool:
    """Works the job that nobody has been at for the longest time (the broker was away, or a worker died) for SWEEP_SECONDS;
    True while there is more to do, which the next turn finds."""
    for (number,) in fetch(_WAITING, [clock()]):
        if _work_until(number, clock, time.monotonic() + SWEEP_SECONDS):
            run(_LEAVE, [clock(), number])
            return True
    return False


def _work_until(number: uuid.UUID, clock: Callable[[], datetime], until: float) -> bool:
    """Works chunks until there are none, or `until` of the monotonic clock; True while there is more to do."""
    while work(number, now=clock()):
        if time.monotonic() > until:
            return True
    return False


def _look_up(number: uuid.UUID, filters: CaseFilter, now: datetime) -> bool:
    found = find_numbers(filters, now=now, at_most=CASES_LIMIT + 1)
    try:
        _check_count(len(found))
    except Unreadable as error:
        return _finish(number, now, error.detail)
    run(_FOUND, [found, len(found), now, now + LEASE, number])
    return bool(found) or _finish(number, now)


def _number(text: str) -> bytes:
    if not IS_ID.fullmatch(text):
        raise Unreadable(f"`{printable(text, 40)}` is no exception's id: those are 32 hexadecimal digits.")
    return bytes.fromhex(text)


def _check_count(count: int) -> None:
    if count > CASES_LIMIT:
        raise Unreadable(f"More than {CASES_LIMIT:,} exceptions are meant, which is the most that one job takes: narrow it.")


def _finish(number: uuid.UUID, now: datetime, problem: str = "") -> bool:
    run(_FINISH, [now, now, problem, number])
    return False


def _act(numbers: Sequence[str], wish: Wish, **how: Any) -> dict[str, DistSyncError | None]:
    """All of them at once; where that fails, each for itself, so that the one that fails stops no other."""
    try:
        return do_to_many(numbers, wish, **how)
    except AWAY:
        raise
    except Exception:
        logger.exception("job_chunk_failed", act=wish.act, cases=len(numbers))
        return {number: _alone(number, wish, **how) for number in numbers}


def _alone(number: str, wish: Wish, **how: Any) -> DistSyncError | None:
    try:
        return do_to_many([number], wish, **how)[number]
    except AWAY:
        raise
    except Exception as error:
        logger.exception("job_case_failed", act=wish.act, case=number)
        return _Failed(f"DistSync failed on this exception ({type(error).__name__}).")


class _Failed(DistSyncError):
    """Our own failure on one case of many."""


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _ring(number: uuid.UUID) -> None:
    """Has a worker take the job up now. A broker that is away costs the seconds until the sweep."""
    from apps.exceptions.tasks import job

    if not _breaker.call(lambda: broker().ping(), otherwise=False):
        return
    try:
        job.apply_async((str(number),), retry=False, ignore_result=True)
    except (BrokerError, ConnectionFailure) as error:
        logger.info("job_bell_lost", error=str(error))
