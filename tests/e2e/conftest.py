"""The running system as a stranger meets it, and identifiers that no other test uses."""

import itertools

import pytest

from tests.e2e.world import World
from tests.whole_system import WholeSystem

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def world(stack: WholeSystem) -> World:
    return World(stack)


@pytest.fixture
def name() -> str:
    """The beginning of a test's own identifiers; the closing mark keeps N1 from being the beginning of N10."""
    return f"N{next(_numbers)}."
