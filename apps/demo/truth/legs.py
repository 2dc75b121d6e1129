"""A leg and its shipments as they must be shown."""

from typing import Any, Final

from apps.demo.truth.hearing import IMPLIED, Note, first, in_force, moment
from apps.demo.truth.quantities import Sums, asked_of, ended, is_held
from apps.demo.truth.seen import Seen
from apps.demo.world.things import Amounts, Dispatch, Leg, Reach

CHAIN: Final = ("planned", "released", "acknowledged", "picked", "packed", "shipped", "delivered")


def leg_truth(seen: Seen, leg: Leg, sums: Sums) -> dict[str, Any] | None:
    """None while nothing of the leg has been heard."""
    milestones = leg_milestones(seen, leg)
    left = [dispatch for dispatch in leg.dispatches if seen.has_left(leg, dispatch)]
    problems = [note for word in leg.problems for note in seen.of_leg(leg, word)]
    if not milestones and not problems and not left:
        return None
    head = is_headed(seen, leg)
    asked = asked_of(seen, leg)
    return {
        "partner": leg.warehouse.partner if head else None,
        "site": leg.warehouse.site if head else None,
        "status": _status(seen, leg, milestones, left),
        "ship_by": leg.ship_by if seen.notes(leg.released) else None,
        "milestones": milestones,
        "lines": asked,
        "problems": ["short_pick" for _ in problems],
        "shipments": {dispatch.shipment: shipment_truth(seen, leg, dispatch, sums) for dispatch in left},
    }


def leg_notes(seen: Seen, leg: Leg) -> dict[str, Note | None]:
    """The evidence of each milestone that is told. Plans, releases, picks and packings are documents."""
    shipped = [seen.shipped(leg, dispatch) for dispatch in leg.dispatches]
    delivered = [seen.delivered(leg, dispatch) for dispatch in leg.dispatches if seen.has_left(leg, dispatch)]
    return {
        "planned": in_force(seen.notes(leg.planned)),
        "released": in_force(seen.notes(leg.released)),
        "acknowledged": first(seen.of_leg(leg, leg.acknowledged)),
        "picked": in_force(seen.of_leg(leg, leg.picked[0])) if leg.picked else None,
        "packed": in_force(seen.of_leg(leg, leg.packed)),
        "shipped": first(note for note in shipped if note),
        "delivered": first(note for note in delivered if note),
    }


def leg_milestones(seen: Seen, leg: Leg) -> dict[str, Any]:
    """Told, or implied by a later one."""
    told = {name: moment(note) for name, note in leg_notes(seen, leg).items()}
    if any(seen.is_implied(leg, dispatch) for dispatch in leg.dispatches) and not told["shipped"]:
        told["shipped"] = dict(IMPLIED)
    furthest = max((place for place, name in enumerate(CHAIN) if told[name]), default=-1)
    shown = {name: told[name] or dict(IMPLIED) for name in CHAIN[: furthest + 1]}
    for name, word in (("rejected", leg.rejected), ("cancelled", leg.cancelled)):
        if note := first(seen.of_leg(leg, word)):
            shown[name] = note.moment
    return shown


def is_heard_of(seen: Seen, leg: Leg) -> bool:
    """Whether anything of the leg has been heard."""
    return bool(leg_milestones(seen, leg)) or any(seen.of_leg(leg, word) for word in leg.problems)


def is_headed(seen: Seen, leg: Leg) -> bool:
    """Whether the middleware has said where the leg is worked."""
    return bool(seen.notes(leg.released) or seen.notes(leg.planned))


def has_left_whole(seen: Seen, leg: Leg) -> bool:
    """Whether nothing more is to leave, and something has."""
    left = [dispatch for dispatch in leg.dispatches if seen.has_left(leg, dispatch)]
    return bool(left) and _is_complete(seen, leg, left)


