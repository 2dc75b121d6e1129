"""What can go wrong in the sandbox, how often by default, and the note that is taken of each time that it does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final


@dataclass(frozen=True, slots=True)
class Fault:
    """`rate` is a share of `per`. `title` and `meaning` are for people."""

    code: str
    title: str
    meaning: str
    per: str
    rate: float
    most: float = 0.5


FAULTS: Final = (
    Fault("late", "Told late", "A message is heard 3 to 30 hours after what it tells.", "message", 0.008),
    Fault("duplicate", "Told twice", "The same message again, or the same document under a new id.", "message", 0.01),
    Fault("out_of_order", "Overtaken", "A message is heard after those that follow it.", "message", 0.008),
    Fault("reused_id", "Id used again", "A sender uses an id again for other content.", "message", 0.0006, 0.1),
    Fault("malformed", "Unreadable", "A quantity that is no number, or a required field left out.", "leg", 0.006),
    Fault("unknown_type", "Unknown type", "A system sends a type that no contract describes.", "order", 0.002),
    Fault(
        "ordered_twice",
        "Ordered twice",
        "The customer's order of hours before comes in again under a new number.",
        "order",
        0.008,
    ),
    Fault("lost_acknowledgement", "Acknowledgement lost", "The 3PL takes the release and never says so.", "leg", 0.015),
    Fault("rejected_leg", "Release refused", "The 3PL refuses the release; another one takes it over.", "leg", 0.012),
    Fault("short_ship", "Short ship", "Less leaves than was released.", "leg", 0.02),
    Fault("late_work", "Shipped late", "The goods leave a ship day after their ship-by.", "leg", 0.015),
    Fault("wrong_reference", "Wrong reference", "A mistyped leg or tracking number, or another order's.", "leg", 0.012),
    Fault("missing_reference", "Missing reference", "A carrier's delivery that names nothing at all.", "shipment", 0.004),
    Fault("shared_tracking", "Tracking used again", "A 3PL gives a shipment the number of another.", "shipment", 0.003),
    Fault("lost_posting", "Never posted", "The ERP does not post what has left, so nothing is invoiced.", "shipment", 0.006),
    Fault("failed_posting", "Posting failed", "The ERP's first posting fails; hours later it goes through.", "shipment", 0.015),
    Fault("invoice_differs", "Invoice differs", "The invoice has another amount or quantity than what left.", "invoice", 0.015),
    Fault("failed_delivery", "Delivery failed", "The carrier finds nobody and comes again.", "shipment", 0.015),
    Fault(
        "ships_all_the_same", "Shipped though cancelled", "Cancelled, and the 3PL ships all the same.", "cancelled leg", 0.3, 1
    ),
    Fault("clock_skew", "Clock off", "A system's clock is off by minutes or by a day for some hours.", "system and day", 0.015),
    Fault(
        "outage", "Outage", "A system says nothing for hours; what it has to tell comes in a burst.", "system and day", 0.012
    ),
)
DEFAULT_RATES: Final[Mapping[str, float]] = {fault.code: fault.rate for fault in FAULTS}
NO_FAULTS: Final[Mapping[str, float]] = dict.fromkeys(DEFAULT_RATES, 0.0)


@dataclass(frozen=True, slots=True)
class Injected:
    """One fault that did happen, and which exceptions (codes of the product) it may open, where that breaks a promise
    at all; none: it is to be absorbed without one. `message` is the (source, id) that carries it, where one does."""

    fault: str
    at: datetime
    order: str = ""
    leg: str = ""
    shipment: str = ""
    message: tuple[str, str] | None = None
    expects: tuple[str, ...] = ()
    note: str = ""
