"""Chance without memory: each draw depends on its name alone, so that no draw disturbs another."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")
_SPAN = float(2**64)


class Chance:
    """Draws that belong to `scope` (a seed, an order). The same name always gives the same."""

    __slots__ = ("_scope",)

    def __init__(self, scope: str) -> None:
        self._scope = scope

    def share(self, name: str) -> float:
        """At least 0 and below 1."""
        return int.from_bytes(blake2b(f"{self._scope}/{name}".encode(), digest_size=8).digest(), "big") / _SPAN

    def between(self, name: str, low: float, high: float) -> float:
        return low + (high - low) * self.share(name)

    def whole(self, name: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.share(name) * (high - low + 1))

    def hits(self, name: str, rate: float) -> bool:
        return self.share(name) < rate

    def one(self, name: str, choices: Sequence[T]) -> T:
        return choices[int(self.share(name) * len(choices))]

    def some(self, name: str, choices: Sequence[T], count: int) -> list[T]:
        """`count` different ones, in an order of their own."""
        ranked = sorted(range(len(choices)), key=lambda index: self.share(f"{name}/{index}"))
        return [choices[index] for index in ranked[:count]]
