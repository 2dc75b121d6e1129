"""The short form of `make soak`: each part of a running system is broken once under load, and every law checked after it."""

import shutil
from collections.abc import Iterator

import pytest

from soak import attack, scenarios
from soak.promises import check_whole
from soak.system import Running, fresh_folder, take
from tests.whole_system import WholeSystem

pytestmark = pytest.mark.e2e
SEED = 20_260_105


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """A system of its own: others would not bear it. In the end its rows are those that its log gives, after all attacks."""
    system = WholeSystem(fresh_folder(), settings={"DISTSYNC_HELP_FROM": "1"})  # workers race for every message
    system.start()
    try:
        system.wait_until_ready()
        running = take(system)
        yield running
        whole = check_whole(running.target)
    finally:
        system.stop()
        shutil.rmtree(system.data.parent)
    assert whole.broken == []


@pytest.mark.parametrize("name", scenarios.ALL)
def test_what_was_acknowledged_is_kept_and_shown_once(running: Running, name: str) -> None:
    scenario = scenarios.ALL[name]
    verdict = attack.run(running.target, scenario.bound(1), seed=SEED, shape=scenario.shape, running=running)
    assert verdict.broken == []
    assert verdict.figures["acknowledged"] > 100
    assert verdict.figures["orders"] > 10
