"""The log and the pipeline inside one process: a program of its own, since it wants Django with the tests' servers."""

import json
import os
import subprocess
import sys
from typing import Any

from bench.bench import Bench
from bench.system import SystemFailure
from distsync.env import ROOT
from distsync.stack.beside import NOT_INHERITED


def inside_alone(bench: Bench) -> dict[str, Any]:
    """Raises SystemFailure when the program fails."""
    bench.stop()
    environment = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    environment["BENCH_ORDERS"] = str(bench.options.orders)
    done = subprocess.run(
        [sys.executable, "-m", "bench.inside"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemFailure(f"bench.inside failed:\n{done.stderr}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures
