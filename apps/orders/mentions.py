"""Which identifiers a fact names, and as whose: the input of the correlation.

Facts that name the same identifiers in the same way are alike for the correlation. So they share one `Bundle`, and
the correlation works on bundles, of which an order has about half as many as it has facts.
"""

from collections.abc import Iterator, Mapping
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
    ("leg", "leg"),
    ("shipment", "shipment"),
    ("tracking", "tracking"),
    ("posting", "posting"),
    ("invoice", "invoice"),
    ("return", "return_"),
)


class Mention(msgspec.Struct, frozen=True, array_like=True, order=True):
    """One identifier as one event names it. `issuer` is set where it is certain; `maybe` where the event's source
    owns the identifier only if it has issued it elsewhere (an OMS or an ERP may validate an order)."""

    scheme: str
    value: str
    issuer: str = ""
    maybe: str = ""


class Bundle(msgspec.Struct, frozen=True, array_like=True):
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
    return blake2b(msgspec.msgpack.encode(bundle), digest_size=16).digest()


def key_of(scheme: str, value: str, issuer: str = "") -> bytes:
    """16 bytes that stand for an identifier, whoever issued it (or of one issuer)."""
    return blake2b(msgspec.msgpack.encode((scheme, value, issuer)), digest_size=16).digest()


def bundle_of(stamped: StampedFact) -> Bundle | None:
    """What a fact names, or None when it names nothing that could lead to an order."""
    contract = CONTRACTS[f"distsync.{stamped.name}.v1"]
    source = stamped.stamp.source
    found: dict[tuple[str, str], Mention] = {}
    orders: list[tuple[str, str]] = []
    for scheme, value in _data_identifiers(stamped.fact):
        owned = source if scheme in contract.owned else ""
        maybe = source if scheme in contract.mixed else ""
        found[scheme, value] = Mention(scheme, value, owned, maybe)
        if scheme == "order":
            orders.append((scheme, value))
    for reference in stamped.fact.references:
        if reference.scheme not in RANK:
            continue
        name = (reference.scheme, reference.value)
        if reference.issuer:
            found[name] = Mention(*name, reference.issuer)
        elif name not in found:
            owned = source if reference.scheme in contract.owned else ""
            found[name] = Mention(*name, owned, source if reference.scheme in contract.mixed else "")
        if reference.scheme == "order" and name not in orders:
            orders.append(name)
    if not found:
        return None
    primary = found.pop(orders[0]) if orders else None
    spreads = primary is None and bool(getattr(stamped.fact, "shipments", ()))
    return Bundle(primary, tuple(sorted(found.values())), spreads)


def _data_identifiers(fact: Fact) -> Iterator[tuple[str, str]]:
    order = getattr(fact, "order", None)
    if order is not None:
        yield "order", order
    for scheme, attribute in _FIELDS:
        value = getattr(fact, attribute, None)
        if isinstance(value, str):
            yield scheme, value
        elif value is not None:
            yield from ((scheme, each) for each in value)
    for shipment in getattr(fact, "shipments", ()):
        yield "shipment", shipment
