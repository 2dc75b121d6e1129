"""Answers of the API as pure functions of what the query layer returns. Key names are CONTRACT's: add, never rename."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from apps.accounts.roles import Permission, may
from apps.api.promise_documents import order_clock, order_exception
from apps.api.values import Json, money, number, time
from apps.api.vocabulary import OVERLAYS
from apps.exceptions.at_risk import is_at_risk
from apps.exceptions.queries import Case
from apps.orders.lateness import is_late
from apps.orders.queries import OrderRow
from apps.orders.state import (
    LegState,
    LineState,
    Moment,
    OrderState,
    PartLine,
    ReferenceState,
    ShipmentState,
    UnappliedFact,
)
from apps.orders.visibility import Viewer, visible_partner
from apps.sla.clocks import Clock


def order_row(row: OrderRow, viewer: Viewer, *, now: datetime, is_at_risk_now: bool, open_exceptions: int | None) -> Json:
    """One order of a list. What the viewer may not see is null; of the partners a partner's viewer sees itself. Risk and the
    count of open exceptions are those that the viewer may see."""
    partner = visible_partner(viewer)
    shows_money, shows_customer = (may(viewer.role, asked) for asked in (Permission.SEE_MONEY, Permission.SEE_CUSTOMERS))
    return {
        "order": row.order,
        "issuer": row.issuer,
        "handle": row.handle,
        "status": row.status,
        "overlays": overlays(row.overlays, is_late_now=is_late(row, now), is_at_risk_now=is_at_risk_now),
        "money": row.money if shows_money else None,
        "customer": _customer(row.customer_id, row.customer_name) if shows_customer else None,
        "region": row.region,
        "channel": row.channel,
        "value": money(row.value, row.currency) if shows_money else None,
        "promised_date": row.promised_date,
        "placed_at": time(row.placed_at),
        "partners": [name for name in row.partners if partner in (None, name)],
        "open_exceptions": open_exceptions,
    }


def order_document(  # noqa: PLR0913 - the parts of a document, all by name
    state: OrderState,
    *,
    handle: str,
    now: datetime,
    clocks: Sequence[Clock] = (),
    counted: Collection[Clock] | None = None,
    cases: Sequence[Case] = (),
) -> Json:
    """One order whole, with its clocks and cases, all of the same moment `now` and already redacted for their reader. `counted`
    are those of the clocks that are measured (None: all)."""
    measured = clocks if counted is None else counted
    placed = state.milestones.get("placed")
    return {
        "order": state.order,
        "issuer": state.issuer,
        "handle": handle,
        "status": state.status,
        "overlays": overlays(state.overlays, is_late_now=is_late(state, now), is_at_risk_now=is_at_risk(measured, now)),
        "money": state.money or None,
        "customer": _customer(state.customer_id, state.customer_name),
        "region": state.region,
        "channel": state.channel,
        "priority": state.priority,
        "value": money(state.value, state.currency),
        "requested_date": state.requested_date,
        "promised_date": state.promised_date,
        "placed_at": time(placed.occurred_at) if placed else None,
        "milestones": _milestones(state.milestones),
        "lines": [_line(line) for line in state.lines],
        "legs": [_leg(leg) for leg in state.legs],
        "loose_shipments": [_shipment(shipment) for shipment in state.loose_shipments],
        "unapplied": [_unapplied(fact) for fact in state.unapplied],
        "holds": [
            {
                "hold": hold.hold,
                "reason": hold.reason,
                "code": hold.code,
                "placed": _moment(hold.placed),
                "released": _moment(hold.released),
            }
            for hold in state.holds
        ],
        "clocks": [order_clock(clock, now, is_measured=clock in measured) for clock in clocks],
        "exceptions": [order_exception(case, state) for case in cases],
        "references": [_reference(reference) for reference in state.references],
    }


def overlays(static: Iterable[str], *, is_late_now: bool, is_at_risk_now: bool) -> list[str]:
    """The overlays in CONTRACT's order, with those that depend on the moment of asking."""
    present = set(static) - {"late", "at_risk"}
    present |= {name for name, is_so in (("late", is_late_now), ("at_risk", is_at_risk_now)) if is_so}
    return [overlay for overlay in OVERLAYS if overlay in present]


