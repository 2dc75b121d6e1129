"""What can be done to each part of a running system. Only processes that the system itself started are ever signalled."""

import signal
import time
from contextlib import suppress

import psutil

from soak.attack import Attack
from soak.system import Broken, is_gone, wait_until
from soak.watch import wait_for_batch

BATCH_SECONDS = 10
BACKLOG_SECONDS = 0.5
GONE_SECONDS = 60.0


def kill(process: psutil.Process, number: signal.Signals = signal.SIGKILL) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def end(process: psutil.Process, number: signal.Signals = signal.SIGKILL) -> None:
    """Returns when it is gone, so that whatever is told after it meets the system without it."""
    kill(process, number)
    wait_until(lambda: is_gone(process), GONE_SECONDS, f"process {process.pid} did not end")


def kill_workers_children(attack: Attack) -> None:
    """SIGKILL of all of the pool, while a batch is open in one of them."""
    children = attack.system.family("worker")
    _await_batch(attack, children)
    for child in children:
        kill(child)


def kill_worker(attack: Attack) -> None:
    """SIGKILL of the worker's main process, while a batch is open in it or in its pool."""
    worker = attack.system.part("worker")
    _await_batch(attack, [worker, *worker.children()])
    end(worker)


def _await_batch(attack: Attack, processes: list[psutil.Process]) -> None:
    """A moment of standing still lets work pile up, so that the batch after it is long enough to be hit."""
    for process in processes:
        kill(process, signal.SIGSTOP)
    time.sleep(BACKLOG_SECONDS)
    for process in processes:
        kill(process, signal.SIGCONT)
    if wait_for_batch(attack.database, BATCH_SECONDS) is None:
        raise Broken(f"no batch was seen open in {BATCH_SECONDS} s: there was nothing to cut off")


def flush_broker(attack: Attack) -> None:
    attack.system.broker().flushall()


def kill_broker(attack: Attack) -> None:
    end(attack.system.part("valkey"))


def restart_database(attack: Attack) -> None:
    """PostgreSQL's fast shutdown; the supervisor starts it again."""
    end(attack.system.part("postgres"), signal.SIGINT)


def kill_database(attack: Attack) -> None:
    """SIGKILL of the postmaster: its sessions end with it, and the next one recovers from the write-ahead log."""
    end(attack.system.part("postgres"))


def kill_web(attack: Attack) -> None:
    end(attack.system.part("web"))


def kill_web_child(attack: Attack) -> None:
    end(attack.system.family("web")[0])


def reload_web(attack: Attack) -> None:
    """A graceful restart: new processes take over, the old ones finish what they have in hand."""
    kill(attack.system.part("web"), signal.SIGHUP)


def stop_web(attack: Attack) -> None:
    """A graceful end; the supervisor starts it again."""
    end(attack.system.part("web"), signal.SIGTERM)


def stop_worker(attack: Attack) -> None:
    """A graceful end: it finishes its batch; the supervisor starts it again."""
    end(attack.system.part("worker"), signal.SIGTERM)
