"""An order as it must be shown, given what had been heard of it: CONTRACT's state rules, applied to the world itself."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from apps.demo.truth.hearing import Note, earliest, first, in_force, moment
from apps.demo.truth.legs import leg_milestones, leg_notes, leg_truth, loose_truth, stray_truth
from apps.demo.truth.quantities import QUANTITIES, Row, Sums, add_up, is_held
from apps.demo.truth.seen import Seen
from apps.demo.world.network import WAREHOUSES
from apps.demo.world.things import Dispatch, Invoice, Leg, Order, Reach

_STAGES: Final = ("delivered", "shipped", "released", "allocated")
_ZONES: Final = {warehouse.site: ZoneInfo(warehouse.zone) for warehouse in WAREHOUSES}


def order_truth(
    order: Order, until: datetime, claims: Mapping[str, frozenset[str]], foreign: Sequence[tuple[Dispatch, Note]] = ()
) -> dict[str, Any] | None:
    """The order as of `until`, None while nothing of it has been heard. `foreign`: postings of other orders' shipments
    that name this order."""
    seen = Seen(order, until, claims)
    sums = add_up(seen)
    legs = {leg.number: shown for leg in order.legs if (shown := leg_truth(seen, leg, sums))}
    legs |= {name: shown for name, word in order.strays if (shown := stray_truth(seen, word))}
    if not (legs or foreign or any(seen.notes(word) for word in order.words if word.reach is Reach.ORDER)):
        return None
    left = [(leg, d) for leg in order.legs for d in leg.dispatches if seen.has_left(leg, d)]
    status = _status(seen, sums, anything_left=bool(left))
    loose = {d.shipment: loose_truth(seen, d) for leg in order.legs for d in leg.dispatches if _is_loose(seen, leg, d)}
    loose |= {dispatch.shipment: _foreign(dispatch, note) for dispatch, note in foreign}
    promised = promised_of(seen)
    return {
        "status": status,
        "overlays": _overlays(seen, sums, status),
        "money": _money(seen, left),
        "customer": order.customer[0] if seen.notes(order.placed) else None,
        "region": order.region if seen.notes(order.placed) else None,
        "value": _value(seen, sums),
        "promised_date": promised,
        "promised_until": end_of(promised, {leg["site"] for leg in legs.values()}),
        "completed_at": completed_at(seen, sums, left, legs_arrived=_have_arrived(legs)),
        "milestones": _milestones(seen, sums, left),
        "lines": {row.line: _line(row) for row in sums.rows.values()},
        "legs": legs,
        "loose_shipments": loose,
        "holds": holds_of(seen),
        "conflicts": [],
    }


def _line(row: Row) -> dict[str, Any]:
    shown = asdict(row)
    return {name: shown[name] for name in ("sku", *QUANTITIES, "backordered")}


def _is_loose(seen: Seen, leg: Leg, dispatch: Dispatch) -> bool:
    return seen.posted(dispatch) is not None and not seen.has_left(leg, dispatch)


def _foreign(dispatch: Dispatch, note: Note) -> dict[str, Any]:
    nothing = dict.fromkeys(("carrier", "shipped", "in_transit", "delivered", "failed", "invoiced"))
    times = {name: value for name, value in note.moment.items() if name != "implied"}
    return {"tracking": [], "lines": {}, **nothing, "posted": {"posting": f"GI-{dispatch.shipment}", **times}}


# --- the order's word ---


def _status(seen: Seen, sums: Sums, *, anything_left: bool) -> str:
    order = seen.order
    if not anything_left:
        if is_all_cancelled(sums):
            return "cancelled"
        if seen.notes(order.rejected):
            return "rejected"
    if sums.is_known:
        rows = [row for row in sums.rows.values() if row.basis > 0]
        for stage in _STAGES:
            if any(getattr(row, stage) > 0 for row in rows):
                return stage if _is_whole(rows, stage) else f"partially_{stage}"
    if seen.notes(order.validated):
        return "validated"
    is_told = seen.notes(order.placed) or (order.changed and seen.notes(order.changed[0]))
    return "placed" if is_told else "heard"


def _is_whole(rows: Sequence[Row], stage: str) -> bool:
    return all(getattr(row, stage) >= row.basis for row in rows)


def is_all_cancelled(sums: Sums) -> bool:
    if not sums.cancellations:
        return False
    rows = list(sums.rows.values())
    return sums.cancels_whole or (sums.is_known and all(row.cancelled >= row.ordered for row in rows))


def _overlays(seen: Seen, sums: Sums, status: str) -> list[str]:
    """Those that do not depend on when one asks."""
    found = []
    if any(hold["placed"] and not hold["released"] for hold in holds_of(seen).values()):
        found.append("on_hold")
    if any(row.backordered for row in sums.rows.values()):
        found.append("backordered")
    if status != "cancelled" and any(row.cancelled > 0 for row in sums.rows.values()):
        found.append("partially_cancelled")
    return found


def holds_of(seen: Seen) -> dict[str, dict[str, Any]]:
    """Each hold stands until the latest word on it is its release."""
    found = {}
    for name, held, released in seen.order.holds:
        placed, freed = seen.notes(held), seen.notes(released)
        last = in_force([*placed, *freed])
        if last is None:
            continue
        if last.word is held:
            freed_last = in_force(freed)
            anew = [note for note in placed if freed_last is None or note.recency > freed_last.recency]
            found[name] = {"placed": moment(first(anew)), "released": None}
        else:
            found[name] = {"placed": moment(first(placed)), "released": moment(in_force(freed))}
    return found


# --- money and promises ---


def _money(seen: Seen, left: Sequence[tuple[Leg, Dispatch]]) -> str:
    if not left:
        return "none"
    covers = [invoice for _, dispatch in left if (invoice := _standing(seen, dispatch))]
    if covers:
        if len(covers) < len(left):
            return "partially_invoiced"
        return "credited" if all(seen.notes(invoice.credited) for invoice in covers) else "invoiced"
    posted = sum(seen.posted(dispatch) is not None for _, dispatch in left)
    if posted == len(left):
        return "posted"
    return "partially_posted" if posted else "not_posted"


def _standing(seen: Seen, dispatch: Dispatch) -> Invoice | None:
    """The invoice that covers the dispatch, issued and not held."""
    for invoice in seen.order.invoices:
        if dispatch in invoice.dispatches and seen.notes(invoice.issued) and not is_held(seen, invoice):
            return invoice
    return None


def _value(seen: Seen, sums: Sums) -> str | None:
    if not sums.is_known:
        return None
    total = sum(seen.order.line(row.line).price * (row.ordered - row.cancelled) for row in sums.rows.values())
    return format(total.normalize(), "f") if total else "0"


def promised_of(seen: Seen) -> str | None:
    order = seen.order
    for word in (order.changed[0] if order.changed else None, order.placed):
        if seen.notes(word):
            assert word is not None
            return str(word.data["promised_date"])
    return None


def end_of(promised: str | None, sites: Collection[str | None]) -> datetime | None:
    """A bare date ends when that day ends in the zone of the order's only site, else in UTC."""
    if promised is None:
        return None
    zone = _ZONES.get(next(iter(sites)) or "", UTC) if len(sites) == 1 else UTC
    end = datetime.combine(date.fromisoformat(promised) + timedelta(days=1), time(), zone)
    return end.astimezone(UTC)


