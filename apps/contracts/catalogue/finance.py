"""What the ERP tells of postings, invoices and credits, and the OMS and the 3PLs of returns."""

from typing import Final

from apps.contracts.contract import ERP, OMS, PEACHTREE, Contract, event

_INVOICE: Final = frozenset({"invoice"})
_ORDER: Final = "SO-104233"
_SHIPMENT: Final = "SHP-900177"
_RETURNED: Final = {"line": "1", "sku": "GLV-NIT-M", "quantity": 3, "uom": "CS"}

CONTRACTS: Final = (
    Contract(
        "shipment.posted",
        "Shipment posted",
        "The ERP has booked the goods issue of a shipment.",
        ("ERP",),
        owned=frozenset({"posting"}),
        examples=(
            event(
                "shipment.posted",
                ERP,
                1,
                "2026-03-03T22:00:05Z",
                {"shipment": _SHIPMENT, "posting": "GI-4900031877", "order": _ORDER, "amount": "3456.00"},
            ),
        ),
    ),
    Contract(
        "posting.failed",
        "Posting failed",
        "The ERP or the middleware could not book something, with the error as it came.",
        ("ERP", "middleware"),
        examples=(
            event(
                "posting.failed",
                ERP,
                1,
                "2026-03-03T21:30:00Z",
                {
                    "kind": "shipment",
                    "code": "M7021",
                    "message": "Deficit of 2 CS of GLV-NIT-M at ATL-2.",
                    "order": _ORDER,
                    "shipment": _SHIPMENT,
                    "attempt": 1,
                },
            ),
        ),
    ),
    Contract(
        "invoice.issued",
        "Invoice issued",
        "The ERP has invoiced shipments of an order. The same invoice told again replaces it.",
        ("ERP",),
        owned=_INVOICE,
        descriptions={"shipments": "The shipments that it covers; all of the order up to its own time when absent."},
        examples=(
            event(
                "invoice.issued",
                ERP,
                1,
                "2026-03-04T02:00:00Z",
                {
                    "invoice": "INV-2026-30518",
                    "order": _ORDER,
                    "shipments": [_SHIPMENT],
                    "amount": {"amount": "3456.00", "currency": "USD"},
                    "lines": [{"line": "1", "sku": "GLV-NIT-M", "quantity": 40, "uom": "CS", "amount": "3456.00"}],
                },
            ),
        ),
    ),
    Contract(
        "invoice.held",
        "Invoice held",
        "The ERP keeps an invoice back, with the reason.",
        ("ERP",),
        owned=_INVOICE,
        examples=(
            event(
                "invoice.held",
                ERP,
                1,
                "2026-03-04T02:00:09Z",
                {
                    "invoice": "INV-2026-30518",
                    "order": _ORDER,
                    "reason": "The price differs from the customer's contract.",
                    "code": "price",
                },
            ),
        ),
    ),
    Contract(
        "invoice.released",
        "Invoice released",
        "The ERP lets a held invoice go out.",
        ("ERP",),
        owned=_INVOICE,
        examples=(
            event("invoice.released", ERP, 1, "2026-03-04T11:20:00Z", {"invoice": "INV-2026-30518", "reason": "Price agreed."}),
        ),
    ),
    Contract(
        "invoice.credited",
        "Invoice credited",
        "The ERP has given the money of an invoice back, or part of it.",
        ("ERP",),
        owned=_INVOICE,
        descriptions={"amount": "The amount that was credited."},
        examples=(
            event(
                "invoice.credited",
                ERP,
                1,
                "2026-03-12T09:00:00Z",
                {"invoice": "INV-2026-30518", "order": _ORDER, "amount": "259.20", "lines": [_RETURNED]},
            ),
        ),
    ),
    Contract(
        "return.authorized",
        "Return authorized",
        "The OMS allows the customer to send goods back (RMA).",
        ("OMS",),
        owned=frozenset({"return"}),
        mixed=frozenset({"order"}),
        descriptions={"lines": "What may come back."},
        examples=(
            event(
                "return.authorized",
                OMS,
                1,
                "2026-03-09T10:00:00Z",
                {"return": "RMA-3310", "order": _ORDER, "lines": [_RETURNED], "reason": "Ordered too many."},
            ),
        ),
    ),
    Contract(
        "return.received",
        "Return received",
        "The 3PL has the returned goods in its warehouse.",
        ("3PL",),
        descriptions={"lines": "What came back.", "condition": "The state in which it came back."},
        examples=(
            event(
                "return.received",
                PEACHTREE,
                1,
                "2026-03-11T16:30:00Z",
                {"return": "RMA-3310", "lines": [_RETURNED], "condition": "sealed"},
            ),
        ),
    ),
    Contract(
        "return.credited",
        "Return credited",
        "The ERP has credited the returned goods.",
        ("ERP",),
        descriptions={"lines": "What was credited."},
        examples=(
            event(
                "return.credited", ERP, 1, "2026-03-12T09:00:01Z", {"return": "RMA-3310", "order": _ORDER, "lines": [_RETURNED]}
            ),
        ),
    ),
)
