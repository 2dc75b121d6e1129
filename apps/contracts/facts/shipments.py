"""Facts of shipments, told by carriers and 3PLs."""

from apps.contracts.facts.base import Fact


class ShipmentEvent(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """`shipment` or `tracking`, at least one."""

    shipment: str | None = None
    tracking: str | None = None
    order: str | None = None
    leg: str | None = None
    location: str | None = None
    reason: str | None = None
    signed_by: str | None = None


class ShipmentInTransit(ShipmentEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


class ShipmentDelivered(ShipmentEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass


class ShipmentFailed(ShipmentEvent, frozen=True, kw_only=True, omit_defaults=True):
    pass