def _status(seen: Seen, leg: Leg, milestones: dict[str, Any], left: list[Dispatch]) -> str:
    if left:
        if not _is_complete(seen, leg, left):
            return "partially_shipped"
        return "delivered" if all(seen.delivered(leg, dispatch) for dispatch in left) else "shipped"
    if end := ended(seen, leg):
        return end
    return next((name for name in ("packed", "picked", "acknowledged", "released") if name in milestones), "planned")


def _is_complete(seen: Seen, leg: Leg, left: list[Dispatch]) -> bool:
    told = [dispatch for dispatch in left if seen.shipped(leg, dispatch)]
    if any(dispatch.is_final for dispatch in told):
        return True
    asked = _by_sku(seen, asked_of(seen, leg))
    sent: dict[str, int] = {}
    for dispatch in told:
        for sku, quantity in _by_sku(seen, dispatch.amounts).items():
            sent[sku] = sent.get(sku, 0) + quantity
    return bool(asked) and all(sent.get(sku, 0) >= quantity for sku, quantity in asked.items())


def _by_sku(seen: Seen, amounts: Amounts) -> dict[str, int]:
    found: dict[str, int] = {}
    for line, quantity in amounts.items():
        sku = seen.order.line(line).product.sku
        found[sku] = found.get(sku, 0) + quantity
    return found


def shipment_truth(seen: Seen, leg: Leg, dispatch: Dispatch, sums: Sums) -> dict[str, Any]:
    shipped = seen.shipped(leg, dispatch)
    scans = [note for _, word in dispatch.scans for note in seen.of_parcel(leg, dispatch, word)]
    failures = [note for _, word in dispatch.failures for note in seen.of_parcel(leg, dispatch, word)]
    return {
        "tracking": sorted(dispatch.tracking) if shipped else [],
        "carrier": (leg.warehouse.carrier or "PCLD") if shipped else None,
        "lines": sums.parts.get(dispatch.shipment, {}),
        "shipped": shipped.moment if shipped else dict(IMPLIED),
        "in_transit": moment(first(scans)),
        "delivered": moment(seen.delivered(leg, dispatch)),
        "failed": moment(first(failures)),
        "posted": posted_truth(seen, dispatch),
        "invoiced": invoiced_truth(seen, dispatch),
    }


def loose_truth(seen: Seen, dispatch: Dispatch) -> dict[str, Any]:
    """A shipment that only the ERP has told of."""
    nothing = dict.fromkeys(("carrier", "shipped", "in_transit", "delivered", "failed"))
    return {
        "tracking": [],
        "lines": {},
        **nothing,
        "posted": posted_truth(seen, dispatch),
        "invoiced": invoiced_truth(seen, dispatch),
    }


def posted_truth(seen: Seen, dispatch: Dispatch) -> dict[str, Any] | None:
    note = seen.posted(dispatch)
    return _document("posting", f"GI-{dispatch.shipment}", note) if note else None


def invoiced_truth(seen: Seen, dispatch: Dispatch) -> dict[str, Any] | None:
    """The one invoice of the dispatch, where it is told."""
    for invoice in seen.order.invoices:
        note = in_force(seen.notes(invoice.issued))
        if note and dispatch in invoice.dispatches:
            credited = bool(seen.notes(invoice.credited))
            return _document("invoice", invoice.number, note) | {"held": is_held(seen, invoice), "credited": credited}
    return None


def _document(scheme: str, name: str, note: Note) -> dict[str, Any]:
    times = note.moment
    del times["implied"]
    return {scheme: name, **times}


def stray_truth(seen: Seen, word: Any) -> dict[str, Any] | None:
    """The leg that a mistyped number makes: nobody has planned it, and it is acknowledged."""
    assert word.reach is Reach.ORDER
    note = first(seen.notes(word))
    if note is None:
        return None
    milestones = {"planned": dict(IMPLIED), "released": dict(IMPLIED), "acknowledged": note.moment}
    nobody = {"partner": None, "site": None, "ship_by": None}
    return {**nobody, "status": "acknowledged", "milestones": milestones, "lines": {}, "problems": [], "shipments": {}}
