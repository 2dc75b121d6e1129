"""Folds as tests do it, and reads of a state that spare them the way through it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from apps.contracts.facts import StampedFact
from apps.orders.fold import fold
from apps.orders.state import LegState, LineState, Moment, OrderState, ShipmentState

ZONES = {"WEST-1": "America/Los_Angeles", "EAST-1": "America/New_York"}


def folded(*facts: StampedFact, **more: Any) -> OrderState:
    return fold("SO-1", "oms", facts, **{"zones": ZONES, "default_zone": "UTC", "default_currency": "EUR", **more})


def line(state: OrderState, name: str) -> LineState:
    (found,) = [each for each in state.lines if each.line == name]
    return found


def amounts(state: OrderState, what: str) -> dict[str, Decimal]:
    """One kind of quantity by line."""
    return {each.line: getattr(each.quantities, what) for each in state.lines}


def leg(state: OrderState, name: str, issuer: str | None = "mw") -> LegState:
    (found,) = [each for each in state.legs if (each.leg, each.issuer) == (name, issuer)]
    return found


def shipments(state: OrderState) -> list[ShipmentState]:
    return [*(each for own in state.legs for each in own.shipments), *state.loose_shipments]


def shipment(state: OrderState, name: str, issuer: str | None = "3pl/west") -> ShipmentState:
    (found,) = [each for each in shipments(state) if (each.shipment, each.issuer) == (name, issuer)]
    return found


def claimed(moments: dict[str, Moment]) -> dict[str, str]:
    """Milestones as `HH:MM` of their claims, `implied` for those without one."""
    return {name: "implied" if each.implied else f"{each.claimed_at:%H:%M}" for name, each in moments.items()}


def parts(rows: Iterable[Any]) -> list[tuple[str, Decimal]]:
    return [(row.line, row.quantity) for row in rows]
