"""Every identifier and describing reference that an order's facts name."""

from collections.abc import Iterable, Mapping
from typing import Final

from apps.contracts.facts import StampedFact
from apps.orders.identities import OWNED
from apps.orders.state import ReferenceState

_LEG: Final = (("order", "order"), ("leg", "leg"))
_CARRIER: Final = (*_LEG, ("shipment", "shipment"), ("tracking", "tracking"))
_ATTRIBUTES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "leg.shipped": _CARRIER,
    "shipment.posted": (("order", "order"), ("shipment", "shipment"), ("posting", "posting")),
    "shipment": _CARRIER,
    "posting": (("order", "order"), ("shipment", "shipment")),
    "leg": _LEG,
    "invoice": (("order", "order"), ("invoice", "invoice"), ("shipment", "shipments")),
    "return": (("order", "order"), ("return", "return_")),
}


def _fields(name: str) -> tuple[tuple[str, str, bool], ...]:
    """The identifiers in the data of an event: scheme, attribute, whether the sender has issued it."""
    attributes = _ATTRIBUTES.get(name) or _ATTRIBUTES.get(name.partition(".")[0]) or (("order", "order"),)
    return tuple((scheme, attribute, scheme in OWNED[name]) for scheme, attribute in attributes)


_FIELDS: Final = {name: _fields(name) for name in OWNED}


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
    owned = OWNED[stamped.name]
    stated = set()
    for reference in fact.references:
        name = (reference.scheme, reference.value)
        issuer = reference.issuer or (source if reference.scheme in owned else None)
        issuers = named.setdefault(name, set())
        if issuer:
            issuers.add(issuer)
            stated.add(name)
    for scheme, attribute, is_owned in _FIELDS[stamped.name]:
        value = getattr(fact, attribute, None)
        if value is None:
            continue
        for each in (value,) if isinstance(value, str) else value:
            name = (scheme, each)
            if name not in named:
                named[name] = set()
            if is_owned and name not in stated:
                named[name].add(source)
