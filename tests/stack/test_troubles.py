"""What goes wrong on real machines: killed, cut off, in the way of each other. Each ends in order, in plain words."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from distsync.env import ROOT
from distsync.stack.leftovers import MARK
from distsync.stack.restarts import LIMIT
from tests.whole_system import WholeSystem, data_folder

pytestmark = pytest.mark.e2e
SECONDS_TO_GO = 30


@pytest.fixture(scope="module")
def system() -> Iterator[WholeSystem]:
    """One system of its own, which every test of this module may break: each leaves it startable."""
    system = WholeSystem(data_folder())
    yield system
    if system.process and system.process.poll() is None:
        system.stop()
    shutil.rmtree(system.data.parent)


@pytest.fixture
def running(system: WholeSystem) -> WholeSystem:
    if system.process is None or system.process.poll() is not None:
        system.start()
        system.wait_until_ready()
    return system


def family(system: WholeSystem) -> list[psutil.Process]:
    assert system.process is not None
    return psutil.Process(system.process.pid).children(recursive=True)


def named(system: WholeSystem, *words: str) -> psutil.Process:
    """The direct child whose command line holds these words."""
    assert system.process is not None
    children = psutil.Process(system.process.pid).children()
    return next(child for child in children if all(word in " ".join(child.cmdline()) for word in words))


def has_started_again(system: WholeSystem, name: str, dead: psutil.Process) -> bool:
    _, started = json.loads((system.data / "children.json").read_text()).get(name, (0, 0.0))
    return started > dead.create_time()


def all_gone(processes: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(processes, timeout=SECONDS_TO_GO)[1]


def command(system: WholeSystem, name: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "distsync.stack", name],
        cwd=ROOT,
        env=system.environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_signal_ends_everything_and_the_data_is_found_again(running: WholeSystem) -> None:
    created = running.manage("user", "create", "kept", "--role", "finance", "--password-stdin", input="correct-horse-7\n")
    assert created.returncode == 0, created.stderr
    processes = family(running)
    assert running.stop() == 0
    assert all_gone(processes)
    assert "stopped. The data is kept" in running.output

    running.start()
    running.wait_until_ready()
    look = "from apps.accounts.models import User; print(User.objects.get(username='kept').username)"
    again = running.manage("shell", "--no-imports", "-c", look)
    assert again.stdout == "kept\n", again.stderr


def test_a_killed_supervisor_leaves_no_orphan_and_the_next_start_works(running: WholeSystem) -> None:
    processes = family(running)
    assert running.stop(signal.SIGKILL) == -signal.SIGKILL
    assert all_gone(processes)

    running.start()
    running.wait_until_ready()


def wait_for(what: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS_TO_GO
    while not what():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def test_a_dead_worker_goes_with_its_children_and_is_started_again(running: WholeSystem) -> None:
    worker = named(running, "celery", "worker")
    wait_for(lambda: len(worker.children()) == 2)
    its_own = [worker, *worker.children()]
    worker.kill()
    assert all_gone(its_own)
    wait_for(lambda: has_started_again(running, "worker", worker))
    wait_for(lambda: len(named(running, "celery", "worker").children()) == 2)
    assert "DistSync: worker was ended by signal 9, and is started again." in running.output
    assert not [process for process in family(running) if process.status() == psutil.STATUS_ZOMBIE]


def test_servers_that_die_come_back_at_their_addresses_with_what_was_committed(running: WholeSystem) -> None:
    created = running.manage("user", "create", "safe", "--role", "finance", "--password-stdin", input="correct-horse-7\n")
    assert created.returncode == 0, created.stderr
    for server in (named(running, "bin/postgres", "-D"), named(running, "valkey-server")):
        server.kill()
        assert all_gone([server])
    wait_for(lambda: running.output.count("is started again") >= 2 and running.status_of("/readyz") == 200)
    again = running.manage(
        "shell",
        "--no-imports",
        "-c",
        "from apps.accounts.models import User; from django.core.cache import cache; cache.set('greeting', 'hello');"
        "print(User.objects.get(username='safe').username, cache.get('greeting'))",
    )
    assert again.stdout == "safe hello\n", again.stderr


def test_a_part_that_dies_again_and_again_stops_everything_with_a_sentence(system: WholeSystem) -> None:
    if system.process and system.process.poll() is None:
        system.stop()
    system.start()
    system.wait_until_ready()
    processes = family(system)
    assert system.process is not None
    for death in range(1, LIMIT + 2):
        beat = named(system, "celery", " beat ")
        beat.kill()
        wait_for(lambda death=death: system.output.count("beat was ended by signal 9") == death)
        if death <= LIMIT:
            wait_for(lambda beat=beat: has_started_again(system, "beat", beat))
    assert system.process.wait(SECONDS_TO_GO) == 1
    assert all_gone(processes)
    assert "DistSync: beat was ended by signal 9, for the 6th time in 60 s, so everything is stopped." in system.output
    assert "Traceback" not in system.output


def test_a_postgresql_killed_with_its_supervisor_is_told_and_recovers_at_the_next_start(running: WholeSystem) -> None:
    processes = family(running)
    named(running, "bin/postgres", "-D").kill()
    assert running.stop(signal.SIGKILL) == -signal.SIGKILL
    assert all_gone(processes)

    running.start()
    running.wait_until_ready()
    assert "PostgreSQL was killed the last time: it recovers what was committed." in running.output


def test_down_ends_it_from_another_terminal(running: WholeSystem) -> None:
    processes = family(running)
    done = command(running, "down")
    assert (done.stdout, done.returncode) == (f"DistSync: what ran at {running.base_url}/ is stopped.\n", 0)
    assert all_gone(processes)
    assert command(running, "down").stdout == "DistSync: nothing was running.\n"


def test_down_ends_what_is_marked_as_ours_and_nothing_else(system: WholeSystem) -> None:
    if system.process and system.process.poll() is None:
        system.stop()
    system.data.mkdir(exist_ok=True)  # it may never have been started: tests come in any order
    waits = [sys.executable, "-c", "import time; time.sleep(600)"]
    ours = subprocess.Popen(waits, env={**os.environ, MARK: str(system.data)})
    theirs = subprocess.Popen(waits, env={**os.environ, MARK: "/another/folder"})
    try:
        done = command(system, "down")
        assert done.stdout == "DistSync: 1 processes of an earlier run were ended.\n"
        assert ours.wait(SECONDS_TO_GO) == -signal.SIGTERM
        assert theirs.poll() is None
    finally:
        for process in (ours, theirs):
            process.kill()
            process.wait()


def test_a_busy_port_is_told(system: WholeSystem) -> None:
    if system.process and system.process.poll() is None:
        system.stop()
    with socket.create_server(("127.0.0.1", system.port)):
        done = command(system, "up")
    assert done.returncode == 1
    assert done.stderr == (
        f"DistSync: Port {system.port} is in use by another program. End it, or choose another: DISTSYNC_PORT=8001 make up.\n"
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DISTSYNC_PORT", "eighty", "DISTSYNC_PORT is 'eighty'; it must be a port number from 1 to 65535."),
        ("DISTSYNC_PORT", "65536", "DISTSYNC_PORT is '65536'; it must be a port number from 1 to 65535."),
        ("DISTSYNC_DEMO", "yes", "DISTSYNC_DEMO is 'yes'; it must be `live` (sample orders) or `off` (an empty system)."),
    ],
)
def test_a_wrong_setting_is_told(name: str, value: str, sentence: str) -> None:
    wrong = WholeSystem(data_folder(), settings={name: value})
    done = command(wrong, "up")
    assert (done.stderr, done.returncode) == (f"DistSync: {sentence}\n", 1)
    assert not wrong.data.exists()
    wrong.data.parent.rmdir()
