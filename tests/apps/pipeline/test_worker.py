"""The sweep of a worker process: nothing that fails once may end it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import InterfaceError, OperationalError, connections, transaction
from django.utils import timezone
from pytest_django import Settings

from apps.eventlog.maintenance import rebuild_waits
from apps.pipeline import process, turns, worker
from tests import messages as m


@pytest.mark.parametrize("error", [OperationalError("away"), InterfaceError("connection already closed"), ValueError("a bug")])
def test_a_sweep_that_fails_is_followed_by_the_next(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    stopping = threading.Event()
    sweeps = []

    def sweep(_stopping: threading.Event) -> int:
        sweeps.append(len(sweeps))
        if len(sweeps) == 1:
            raise error
        stopping.set()
        return 0

    monkeypatch.setattr(worker, "sweep", sweep)
    monkeypatch.setattr(worker, "SWEEP_SECONDS", 0.001)
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    worker.run_sweep(stopping)
    assert sweeps == [0, 1]


def test_a_sweep_that_is_told_to_stop_leaves_the_backlog_to_the_next_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    stopping = threading.Event()
    batches = []

    def process_batch(**_: object) -> int:
        batches.append(len(batches))
        if len(batches) == 2:
            stopping.set()
        assert len(batches) < 5
        return 1_000

    monkeypatch.setattr(worker, "process_batch", process_batch)
    monkeypatch.setattr(worker, "is_at_work", lambda: False)
    monkeypatch.setattr(worker.log, "overdue", lambda **_: True)
    assert worker.sweep(stopping) == 2_000


@pytest.mark.parametrize(("waits_for_seconds", "batches"), [(2.0, 0), (60.0, 1)])
def test_a_sweep_leaves_a_backlog_to_whom_it_sees_at_work_unless_it_waits_for_long(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, waits_for_seconds: float, batches: int
) -> None:
    taken = []
    monkeypatch.setattr(worker, "process_batch", lambda **_: taken.append(1) or 0)
    monkeypatch.setattr(worker.log, "overdue", lambda *, now, older_than_seconds: waits_for_seconds > older_than_seconds)
    started, done = threading.Event(), threading.Event()

    def other() -> None:
        with transaction.atomic():
            assert rebuild_waits()
            assert turns.take_everything()
            started.set()
            done.wait(10)
        connections.close_all()

    thread = threading.Thread(target=other)
    thread.start()
    assert started.wait(10)
    worker.sweep(threading.Event())
    done.set()
    thread.join()
    assert len(taken) == batches
    worker.sweep(threading.Event())
    assert len(taken) == batches + 1


@contextmanager
def another_has_the_turn(seconds: float) -> Iterator[None]:
    """Another session works a batch meanwhile, for so long."""
    started = threading.Event()

    def other() -> None:
        with transaction.atomic():
            assert rebuild_waits()
            assert turns.take_everything()
            started.set()
            time.sleep(seconds)
        connections.close_all()

    thread = threading.Thread(target=other)
    thread.start()
    assert started.wait(10)
    yield
    thread.join()


def processed() -> tuple[int, float]:
    """How many messages a batch took, and after how many seconds."""
    began = time.monotonic()
    return process.process_batch(now=timezone.now()), time.monotonic() - began


def test_a_batch_of_few_messages_waits_until_the_other_is_done(transactional_db: None) -> None:
    m.hear(m.message("order.placed", m.OMS, order="SO-1", lines=[]))
    with another_has_the_turn(0.5):
        taken, seconds = processed()
    assert taken == 1
    assert 0.3 < seconds < 2


def test_it_waits_no_longer_than_for_somebody_who_is_at_work(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "TURN_SECONDS", 0.3)
    m.hear(m.message("order.placed", m.OMS, order="SO-1", lines=[]))
    with another_has_the_turn(2):
        taken, seconds = processed()
    assert taken == 1
    assert 0.3 <= seconds < 1.5


def test_where_many_messages_wait_nobody_waits_for_another(transactional_db: None, settings: Settings) -> None:
    settings.PIPELINE_HELP_FROM = 2
    m.hear(*(m.message("order.placed", m.OMS, order=f"SO-{number}", lines=[]) for number in range(2)))
    with another_has_the_turn(2):
        taken, seconds = processed()
    assert taken == 2
    assert seconds < 1


def test_a_drain_holds_the_bell_and_looks_once_more_after_it_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    batches = iter([3, 0, 1, 0, 0])  # the third came while the bell was held

    def process_batch(**_: object) -> int:
        said.append("batch")
        return next(batches)

    monkeypatch.setattr(worker, "process_batch", process_batch)
    monkeypatch.setattr(worker, "PACE_SECONDS", 0.0)
    for name in ("hold", "answer", "ring", "call_help"):
        monkeypatch.setattr(worker.doorbell, name, lambda name=name: said.append(name))
    assert worker.drain() == 4
    assert said == ["hold", "batch", "hold", "batch", "answer", "batch", "hold", "batch", "answer", "batch"]


def test_a_drain_paces_its_batches_and_calls_help_when_much_waits(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    said: list[str] = []
    batches = iter([settings.PIPELINE_HELP_FROM, 1, 0, 0])
    monkeypatch.setattr(worker, "process_batch", lambda **_: next(batches))
    monkeypatch.setattr(worker, "PACE_SECONDS", 0.15)
    for name in ("hold", "answer", "ring", "call_help"):
        monkeypatch.setattr(worker.doorbell, name, lambda name=name: said.append(name))
    began = time.monotonic()
    worker.drain()
    assert time.monotonic() - began >= 0.3
    assert said.count("call_help") == 1
    assert "ring" not in said


def test_a_drain_calls_help_when_lanes_are_left_that_are_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    left = iter([worker.FEWEST, worker.FEWEST - 1, 0, 0])

    def process_batch(**_: object) -> int:
        worker.lanes.left = next(left)
        return worker.lanes.left

    monkeypatch.setattr(worker, "process_batch", process_batch)
    monkeypatch.setattr(worker, "PACE_SECONDS", 0.0)
    for name in ("hold", "answer", "ring", "call_help"):
        monkeypatch.setattr(worker.doorbell, name, lambda name=name: said.append(name))
    worker.drain()
    assert said.count("call_help") == 1
