"""The bench as a person starts it: what it says of itself, what it refuses, and one small run of everything that starts."""

import json
import os
import subprocess
import sys

import pytest

from distsync.env import ROOT
from distsync.stack.beside import NOT_INHERITED


@pytest.mark.parametrize("program", [["manage.py", "bench"], ["-m", "bench"]])
def test_it_says_what_can_be_measured(program: list[str]) -> None:
    done = run(*program, "--help")
    assert done.returncode == 0
    for name in ("end_to_end", "freshness", "search", "examples:", "--orders"):
        assert name in done.stdout


def test_a_section_that_does_not_exist_is_refused_with_those_that_do() -> None:
    done = run("manage.py", "bench", "nothing")
    assert done.returncode == 2
    assert "there is no section 'nothing'; there are end_to_end, apart" in done.stderr


@pytest.mark.e2e
@pytest.mark.long
def test_a_small_run_measures_product_plain_pattern_and_limit() -> None:
    sizes = ["--quick", "--orders", "20", "--plain-orders", "3"]
    done = run("-m", "bench", "end_to_end", "apart", *sizes)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["postgresql"]["fsync"] == told["postgresql"]["synchronous_commit"] == "on"
    found = told["sections"]["end_to_end"]
    assert found["product"]["events_a_round"] == 400
    assert found["plain"]["events_a_round"] == 60
    rates = {name: found[name]["per_second"] for name in ("product", "plain")}
    assert found["product_to_plain"] == round(rates["product"] / rates["plain"], 2)
    assert found["product_to_limit"] == round(rates["product"] / found["limit_per_second"], 4)
    assert set(found["product"]["cpu_us_per_event"]) == {"web", "worker", "beat", "postgres", "upkeep", "valkey", "client"}
    assert told["sections"]["apart"]["pipeline"]["cpu_us_per_event"]["worker"] > 0
    assert told["sections"]["apart"]["door"]["cpu_us_per_event"]["worker"] == 0


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=600
    )
