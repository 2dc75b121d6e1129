"""What the OMS and the ERP tell of an order before it reaches a warehouse."""

from typing import Final

from apps.contracts.contract import ERP, OMS, Contract, event

_ORDER: Final = frozenset({"order"})
_NUMBER: Final = "SO-104233"

CONTRACTS: Final = (
    Contract(
        "order.placed",
        "Order placed",
        "The OMS has taken an order: what was ordered, by whom, and what was promised.",
        ("OMS",),
        owned=_ORDER,
        descriptions={"lines": "What was ordered; may be empty while the lines are not known."},
        examples=(
            event(
                "order.placed",
                OMS,
                1,
                "2026-03-02T14:05:11Z",
                {
                    "order": _NUMBER,
                    "customer": {"id": "C-2071", "name": "St. Brigid Regional Hospital"},
                    "region": "southeast",
                    "channel": "edi",
                    "currency": "USD",
                    "requested_date": "2026-03-06",
                    "promised_date": "2026-03-06",
                    "priority": "standard",
                    "lines": [
                        {
                            "line": "1",
                            "sku": "GLV-NIT-M",
                            "quantity": 40,
                            "uom": "CS",
                            "unit_price": "86.40",
                            "description": "Nitrile gloves, medium, case of 1,000",
                        },
                        {"line": "2", "sku": "VAX-FLU-10", "quantity": 200, "uom": "EA", "unit_price": 21.75},
                        {"line": "3", "sku": "CHR-WHL-18", "quantity": 6, "uom": "EA", "unit_price": "310"},
                    ],
                    "references": [{"scheme": "po", "value": "PO-88-1207"}],
                },
                subject=_NUMBER,
                correlationid="7d0c1e52-order-104233",
            ),
            event(
                "order.placed",
                OMS,
                2,
                "2026-03-02T14:09:40-05:00",
                {"order": "SO-104240", "currency": "USD", "lines": []},
            ),
        ),
    ),
    Contract(
        "order.validated",
        "Order validated",
        "The OMS or the ERP has checked the order and found nothing against it.",
        ("OMS", "ERP"),
        mixed=_ORDER,
        examples=(event("order.validated", OMS, 1, "2026-03-02T14:05:19Z", {"order": _NUMBER}, subject=_NUMBER),),
    ),
    Contract(
        "order.rejected",
        "Order rejected",
        "The OMS or the ERP refuses the order, with the reason.",
        ("OMS", "ERP"),
        mixed=_ORDER,
        examples=(
            event(
                "order.rejected",
                ERP,
                1,
                "2026-03-02T15:20:00Z",
                {"order": "SO-104251", "reason": "The customer's licence for cold-chain goods has expired.", "code": "LIC-02"},
            ),
        ),
    ),
    Contract(
        "order.changed",
        "Order changed",
        "The OMS replaces the order's lines by a whole new set.",
        ("OMS",),
        owned=_ORDER,
        descriptions={"lines": "The whole new set of lines: what is not named is no longer ordered."},
        examples=(
            event(
                "order.changed",
                OMS,
                1,
                "2026-03-02T16:40:00Z",
                {
                    "order": _NUMBER,
                    "revision": 2,
                    "promised_date": "2026-03-09",
                    "lines": [
                        {"line": "1", "sku": "GLV-NIT-M", "quantity": 48, "uom": "CS", "unit_price": "86.40"},
                        {"line": "2", "sku": "VAX-FLU-10", "quantity": 200, "uom": "EA", "unit_price": 21.75},
                        {"line": "3", "sku": "CHR-WHL-18", "quantity": 6, "uom": "EA", "unit_price": "310"},
                    ],
                },
                sequence="00000002",
            ),
        ),
    ),
    Contract(
        "order.cancelled",
        "Order cancelled",
        "The OMS cancels the order, or some of its lines or quantities.",
        ("OMS",),
        owned=_ORDER,
        descriptions={
            "lines": "What is cancelled; all of the order when absent.",
            "lines[].quantity": "How much of the line is cancelled; the whole line when absent.",
        },
        examples=(
            event(
                "order.cancelled",
                OMS,
                1,
                "2026-03-03T09:12:00Z",
                {"order": _NUMBER, "lines": [{"line": "3", "quantity": 2}], "reason": "The customer needs four chairs only."},
            ),
            event("order.cancelled", OMS, 2, "2026-03-03T09:15:00Z", {"order": "SO-104240"}),
        ),
    ),
    Contract(
        "order.held",
        "Order held",
        "The OMS or the ERP stops the order, for credit for instance, until the hold is released.",
        ("OMS", "ERP"),
        mixed=_ORDER,
        examples=(
            event(
                "order.held",
                ERP,
                1,
                "2026-03-02T14:30:00Z",
                {"order": _NUMBER, "hold": "HLD-5512", "reason": "Over the credit limit by 1,204.00 USD.", "code": "credit"},
            ),
        ),
    ),
    Contract(
        "order.hold_released",
        "Hold released",
        "The OMS or the ERP lets a held order go on.",
        ("OMS", "ERP"),
        mixed=_ORDER,
        descriptions={"reason": "Why the hold was released."},
        examples=(
            event(
                "order.hold_released", ERP, 1, "2026-03-02T15:02:00Z", {"order": _NUMBER, "hold": "HLD-5512", "reason": "Paid."}
            ),
        ),
    ),
    Contract(
        "order.allocated",
        "Order allocated",
        "The ERP reserves stock for lines of the order. Several allocations add up; a negative quantity takes one back.",
        ("ERP",),
        descriptions={"lines[].quantity": "Units reserved now; negative takes a reservation back."},
        examples=(
            event(
                "order.allocated",
                ERP,
                1,
                "2026-03-02T15:03:10Z",
                {
                    "order": _NUMBER,
                    "lines": [
                        {"line": "1", "sku": "GLV-NIT-M", "quantity": 40, "uom": "CS", "site": "ATL-2"},
                        {"line": "2", "sku": "VAX-FLU-10", "quantity": 200, "uom": "EA", "site": "MSP-1"},
                    ],
                },
            ),
        ),
    ),
    Contract(
        "order.backordered",
        "Order backordered",
        "The ERP has no stock for lines of the order, and says when it expects some.",
        ("ERP",),
        descriptions={"lines[].quantity": "Units that wait for stock."},
        examples=(
            event(
                "order.backordered",
                ERP,
                1,
                "2026-03-02T15:03:12Z",
                {
                    "order": _NUMBER,
                    "lines": [{"line": "3", "sku": "CHR-WHL-18", "quantity": 6, "uom": "EA", "expected_date": "2026-03-16"}],
                },
            ),
        ),
    ),
)