def _customer(identifier: str | None, name: str | None) -> Json | None:
    return None if identifier is None and name is None else {"id": identifier, "name": name}


def _moment(moment: Moment | None) -> Json | None:
    if moment is None:
        return None
    return {"occurred_at": time(moment.occurred_at), "received_at": time(moment.received_at), "implied": moment.implied}


def _milestones(milestones: dict[str, Moment]) -> Json:
    return {name: _moment(moment) for name, moment in milestones.items()}


def _line(line: LineState) -> Json:
    quantities = line.quantities
    return {
        "line": line.line,
        "sku": line.sku,
        "uom": line.uom,
        "description": line.description,
        "ordered": number(quantities.ordered),
        "cancelled": number(quantities.cancelled),
        "allocated": number(quantities.allocated),
        "released": number(quantities.released),
        "picked": number(quantities.picked),
        "shipped": number(quantities.shipped),
        "delivered": number(quantities.delivered),
        "returned": number(quantities.returned),
        "invoiced": number(quantities.invoiced),
        "backordered": line.backordered,
        "expected_date": line.expected_date,
        "flags": list(line.flags),
    }


def _part(line: PartLine) -> Json:
    return {"line": line.line, "sku": line.sku, "quantity": number(line.quantity), "uom": line.uom}


def _leg(leg: LegState) -> Json:
    return {
        "leg": leg.leg,
        "partner": leg.partner,
        "site": leg.site,
        "status": leg.status,
        "carrier": leg.carrier,
        "service": leg.service,
        "ship_by": leg.ship_by,
        "milestones": _milestones(leg.milestones),
        "lines": [_part(line) for line in leg.lines],
        "shipments": [_shipment(shipment) for shipment in leg.shipments],
        "problems": [
            {"code": problem.code, "reason": problem.reason, **(_moment(problem.moment) or {})} for problem in leg.problems
        ],
        "rejected_reason": leg.rejected_reason,
    }


def _shipment(shipment: ShipmentState) -> Json:
    posted, invoiced = shipment.posted, shipment.invoiced
    return {
        "shipment": shipment.shipment,
        "carrier": shipment.carrier,
        "service": shipment.service,
        "tracking": list(shipment.tracking),
        "packages": shipment.packages,
        "lines": [_part(line) for line in shipment.lines],
        "shipped_at": time(shipment.shipped.occurred_at) if shipment.shipped else None,
        "delivered_at": time(shipment.delivered.occurred_at) if shipment.delivered else None,
        "shipped": _moment(shipment.shipped),
        "in_transit": _moment(shipment.in_transit),
        "delivered": _moment(shipment.delivered),
        "failed": _moment(shipment.failed),
        "failed_reason": shipment.failed_reason,
        "posted": None if posted is None else {"posting": posted.posting, **_two_times(posted.moment)},
        "invoiced": None
        if invoiced is None
        else {"invoice": invoiced.invoice, **_two_times(invoiced.moment), "held": invoiced.held, "credited": invoiced.credited},
    }


def _two_times(moment: Moment) -> Json:
    return {"occurred_at": time(moment.occurred_at), "received_at": time(moment.received_at)}


def _reference(reference: ReferenceState) -> Json:
    return {"scheme": reference.scheme, "value": reference.value, "issuer": reference.issuer}


def _unapplied(fact: UnappliedFact) -> Json:
    """A message that could be meant for several of the order's legs, shipments or returns, and was left out."""
    return {
        "message": {"source": fact.source, "id": fact.message, "key": str(fact.position)},
        "scheme": fact.scheme,
        "value": fact.value,
        "candidates": list(fact.candidates),
    }
