"""What carriers and 3PLs tell of a shipment under way."""

from typing import Final

from apps.contracts.contract import CARRIER, NORTHCOLD, Contract, event

_MIXED: Final = frozenset({"shipment", "tracking"})
_SENDERS: Final = ("carrier", "3PL")
_NAMES: Final = {
    "shipment": "The 3PL's shipment number. Either this or `tracking` is required.",
    "tracking": "The carrier's tracking number. Either this or `shipment` is required.",
}

CONTRACTS: Final = (
    Contract(
        "shipment.in_transit",
        "Shipment in transit",
        "The carrier or the 3PL reports the shipment on its way.",
        _SENDERS,
        mixed=_MIXED,
        descriptions=_NAMES,
        examples=(
            event(
                "shipment.in_transit",
                CARRIER,
                1,
                "2026-03-04T06:31:00Z",
                {"tracking": "1PX5502919280", "location": "Macon, GA"},
            ),
        ),
    ),
    Contract(
        "shipment.delivered",
        "Shipment delivered",
        "The carrier or the 3PL reports the shipment, or one of its packages, delivered.",
        _SENDERS,
        mixed=_MIXED,
        descriptions=_NAMES,
        examples=(
            event(
                "shipment.delivered",
                CARRIER,
                1,
                "2026-03-05T15:12:00Z",
                {"tracking": "1PX5502919280", "location": "Savannah, GA", "signed_by": "R. Oduya"},
            ),
            event(
                "shipment.delivered",
                NORTHCOLD,
                2,
                "2026-03-06T14:00:00Z",
                {"shipment": "NC-44019", "leg": "SO-104233/COLD", "signed_by": "Pharmacy desk"},
            ),
        ),
    ),
    Contract(
        "shipment.failed",
        "Delivery failed",
        "The carrier or the 3PL could not deliver, with the reason.",
        _SENDERS,
        mixed=_MIXED,
        descriptions=_NAMES,
        examples=(
            event(
                "shipment.failed",
                CARRIER,
                1,
                "2026-03-05T15:40:00Z",
                {"tracking": "1PX5502919281", "location": "Savannah, GA", "reason": "Receiving dock closed."},
            ),
        ),
    ),
)
