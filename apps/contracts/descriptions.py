"""What each field tells, in plain English. A contract may say something more special of a field of its own."""

from collections.abc import Mapping
from typing import Final

import msgspec

from apps.contracts import facts

_COMMON: Final[Mapping[str, str]] = {
    "order": "The OMS's order number.",
    "leg": "The middleware's number of the leg: one warehouse's part of an order.",
    "shipment": "The 3PL's shipment number.",
    "tracking": "The carrier's tracking number.",
    "invoice": "The ERP's invoice number.",
    "posting": "The ERP's number of the booking.",
    "return": "The number of the return (RMA).",
    "transfer": "The number of the stock transfer.",
    "hold": "The number of the hold; the release of the hold names the same.",
    "references": "Other identifiers of the same thing, in any system.",
    "lines": "The lines that it concerns.",
    "line": "The line's id within the order. A whole number stands for its digits.",
    "sku": "The article.",
    "quantity": "Units, in the unit of measure of `uom`. A negative quantity corrects an earlier one.",
    "uom": "Unit of measure; the order line's own when absent.",
    "site": "The warehouse or store.",
    "from_site": "The site that the goods leave.",
    "to_site": "The site that the goods go to.",
    "partner": "The partner that works there: a 3PL, a carrier or a supplier.",
    "carrier": "The carrier, by its SCAC or its name.",
    "service": "The carrier's service.",
    "packages": "How many packages; a list of packages is counted.",
    "final": "True: nothing more will ship of this leg.",
    "reason": "Why, in words.",
    "code": "Why, as the sender's code.",
    "amount": "Money in the order's currency, or an object with its own currency.",
    "region": "The sales or service region.",
    "channel": "Where the order came from.",
    "currency": "The currency of all amounts that name none.",
    "customer": "Who ordered.",
    "priority": "The order's priority, in the sender's words.",
    "requested_date": "When the customer wants it. A bare date ends when that day ends in the site's zone.",
    "promised_date": "When it was promised. A bare date ends when that day ends in the site's zone.",
    "expected_date": "When stock is expected. A bare date ends when that day ends in the site's zone.",
    "ship_by": "Until when it has to leave the building. A bare date ends when that day ends in the site's zone.",
    "zone": "The zone in which the bare dates of this message are meant; the site's, else the deployment's, when absent.",
    "revision": "The order's revision; the highest one is in force.",
    "location": "Where the shipment is or was, in words.",
    "signed_by": "Who signed for it.",
    "condition": "The state of the goods.",
    "shipments": "The 3PLs' shipment numbers.",
    "attempt": "Which attempt it was, the first being 1.",
    "message": "The middleware's number of the message.",
    "flow": "The middleware's name of the flow that the message belongs to.",
    "kind": "What was to be booked.",
    "direction": "inbound (towards us) or outbound.",
    "error": "The error as it came.",
    "next_attempt_at": "When the middleware will try again.",
    "queue": "The queue's name.",
    "depth": "How many messages wait.",
    "oldest_age_seconds": "For how long the oldest message has waited, in seconds.",
    "state": "The circuit's state now.",
    "delta": "Units more (or, negative, fewer) than before.",
    "positions": "How much there is of each SKU.",
    "as_of": "The moment that it speaks of.",
    "complete": "True: what is not named is zero.",
    "on_hand": "Units in the building.",
    "allocated": "Units reserved for orders.",
    "available": "Units free to promise.",
    "in_transit": "Units on their way to the site.",
    "damaged": "Units that cannot be sold.",
    "quality_hold": "Units held by quality control.",
}
_BY_STRUCT: Final[Mapping[tuple[type[msgspec.Struct], str], str]] = {
    (facts.Reference, "scheme"): (
        "What kind of identifier: order, leg, release, shipment, tracking, invoice, posting, return and correlation lead to "
        "an order; po, customer_ref, container, route and any other describe it."
    ),
    (facts.Reference, "value"): "The identifier itself.",
    (facts.Reference, "issuer"): "The CloudEvents `source` of the system that issued it, where that is not the sender.",
    (facts.Customer, "id"): "The customer's number.",
    (facts.Customer, "name"): "The customer's name.",
    (facts.OrderLine, "description"): "The article in words.",
    (facts.OrderLine, "unit_price"): "Price of one unit, in the order's currency or as an object with its own.",
    (facts.OrderLine, "quantity"): "Units ordered, in the unit of measure of `uom`.",
    (facts.AllocationLine, "site"): "The site whose stock is reserved.",
    (facts.PostingFailed, "message"): "The error in the ERP's own words.",
    (facts.InvoiceLine, "amount"): "Money of this line.",
}


def description_of(struct: type[msgspec.Struct], name: str) -> str:
    """What the field `name` of `struct` tells. Raises KeyError for a field that nobody has described."""
    return _BY_STRUCT.get((struct, name)) or _COMMON[name]
