"""Calls partners and sites by their names where an order is read by a person: codes are for machines."""

from collections.abc import Mapping

from msgspec.structs import replace

from apps.orders.state import OrderState


def with_names(state: OrderState, *, partners: Mapping[str, str], sites: Mapping[str, str]) -> OrderState:
    """The same order with the partners and sites of its legs called by name, those that have one."""
    legs = tuple(
        replace(leg, partner=partners.get(leg.partner or "", leg.partner), site=sites.get(leg.site or "", leg.site))
        for leg in state.legs
    )
    return replace(state, legs=legs)
