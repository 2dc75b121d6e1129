"""Which identifiers a fact names, and as whose: the input of the correlation.

Facts that name the same identifiers in the same way are alike for the correlation. So they share one `Bundle`, and
the correlation works on bundles, of which an order has about half as many as it has facts.
"""

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Final

import msgspec

from apps.contracts.facts import Fact, StampedFact
from apps.contracts.registry import CONTRACTS

# Lower ranks lead higher ones: a leg says to which order a shipment belongs, never the other way round when both tell.
RANK: Final[Mapping[str, int]] = {
    "order": 0,
    "leg": 1,
    "release": 2,
    "return": 2,
    "shipment": 3,
    "tracking": 4,
    "posting": 5,
    "invoice": 5,
    "correlation": 6,
}
# These belong to one order; the others may cover several.
EXCLUSIVE: Final = frozenset({"order", "leg", "release", "shipment", "return"})

_FIELDS: Final = (
    ("order", "order"),
    ("leg", "leg"),
    ("shipment", "shipment"),
    ("tracking", "tracking"),
    ("posting", "posting"),
    ("invoice", "invoice"),
    ("return", "return_"),
    ("shipment", "shipments"),
)


# What the sender of an event has issued, and what it has issued only if it did so elsewhere too.
_OWNERSHIP: Final = {contract.name: (contract.owned, contract.mixed) for contract in CONTRACTS.values()}
_encode: Final = msgspec.msgpack.Encoder().encode


class Mention(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """One identifier as one event names it. `issuer` is set where it is certain; `maybe` where the event's source
    owns the identifier only if it has issued it elsewhere (an OMS or an ERP may validate an order)."""

    scheme: str
    value: str
    issuer: str = ""
    maybe: str = ""


class Bundle(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """All that one event names. `order` is the order that it is about, by its own word; `links` are the rest, aliases
    of the order included. `spreads`: its shipments need not belong together (an invoice over several orders)."""

    order: Mention | None
    links: tuple[Mention, ...]
    spreads: bool = False

    @property
    def mentions(self) -> tuple[Mention, ...]:
        return self.links if self.order is None else (self.order, *self.links)


def digest_of(bundle: Bundle) -> bytes:
    """16 bytes that stand for the bundle's content."""
    return blake2b(_encode(bundle), digest_size=16).digest()


@lru_cache(maxsize=50_000)  # a batch asks for each of its identifiers several times
def key_of(scheme: str, value: str, issuer: str = "") -> bytes:
    """16 bytes that stand for an identifier, whoever issued it (or of one issuer)."""
    return blake2b(_encode((scheme, value, issuer)), digest_size=16).digest()


def bundle_of(stamped: StampedFact) -> Bundle | None:
    """What a fact names, or None when it names nothing that could lead to an order."""
    owned, mixed = _OWNERSHIP[stamped.name]
    source = stamped.stamp.source
    found: dict[tuple[str, str], Mention] = {}
    orders: list[tuple[str, str]] = []
    for name in _data_identifiers(stamped.fact):
        scheme, value = name
        found[name] = Mention(scheme, value, source if scheme in owned else "", source if scheme in mixed else "")
        if scheme == "order":
            orders.append(name)
    for reference in stamped.fact.references:
        scheme, value = name = (reference.scheme, reference.value)
        if scheme not in RANK:
            continue
        if reference.issuer:
            found[name] = Mention(scheme, value, reference.issuer)
        elif name not in found:
            found[name] = Mention(scheme, value, source if scheme in owned else "", source if scheme in mixed else "")
        if scheme == "order" and name not in orders:
            orders.append(name)
    if not found:
        return None
    primary = found.pop(orders[0]) if orders else None
    spreads = primary is None and bool(getattr(stamped.fact, "shipments", ()))
    return Bundle(primary, tuple(sorted(found.values())), spreads)


def orders_of(stamped: StampedFact) -> set[tuple[str, str]]:
    """The order numbers that a fact names, each with its issuer where that is certain ("" where not)."""
    fact = stamped.fact
    if not fact.references:
        order = getattr(fact, "order", None)
        return set() if order is None else {(order, stamped.stamp.source if "order" in _OWNERSHIP[stamped.name][0] else "")}
    bundle = bundle_of(stamped)
    return set() if bundle is None else {(m.value, m.issuer) for m in bundle.mentions if m.scheme == "order"}


def _data_identifiers(fact: Fact) -> Iterator[tuple[str, str]]:
    for scheme, attribute in _attributes(type(fact)):
        value = getattr(fact, attribute)
        if isinstance(value, str):
            yield scheme, value
        elif value is not None:
            for each in value:
                yield scheme, each


@cache
def _attributes(kind: type[Fact]) -> tuple[tuple[str, str], ...]:
    """The attributes of a kind of fact that name an identifier, or several, each with its scheme."""
    return tuple((scheme, attribute) for scheme, attribute in _FIELDS if attribute in kind.__struct_fields__)
