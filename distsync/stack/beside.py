"""Starts a whole system beside the one that a person runs, on a data folder of its own: for tests, attacks and measuring."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from distsync.env import ROOT
from distsync.stack.programs import die_with

NOT_INHERITED = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "DISTSYNC_SECRET_KEY")


def environment(data: Path, port: int, settings: Mapping[str, str]) -> dict[str, str]:
    """Ours without what would lead to another system's servers; without the demo, unless `settings` say so."""
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    own = {"DISTSYNC_DATA": str(data), "DISTSYNC_PORT": str(port), "DISTSYNC_DEMO": "off"}
    return {**inherited, **own, **settings}


def start(settings: Mapping[str, str], terminal: Path) -> "subprocess.Popen[bytes]":
    """`make up`'s own program in that environment, which ends with us; what it says goes to `terminal`, from its beginning.
    Call it before any thread is started."""
    parent = os.getpid()
    with terminal.open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "distsync.stack", "up"],
            cwd=ROOT,
            env=dict(settings),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: die_with(parent, signal.SIGTERM),  # noqa: PLW1509 - no thread was started before
        )
