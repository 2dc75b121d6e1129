"""SKU_UNMAPPED: somebody allocates, works or ships an article under a SKU that no line of the order has ever had. Pure.

Where such goods have left, this is all that is said of them: they are not counted as shipped over besides. An invoice or a
return with another SKU is no mapping of the order's: the one is INVOICE_MISMATCH, the other a wrong return.
"""

from collections.abc import Collection, Iterator
from typing import Final

from apps.contracts.facts import OrderChanged, OrderLine, OrderPlaced, StampedFact
from apps.exceptions.standing import OBSOLETE, VERIFIED, About, Standing, evidence_of, news
from apps.orders.ending import Ended
from apps.orders.ordering import moment_of
from apps.orders.state import LegState, LineState, OrderState, PartLine
from apps.sla.clocks import Subject
from apps.sla.hearings import Told

_VERSIONS: Final = ("order.placed", "order.changed")
_WORK: Final = (
    "order.allocated",
    "order.backordered",
    "leg.planned",
    "leg.released",
    "leg.picked",
    "leg.packed",
    "leg.shipped",
)


def unmapped_skus(state: OrderState, told: Told) -> frozenset[str]:
    """The SKUs of goods that are allocated or worked, and that no version of the order knows. None while it has no lines."""
    extra = [line for line in state.lines if "extra" in line.flags and line.sku]
    if not extra:
        return frozenset()
    named = {part.sku for part in _parts(state)} | {line.sku for line in extra if _is_allocated(line)}
    known = {line.sku for stamped in _versions(told) for line in _lines(stamped)}
    return frozenset(line.sku for line in extra if line.sku is not None and line.sku in named and line.sku not in known)


def unmapped_conditions(state: OrderState, told: Told, skus: Collection[str], ended: Ended) -> Iterator[Standing]:
    """How SKU_UNMAPPED stands on each of `skus`, which are those that `unmapped_skus` finds, and on those that a later version
    of the order has brought."""
    why, word = ended
    for sku in sorted(skus):
        first = _first_naming(told, sku)
        opened_by = moment_of(first) if first is not None else None
        yield news("SKU_UNMAPPED", _subject(sku), _about(state, sku), opened_by, word, is_over=bool(why), cleared=OBSOLETE)
    versions = sorted(_versions(told), key=lambda stamped: stamped.stamp.heard_at)
    if len(versions) > 1:
        before = {line.sku for line in _lines(versions[0])}
        for version in versions[1:]:
            for sku in sorted({line.sku for line in _lines(version)} - before):
                evidence = evidence_of(moment_of(version))
                yield Standing("SKU_UNMAPPED", _subject(sku), About(), holds=False, cleared=VERIFIED, evidence=evidence)
                before.add(sku)


def _subject(sku: str) -> Subject:
    return Subject("sku", sku)


def _about(state: OrderState, sku: str) -> About:
    """What cannot be told apart may be any of the order's goods, so that the whole order is at risk."""
    legs = [leg for leg in state.legs if any(part.sku == sku for part in _leg_parts(leg))]
    first = legs[0] if legs else None
    reason = f"leg {', '.join(leg.leg for leg in legs)}" if legs else ""
    return About(first.partner if first else None, first.site if first else None, state.value, state.currency, reason)


def _parts(state: OrderState) -> Iterator[PartLine]:
    for leg in state.legs:
        yield from _leg_parts(leg)
    for shipment in state.loose_shipments:
        yield from shipment.lines


def _leg_parts(leg: LegState) -> Iterator[PartLine]:
    yield from leg.lines
    for shipment in leg.shipments:
        yield from shipment.lines


def _is_allocated(line: LineState) -> bool:
    return line.backordered or line.quantities.allocated > 0


def _versions(told: Told) -> list[StampedFact]:
    return [stamped for name in _VERSIONS for stamped in told.get(name, ())]


def _lines(stamped: StampedFact) -> tuple[OrderLine, ...]:
    assert isinstance(stamped.fact, OrderPlaced | OrderChanged)
    return stamped.fact.lines


def _first_naming(told: Told, sku: str) -> StampedFact | None:
    """The first word heard that names it."""
    naming = (
        stamped
        for name in _WORK
        for stamped in told.get(name, ())
        if any(line.sku == sku for line in getattr(stamped.fact, "lines", None) or ())
    )
    return min(naming, key=lambda stamped: (stamped.stamp.heard_at, stamped.stamp.source, stamped.stamp.id), default=None)
