"""Keeps what was known after each hearing of the orders that are looked at step by step, for their next hearing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from apps.core.sql import fetch, run
from apps.exceptions.steps import Step, pack, unpack

_READ: Final = "SELECT key, steps FROM exceptions_known WHERE key = ANY(%b::bytea[])"
_WRITE: Final = """
    INSERT INTO exceptions_known (key, steps) SELECT * FROM unnest(%b::bytea[], %b::bytea[])
    ON CONFLICT (key) DO UPDATE SET steps = excluded.steps
"""
_FORGET: Final = "DELETE FROM exceptions_known WHERE key = ANY(%b::bytea[])"


def recall(keys: Iterable[bytes]) -> dict[bytes, tuple[Step, ...]]:
    """The kept steps of these orders; orders without any are left out."""
    return {key: unpack(steps) for key, steps in fetch(_READ, [list(keys)])}


def keep(steps: Mapping[bytes, Sequence[Step]], before: Mapping[bytes, Sequence[Step]]) -> None:
    """Keeps the steps of orders that have some, and forgets those of orders that had (`before`)."""
    new = {key: pack(own) for key, own in sorted(steps.items()) if own and before.get(key) != own}
    if new:
        run(_WRITE, [list(new), list(new.values())])
    if gone := sorted(key for key in before if not steps.get(key)):
        run(_FORGET, [gone])
