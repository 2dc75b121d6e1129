"""The sweep of a worker process: nothing that fails once may end it."""

import threading

import pytest
from django.db import InterfaceError, OperationalError, connections, transaction

from apps.pipeline import process, worker


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
            assert process._may_run()
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
