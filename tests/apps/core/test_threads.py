"""A worker's threads begin and end with it."""

import threading

from apps.core.threads import WorkerThread
from apps.delivery.worker import Notify
from apps.pipeline.worker import Sweep


class Waiting(WorkerThread):
    thread_name = "waiting"

    def __init__(self) -> None:
        super().__init__(None)
        self.ran_in: list[str] = []

    def run(self, stopping: threading.Event) -> None:
        self.ran_in.append(threading.current_thread().name)
        stopping.wait()


def test_it_runs_from_the_start_of_the_worker_to_its_stop() -> None:
    step = Waiting()
    step.stop(None)  # a worker that fails before it started
    step = Waiting()
    step.start(None)
    assert step.thread is not None
    assert (step.thread.is_alive(), step.thread.daemon) == (True, True)
    step.stop(None)
    assert (step.thread.is_alive(), step.ran_in) == (False, ["waiting"])


def test_each_room_has_its_own() -> None:
    """Celery knows a step by its name."""
    assert {Sweep.name, Notify.name} == {"apps.pipeline.worker.Sweep", "apps.delivery.worker.Notify"}
    assert {Sweep.thread_name, Notify.thread_name} == {"sweep", "notify"}
