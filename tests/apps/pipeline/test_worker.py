"""The sweep of a worker process: nothing that fails once may end it."""

import threading

import pytest
from django.db import InterfaceError, OperationalError

from apps.pipeline import worker


@pytest.mark.parametrize("error", [OperationalError("away"), InterfaceError("connection already closed"), ValueError("a bug")])
def test_a_sweep_that_fails_is_followed_by_the_next(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    stopping = threading.Event()
    sweeps = []

    def sweep() -> int:
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
