"""The types of exceptions: what opens each, who owns it by default, how severe it is, what to do next. One entry a type.

docs/exceptions.md is made from it (`manage.py exceptions --markdown`), the console's words and the API's choices too.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Severity(IntEnum):
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


TEAMS: Final[dict[str, str]] = {
    "customer_service": "Customer service",
    "finance": "Finance",
    "integration": "Integration",
    "inventory_control": "Inventory control",
    "master_data": "Master data",
    "partner_operations": "Partner operations",
    "planning": "Planning",
}


@dataclass(frozen=True, slots=True)
class ExceptionType:
    """`opens` and `clears` are sentences for people. `measure` is the commitment whose clock opens it, empty for bad news
    that opens it when it is heard. `steps` is the playbook until somebody writes another."""

    code: str
    title: str
    team: str
    severity: Severity
    subject: str
    opens: str
    clears: str
    steps: tuple[str, ...]
    measure: str = ""


def _type(  # noqa: PLR0913, PLR0917 - a table row
    code: str, title: str, team: str, severity: Severity, subject: str, opens: str, clears: str, *steps: str, measure: str = ""
) -> ExceptionType:
    return ExceptionType(code, title, team, severity, subject, opens, clears, steps, measure)


LOW, MEDIUM, HIGH, CRITICAL = Severity

TYPES: Final[dict[str, ExceptionType]] = {
    each.code: each
    for each in (
        _type(
            "ORDER_INVALID",
            "Order rejected",
            "customer_service",
            MEDIUM,
            "order",
            "The OMS or the ERP rejects the order.",
            "The order is validated after all.",
            "Read the reason that the system gave.",
            "Correct the order in the OMS and send it again, or tell the customer that it cannot be taken.",
        ),
        _type(
            "NOT_ALLOCATED",
            "Not allocated",
            "planning",
            MEDIUM,
            "order",
            "The ERP has neither allocated nor backordered the order in time.",
            "The ERP allocates or backorders it.",
            "Look for the order in the ERP's allocation run.",
            "Allocate by hand, or backorder it with a date for the customer.",
            measure="allocate",
        ),
        _type(
            "BACKORDERED",
            "Backordered",
            "planning",
            MEDIUM,
            "order",
            "The ERP has no stock for a line of the order.",
            "The line is allocated, or has left.",
            "Check the expected date of the backorder.",
            "Offer the customer the date, a substitute or a partial shipment.",
        ),
        _type(
            "ORDER_HOLD",
            "On hold too long",
            "finance",
            MEDIUM,
            "order",
            "A hold is not released in time.",
            "The hold is released.",
            "Read why the order is held.",
            "Clear the customer's account or release the hold in the system that placed it.",
            measure="hold",
        ),
        _type(
            "NOT_RELEASED",
            "Not released",
            "integration",
            HIGH,
            "order",
            "The order is allocated and no leg of it is released in time.",
            "The middleware releases a leg of the allocation.",
            "Look for the order in the middleware's queue and retry list.",
            "Release it again; if the mapping fails, mend it and replay.",
            measure="release",
        ),
        _type(
            "ACK_OVERDUE",
            "Not acknowledged",
            "partner_operations",
            HIGH,
            "leg",
            "The 3PL has not acknowledged the release in time.",
            "Any word of the 3PL about the leg is heard.",
            "See whether others of this partner wait too: then it is an outage, not an order.",
            "Ask the partner for the release by its number; send it again if it never arrived.",
            measure="acknowledge",
        ),
        _type(
            "LEG_REJECTED",
            "Release refused",
            "partner_operations",
            HIGH,
            "leg",
            "The 3PL refuses the release.",
            "The goods are released again, here or elsewhere.",
            "Read the partner's reason.",
            "Have the leg planned at another site, or mend it and release it again.",
        ),
        _type(
            "SHIP_OVERDUE",
            "Not shipped",
            "partner_operations",
            HIGH,
            "leg",
            "The leg has not left by its ship-by.",
            "The ship confirmation of all of it is heard.",
            "Ask the partner whether it has left and the word is late, or is still there.",
            "Agree a new ship date, and tell customer service where the promise is in danger.",
            measure="ship",
        ),
        _type(
            "SHORT_SHIP",
            "Shipped short",
            "customer_service",
            MEDIUM,
            "leg",
            "The leg is complete and less has left than was released.",
            "The rest leaves on another leg, or is cancelled.",
            "Compare released and shipped by line.",
            "Have the rest released again, or cancel it with the customer.",
        ),
        _type(
            "OVER_SHIP",
            "Shipped over",
            "customer_service",
            MEDIUM,
            "leg",
            "More has left than was released.",
            "The partner corrects its confirmation.",
            "Ask the partner to count: goods or paper.",
            "Agree with the customer to keep, pay for or return the surplus.",
        ),
        _type(
            "LEG_PROBLEM",
            "Problem at the 3PL",
            "customer_service",
            MEDIUM,
            "leg",
            "The 3PL reports a problem with the leg.",
            "The leg leaves all the same.",
            "Read the problem's code and reason.",
            "Give the partner what it lacks, or plan the goods elsewhere.",
        ),
        _type(
            "DELIVERY_OVERDUE",
            "Not delivered",
            "customer_service",
            MEDIUM,
            "order",
            "The promise has passed and not all is delivered.",
            "The last delivery is heard.",
            "Look where each shipment is.",
            "Tell the customer the new date before they ask.",
            measure="deliver",
        ),
        _type(
            "DELIVERY_FAILED",
            "Delivery failed",
            "customer_service",
            MEDIUM,
            "shipment",
            "The carrier could not deliver.",
            "The delivery is heard.",
            "Read the carrier's reason.",
            "Confirm the address and a time with the customer, and have the carrier come again.",
        ),
        _type(
            "CANCEL_NOT_CONFIRMED",
            "Cancellation not confirmed",
            "customer_service",
            HIGH,
            "leg",
            "The order is cancelled and the 3PL has not confirmed it for the leg in time.",
            "The 3PL cancels or refuses the leg.",
            "Call the partner to stop the leg now.",
            "If it has left, have the carrier turn it back, or agree a return with the customer.",
            measure="confirm_cancellation",
        ),
        _type(
            "POSTING_OVERDUE",
            "Shipped, not posted",
            "finance",
            MEDIUM,
            "shipment",
            "The ERP has not posted the goods issue of a shipment in time.",
            "The posting is heard.",
            "Look for the shipment in the ERP's inbox and its errors.",
            "Post it by hand before the period closes, or have integration send it again.",
            measure="post",
        ),
        _type(
            "POSTING_FAILED",
            "Posting failed",
            "integration",
            HIGH,
            "shipment",
            "A system could not book a shipment, an invoice or a return.",
            "The posting is heard.",
            "Read the error as it came.",
            "Mend its cause in the ERP and post again.",
        ),
        _type(
            "NOT_INVOICED",
            "Shipped, not invoiced",
            "finance",
            MEDIUM,
            "shipment",
            "A shipment has no invoice in time.",
            "An invoice that covers the shipment is heard.",
            "See whether the shipment is posted: without a posting there is no invoice.",
            "Invoice it, or clear what blocks the billing run.",
            measure="invoice",
        ),
        _type(
            "INVOICE_HOLD",
            "Invoice held",
            "finance",
            MEDIUM,
            "invoice",
            "The ERP keeps an invoice back.",
            "The invoice is released or credited.",
            "Read why it is held.",
            "Clear the price or quantity with sales and release it.",
        ),
        _type(
            "INVOICE_MISMATCH",
            "Invoice differs",
            "finance",
            MEDIUM,
            "invoice",
            "The invoice has another amount or quantity than what left.",
            "The invoice is corrected or credited.",
            "Compare the invoice with the shipments that it covers.",
            "Credit it and invoice again.",
        ),
        _type(
            "RETURN_NOT_CREDITED",
            "Return not credited",
            "finance",
            MEDIUM,
            "return",
            "A return is received and not credited in time.",
            "The credit is heard.",
            "Check the condition that the warehouse reported.",
            "Credit the customer, or tell them why not.",
            measure="credit",
        ),
        _type(
            "REFERENCE_CONFLICT",
            "Reference claimed twice",
            "integration",
            MEDIUM,
            "reference",
            "Two orders claim one identifier.",
            "One of the claims is corrected.",
            "Open both orders and see which message names the wrong one.",
            "Have the sender correct it; events that name only this identifier wait until then.",
        ),
        _type(
            "UOM_MISMATCH",
            "Unit differs",
            "master_data",
            HIGH,
            "line",
            "A system counts a line in another unit than the order.",
            "The unit is corrected.",
            "Compare the units that the systems use for this SKU.",
            "Correct the master data of whoever is wrong.",
        ),
        _type(
            "SKU_UNMAPPED",
            "SKU unknown to the order",
            "master_data",
            HIGH,
            "SKU",
            "Somebody allocates, works or ships an article that no line of the order has; it is not told as OVER_SHIP besides.",
            "The order is changed to have it, or the document is sent again without it.",
            "See whether it is the sender's own name for an article of the order, or another article.",
            "Map the sender's SKU and have the document sent again, or have the OMS change the order.",
        ),
        _type(
            "CODE_UNMAPPED",
            "Code unknown",
            "master_data",
            HIGH,
            "message",
            "A field of a message holds a word that is none of its list: a code, a currency or a time zone.",
            "It is replayed and used.",
            "Read which field it is, and which words it may hold.",
            "Map the sender's code to one of these and replay, or have the sender send it again.",
        ),
        _type(
            "TRANSFER_UNRECEIVED",
            "Transfer not received",
            "inventory_control",
            MEDIUM,
            "transfer",
            "A transfer has left one site and is not received at the other in time.",
            "The receipt is heard.",
            "Ask the receiving site whether the goods are there and not booked.",
            "Trace the transfer with its carrier; count and claim what is missing.",
        ),
        _type(
            "PARTNER_SILENT",
            "Partner silent",
            "integration",
            CRITICAL,
            "partner",
            "Nothing is heard from any of the partner's sources for too long while it is open.",
            "Any message of the partner is heard.",
            "See whether the circuit to the partner is open, or its credential has expired.",
            "Call the partner's integration contact; tell partner operations that its orders are blind.",
        ),
        _type(
            "CIRCUIT_OPEN",
            "Circuit open",
            "integration",
            CRITICAL,
            "partner",
            "The middleware stops calling the partner: its circuit breaker is open.",
            "The middleware says that it is closed again.",
            "Read why it opened, and see whether the partner's own status page tells of an outage.",
            "When it closes, watch the queue drain, and replay what was dead-lettered meanwhile.",
        ),
        _type(
            "QUEUE_BACKLOG",
            "Queue backlog",
            "integration",
            HIGH,
            "queue",
            "More messages wait in a queue, or wait longer, than its threshold allows.",
            "A later measure is under the threshold again.",
            "See whether its consumer runs, and whether one message blocks the others.",
            "Add consumers, or set the blocking message aside.",
        ),
        _type(
            "DEAD_LETTER",
            "Dead letter",
            "integration",
            HIGH,
            "message",
            "A message cannot be used: the middleware has given it up, or nobody here can read it.",
            "It is delivered after all, or replayed and used.",
            "Read why it failed.",
            "Mend the mapping or the sender, then replay it.",
        ),
        _type(
            "CONTRACT_VIOLATION",
            "Contract broken",
            "integration",
            MEDIUM,
            "event",
            "The content of a message breaks the contract of its type.",
            "It is replayed and used.",
            "Compare the field that is named with the contract.",
            "Have the sender correct it and send it again, or mend the mapping and replay.",
        ),
        _type(
            "SEQUENCE_GAP",
            "Messages missing",
            "integration",
            MEDIUM,
            "block of numbers",
            "A source that numbers its messages has skipped numbers, and they have not come in time (15 minutes).",
            "The missing numbers are heard, in whatever order.",
            "Ask the sender what it has sent under these numbers, and see whether a door has refused them.",
            "Have it send them again; what was sent twice does no harm.",
        ),
    )
}


# Faults of the integration, not of an order: evidence of why a partner's orders are late.
TECHNICAL: Final = frozenset({"CIRCUIT_OPEN", "PARTNER_SILENT", "QUEUE_BACKLOG", "DEAD_LETTER"})
# What a partner's user may see of its own: its work, and no money.
FOR_PARTNERS: Final = frozenset(
    {
        "ACK_OVERDUE",
        "LEG_REJECTED",
        "SHIP_OVERDUE",
        "SHORT_SHIP",
        "OVER_SHIP",
        "LEG_PROBLEM",
        "DELIVERY_FAILED",
        "CANCEL_NOT_CONFIRMED",
    }
)
REASONS: Final[dict[str, str]] = {  # for closing a case by hand
    "fixed_outside": "Put right, and no system will say so",
    "not_an_issue": "Not a problem after all",
    "duplicate": "Worked elsewhere",
    "accepted": "Accepted as it is",
    "agreed_with_customer": "Settled with the customer",
    "agreed_with_partner": "Settled with the partner",
    "wrong_data": "The data is wrong, not the order",
}


def type_of(code: str) -> ExceptionType:
    """The entry of a code. Raises KeyError for a code that is none."""
    return TYPES[code]
