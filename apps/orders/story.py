"""One order's facts by what they are told of: the order itself, its legs, shipments, invoices and returns."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from apps.contracts.facts import StampedFact
from apps.orders.identities import Invoice, Leg, Shipment, Thing, Told, Unclear, issuer_of, referenced
from apps.orders.state import UnappliedFact

CARRIER_WORDS: Final = ("shipment.in_transit", "shipment.delivered", "shipment.failed")

T = TypeVar("T", bound=Thing)


class Names(Generic[T]):
    """The identities of one scheme inside the order: those of a known issuer, and those that only others speak of."""

    def __init__(self, scheme: str, make: Callable[[str, str | None], T]) -> None:
        self.scheme = scheme
        self._make = make
        self.owned: dict[tuple[str, str], T] = {}
        self.by_value: dict[str, list[T]] = {}
        self.heard: dict[tuple[str, object], T] = {}

    def own(self, issuer: str, value: str) -> T:
        """The identity that `issuer` calls `value`."""
        thing = self.owned.get((issuer, value))
        if thing is None:
            thing = self.owned[issuer, value] = self._make(value, issuer)
            self.by_value.setdefault(value, []).append(thing)
        return thing

    def hear(self, value: str, beside: object = None) -> T:
        """The identity called `value` that nobody who owns it has told of; `beside` keeps namesakes apart."""
        thing = self.heard.get((value, beside))
        if thing is None:
            thing = self.heard[value, beside] = self._make(value, None)
        return thing

    def heard_of(self, value: str) -> list[T]:
        return [thing for (name, _), thing in self.heard.items() if name == value]

    def every(self) -> list[T]:
        return [*self.owned.values(), *self.heard.values()]


@dataclass(slots=True)
class Story:
    """`told` holds all facts by name, whatever they are told of; lists are in the order of evidence."""

    facts: Sequence[StampedFact]
    told: Told = field(default_factory=dict)
    legs: Names[Leg] = field(default_factory=lambda: Names("leg", Leg))
    shipments: Names[Shipment] = field(default_factory=lambda: Names("shipment", Shipment))
    invoices: Names[Invoice] = field(default_factory=lambda: Names("invoice", Invoice))
    returns: Names[Thing] = field(default_factory=lambda: Names("return", Thing))
    unapplied: list[UnappliedFact] = field(default_factory=list)

    def named(self, *names: str) -> list[StampedFact]:
        """The facts of these names."""
        return [stamped for name in names for stamped in self.told.get(name, ())]


def apply_each(story: Story, facts: Iterable[StampedFact], apply: Callable[[Story, StampedFact], None]) -> None:
    for stamped in facts:
        try:
            apply(story, stamped)
        except Unclear as unclear:
            stamp = stamped.stamp
            story.unapplied.append(
                UnappliedFact(stamp.source, stamp.id, unclear.scheme, unclear.value, unclear.issuers, stamp.position)
            )


def leg_meant(story: Story, stamped: StampedFact, value: str) -> Leg:
    issuer = issuer_of(stamped, "leg", value)
    if issuer is not None:
        return story.legs.own(issuer, value)
    candidates = story.legs.by_value.get(value, ())
    if not candidates:
        return story.legs.hear(value)
    if len(candidates) == 1:
        return candidates[0]
    releases = set(referenced(stamped.fact, "release"))
    fitting = [leg for leg in candidates if releases & leg.release_numbers()]
    if len(fitting) != 1:
        raise Unclear("leg", value, (leg.issuer for leg in candidates))
    return fitting[0]
