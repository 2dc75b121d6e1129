"""Which leg, shipment, invoice or return a mention means inside one order.

An identifier is a value and its issuer. Who owns a scheme issues it; everybody else's mention means the one identity
with that value that fits what else the event names. While nobody who owns it has spoken, all such mentions share an
identity without issuer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from apps.contracts.facts import Fact, LegShipped, StampedFact
from apps.contracts.registry import CONTRACTS
from apps.orders.state import Moment

Told = dict[str, list[StampedFact]]

# event -> schemes whose identifiers the sender has issued; in MIXED: if it has issued them elsewhere too
OWNED: Final[Mapping[str, frozenset[str]]] = {contract.name: contract.owned for contract in CONTRACTS.values()}
MIXED: Final[Mapping[str, frozenset[str]]] = {contract.name: contract.mixed for contract in CONTRACTS.values()}
_NOTHING: Final[frozenset[str]] = frozenset()


class Unclear(Exception):
    """A mention fits several identities: a verdict that travels up to whoever applies the fact, not a failure."""

    def __init__(self, scheme: str, value: str, issuers: Iterable[str | None]) -> None:
        super().__init__(scheme, value)
        self.scheme = scheme
        self.value = value
        self.issuers = tuple(sorted(issuer or "" for issuer in issuers))


@dataclass(slots=True, eq=False)
class Thing:
    """A leg, an invoice or a return, with what was told of it by event name."""

    value: str
    issuer: str | None
    told: Told = field(default_factory=dict)

    def hear(self, stamped: StampedFact) -> None:
        self.told.setdefault(stamped.name, []).append(stamped)

    def facts(self, name: str) -> Sequence[StampedFact]:
        return self.told.get(name, ())

    @property
    def sort_key(self) -> tuple[str, str]:
        return (self.value, self.issuer or "")


@dataclass(slots=True, eq=False)
class Leg(Thing):
    shipments: list["Shipment"] = field(default_factory=list)

    def release_numbers(self) -> set[str]:
        return {number for stamped in self.facts("leg.released") for number in referenced(stamped.fact, "release")}


@dataclass(slots=True, eq=False)
class Shipment(Thing):
    """`document` is the leg.shipped in force; `tracking` what it names, else what was heard with the shipment.

    The fields after it are worked out by `shipments.settle` once all facts are sorted: `dispatch` is what the document
    says (None where it was corrected to nothing), `shipped` may be implied.
    """

    leg: Leg | None = None
    document: StampedFact | None = None
    tracking: tuple[str, ...] = ()
    dispatch: LegShipped | None = None
    shipped: Moment | None = None
    delivered: Moment | None = None

    @property
    def has_left(self) -> bool:
        return self.shipped is not None


@dataclass(slots=True, eq=False)
class Invoice(Thing):
    """`covers` holds by message (source, id) the shipments of this order that an invoice.issued names."""

    covers: dict[tuple[str, str], tuple[Shipment, ...]] = field(default_factory=dict)


def referenced(fact: Fact, scheme: str) -> list[str]:
    """The values that the fact's references give for `scheme`."""
    return [reference.value for reference in fact.references if reference.scheme == scheme]


def issuer_of(stamped: StampedFact, scheme: str, value: str) -> str | None:
    """Whose identifier this is, where the event itself makes it certain."""
    for reference in stamped.fact.references:
        if reference.issuer and reference.scheme == scheme and reference.value == value:
            return reference.issuer
    return stamped.stamp.source if scheme in OWNED.get(stamped.name, _NOTHING) else None


def may_be_own(stamped: StampedFact, scheme: str) -> bool:
    """True when the sender may be the issuer: it is, if it has issued this identifier elsewhere."""
    return scheme in MIXED.get(stamped.name, _NOTHING)
