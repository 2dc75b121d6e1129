"""Every identifier and describing reference that an order's facts name."""

from collections.abc import Iterable, Mapping
from typing import Final

from apps.contracts.facts import StampedFact
from apps.orders.identities import OWNED
from apps.orders.state import ReferenceState

_LEG: Final = (("order", "order"), ("leg", "leg"))
_CARRIER: Final = (*_LEG, ("shipment", "shipment"), ("tracking", "tracking"))
_INVOICE: Final = (("order", "order"), ("invoice", "invoice"), ("shipment", "shipments"))
_RETURN: Final = (("order", "order"), ("return", "return_"))
# event -> (scheme, attribute) of the identifiers in its data; order.* name the order alone
_FIELDS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    **dict.fromkeys(
        (
            "leg.planned",
            "leg.released",
            "leg.acknowledged",
            "leg.rejected",
            "leg.picked",
            "leg.packed",
            "leg.problem",
            "leg.cancelled",
        ),
        _LEG,
    ),
    "leg.shipped": _CARRIER,
    **dict.fromkeys(("shipment.in_transit", "shipment.delivered", "shipment.failed"), _CARRIER),
    "shipment.posted": (("order", "order"), ("shipment", "shipment"), ("posting", "posting")),
    "posting.failed": (("order", "order"), ("shipment", "shipment")),
    **dict.fromkeys(("invoice.issued", "invoice.held", "invoice.released", "invoice.credited"), _INVOICE),
    **dict.fromkeys(("return.authorized", "return.received", "return.credited"), _RETURN),
}
_ORDER: Final = (("order", "order"),)


def references_of(
    order: str, issuer: str | None, facts: Iterable[StampedFact], more: Iterable[ReferenceState] = ()
) -> tuple[ReferenceState, ...]:
    """All that is named, sorted. A mention without issuer is left out where the same identifier has a known one."""
    named: dict[tuple[str, str], set[str]] = {("order", order): {issuer} if issuer else set()}
    for reference in more:
        named.setdefault((reference.scheme, reference.value), set()).update((reference.issuer,) if reference.issuer else ())
    for stamped in facts:
        _name(named, stamped)
    found = [
        ReferenceState(scheme, value, each)
        for (scheme, value), issuers in sorted(named.items())
        for each in (sorted(issuers) if issuers else (None,))
    ]
    return tuple(found)


def _name(named: dict[tuple[str, str], set[str]], stamped: StampedFact) -> None:
    fact, source = stamped.fact, stamped.stamp.source
    owned = OWNED.get(stamped.name, ())
    stated = set()
    for reference in fact.references:
        name = (reference.scheme, reference.value)
        issuer = reference.issuer or (source if reference.scheme in owned else None)
        issuers = named.setdefault(name, set())
        if issuer:
            issuers.add(issuer)
            stated.add(name)
    for scheme, attribute in _FIELDS.get(stamped.name, _ORDER):
        value = getattr(fact, attribute, None)
        if value is None:
            continue
        for each in (value,) if isinstance(value, str) else value:
            name = (scheme, each)
            if name not in named:
                named[name] = set()
            if scheme in owned and name not in stated:
                named[name].add(source)
