"""The screen's words and tones for the wire's codes. A tone is a colour AND a shape; the word is always there too."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Chip:
    """A state as shown: `tone` is ok, info, risk, late or wait; of a severity low, medium, high or critical."""

    word: str
    tone: str
    title: str = ""


STATUS = {
    "heard": Chip("Heard of", "wait", "Other systems speak of this order; its own order message has not been heard."),
    "placed": Chip("Placed", "info"),
    "validated": Chip("Validated", "info"),
    "partially_allocated": Chip("Partially allocated", "info"),
    "allocated": Chip("Allocated", "info"),
    "partially_released": Chip("Partially released", "info"),
    "released": Chip("Released", "info"),
    "partially_shipped": Chip("Partially shipped", "info"),
    "shipped": Chip("Shipped", "info"),
    "partially_delivered": Chip("Partially delivered", "info"),
    "delivered": Chip("Delivered", "ok"),
    "cancelled": Chip("Cancelled", "wait"),
    "rejected": Chip("Rejected", "late"),
}
LEG_STATUS = STATUS | {
    "planned": Chip("Planned", "wait"),
    "acknowledged": Chip("Acknowledged", "info"),
    "picked": Chip("Picked", "info"),
    "packed": Chip("Packed", "info"),
}
MONEY = {
    "none": Chip("Nothing shipped", "wait"),
    "not_posted": Chip("Not posted", "risk", "Shipped, and no goods issue in the ERP yet."),
    "partially_posted": Chip("Partially posted", "risk"),
    "posted": Chip("Not invoiced", "risk", "Posted in the ERP, and no invoice yet."),
    "partially_invoiced": Chip("Partially invoiced", "risk"),
    "invoiced": Chip("Invoiced", "ok"),
    "credited": Chip("Credited", "wait"),
}
OVERLAY = {
    "late": Chip("Late", "late"),
    "at_risk": Chip("At risk", "risk"),
    "on_hold": Chip("On hold", "wait"),
    "backordered": Chip("Backordered", "risk"),
    "partially_cancelled": Chip("Partially cancelled", "wait"),
}
MESSAGE_STATE = {
    "pending": Chip("Pending", "info", "Durable in the log; its effect is being worked out."),
    "applied": Chip("Applied", "ok"),
    "unmatched": Chip("Unmatched", "risk", "No order is known yet that its references lead to."),
    "ambiguous": Chip("Ambiguous", "risk", "Its references fit more than one order."),
    "quarantined": Chip("Quarantined", "late", "It could not be read as what it says it is."),
    "conflict": Chip(
        "Conflict", "late", "The same source and id was said before with other content; the first stays in force."
    ),
}
CASE_STATE = {
    "new": Chip("New", "info", "Nobody has looked at it yet."),
    "acknowledged": Chip("Acknowledged", "info", "Somebody has seen it."),
    "in_progress": Chip("In progress", "info", "Somebody works on it."),
    "waiting": Chip("Waiting on partner", "wait"),
    "snoozed": Chip("Snoozed", "wait"),
    "regressed": Chip("Regressed", "late", "It was resolved, and it is true again or still."),
    "resolved_verified": Chip("Resolved, verified", "ok", "What was missing has come: no person said so, the systems did."),
    "resolved_obsolete": Chip("Obsolete", "wait", "Cancelled, or corrected away."),
    "resolved_manual": Chip("Closed by hand", "risk", "It comes back after 24 hours if it is still true."),
}
SEVERITY = {
    1: Chip("Low", "low"),
    2: Chip("Medium", "medium"),
    3: Chip("High", "high"),
    4: Chip("Critical", "critical"),
}
SCHEME = {
    "order": "Order",
    "leg": "Leg",
    "release": "Release",
    "shipment": "Shipment",
    "tracking": "Tracking",
    "invoice": "Invoice",
    "posting": "Posting",
    "return": "Return",
    "correlation": "Correlation",
    "po": "Customer PO",
    "customer_ref": "Customer reference",
    "container": "Container",
    "route": "Route",
    "customer": "Customer",
}
ROLE = {
    "customer_service": "Customer service",
    "finance": "Finance",
    "manager": "Manager",
    "partner_operations": "Partner operations",
    "inventory_control": "Inventory control",
    "integration": "Integration",
    "administrator": "Administrator",
    "partner": "Partner",
}
SYMBOL = {"USD": "$", "EUR": "€", "GBP": "£", "BRL": "R$", "JPY": "¥"}


def chip(table: dict[str, Chip], code: str) -> Chip:
    """The chip of a code; a code that nobody described is shown in its own words."""
    return table.get(code) or Chip(plain(code), "wait")


def plain(code: str) -> str:
    return code.replace("_", " ").capitalize()


def scheme(name: str) -> str:
    return SCHEME.get(name) or plain(name)


def money(amount: Decimal | None, currency: str | None) -> str:
    """`$8,412.00`, or the code after the figure where no symbol is common; empty for an unknown amount."""
    if amount is None:
        return ""
    sign, figure = ("\N{MINUS SIGN}" if amount < 0 else ""), f"{abs(amount):,.2f}"
    symbol = SYMBOL.get(currency or "")
    if symbol:
        return f"{sign}{symbol}{figure}"
    return f"{sign}{figure} {currency}" if currency else f"{sign}{figure}"


def quantity(amount: Decimal) -> str:
    """A quantity without trailing zeros and with thousands kept apart."""
    normal = amount.normalize()
    return f"{amount:,.0f}" if normal == normal.to_integral_value() else f"{normal:,f}"


def middle(text: str, most: int = 18) -> str:
    """The text with its middle left out where it is longer than `most`: the end of a tracking number matters."""
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail]}…{text[-tail:]}"


def count_of(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
