"""A thread of a worker's main process, beside Celery's tasks: it begins with the worker and is told to end with it."""

import threading
from typing import Any, ClassVar, Final

from celery import bootsteps

STOP_SECONDS: Final = 30.0  # so long a worker that stops waits for it


class WorkerThread(bootsteps.StartStopStep):
    """Runs `run` in a thread that is called `thread_name`. A room has its own by a class with both."""

    requires = ("celery.worker.components:Pool",)
    thread_name: ClassVar[str]

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self.stopping = threading.Event()
        self.thread: threading.Thread | None = None

    def run(self, stopping: threading.Event) -> None:
        """What the thread does until `stopping` is set. Nobody starts it again."""
        raise NotImplementedError

    def start(self, parent: Any) -> None:
        self.thread = threading.Thread(target=self.run, args=(self.stopping,), name=self.thread_name, daemon=True)
        self.thread.start()

    def stop(self, parent: Any) -> None:
        self.stopping.set()
        if self.thread is not None:
            self.thread.join(timeout=STOP_SECONDS)