def _have_arrived(legs: Mapping[str, Mapping[str, Any]]) -> bool:
    return bool(legs) and all(leg["status"] == "delivered" for leg in legs.values())


def completed_at(seen: Seen, sums: Sums, left: Sequence[tuple[Leg, Dispatch]], *, legs_arrived: bool) -> datetime | None:
    """When the last of the whole open basis was delivered. `legs_arrived`: each leg that is heard of is delivered."""
    rows = [row for row in sums.rows.values() if row.basis > 0]
    if not _is_whole(rows, "delivered"):
        return None
    if not sums.is_known and not legs_arrived:
        return None
    arrived = [note.happened_at for leg, dispatch in left if (note := seen.delivered(leg, dispatch))]
    return max(arrived, default=None)


# --- milestones ---


def _milestones(seen: Seen, sums: Sums, left: Sequence[tuple[Leg, Dispatch]]) -> dict[str, Any]:
    order = seen.order
    legs = [leg_notes(seen, leg) for leg in order.legs]
    is_released = [leg_milestones(seen, leg) for leg in order.legs]
    allocated = [note for word, _ in order.allocations for note in seen.notes(word)]
    strays = any(seen.notes(word) for _, word in order.strays)
    found = {
        "placed": moment(in_force(seen.notes(order.placed))),
        "validated": moment(first(seen.notes(order.validated))),
        "rejected": moment(first(seen.notes(order.rejected))),
        "changed": moment(in_force(seen.notes(order.changed[0]))) if order.changed else None,
        "cancelled": _cancelled(seen, sums),
        "allocated": moment(first(allocated)),
        "released": earliest(
            [
                *((notes["released"], "released" in shown) for notes, shown in zip(legs, is_released, strict=True)),
                (None, strays),
            ]
        ),
        "shipped": earliest([(seen.shipped(leg, d), seen.is_implied(leg, d)) for leg, d in left]),
        "delivered": moment(first(note for leg, d in left if (note := seen.delivered(leg, d)))),
    }
    return {name: shown for name, shown in found.items() if shown}


def _cancelled(seen: Seen, sums: Sums) -> dict[str, Any] | None:
    """When the whole was cancelled: by the first word that cancels all, else by the last of those that do so together."""
    whole = [word for word, amounts in seen.order.cancellations if amounts is None and word in sums.cancellations]
    if whole:
        return moment(first(note for word in whole for note in seen.notes(word)))
    if not is_all_cancelled(sums):
        return None
    place: Callable[[Note], tuple[object, ...]] = lambda note: note.place  # noqa: E731
    notes = [note for word in sums.cancellations for note in seen.notes(word)]
    return moment(max(notes, key=place))
