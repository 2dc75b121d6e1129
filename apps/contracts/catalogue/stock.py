"""What systems and 3PLs tell of stock and of transfers between sites."""

from typing import Final

from apps.contracts.contract import NORTHCOLD, PEACHTREE, Contract, event

_TRANSFER: Final = {
    "transfer": "TR-6120",
    "from_site": "ATL-2",
    "to_site": "DFW-1",
    "lines": [{"sku": "GLV-NIT-M", "quantity": 120, "uom": "CS"}],
}

CONTRACTS: Final = (
    Contract(
        "inventory.snapshot",
        "Inventory snapshot",
        "A system tells how much of each SKU it believes to be at a site, at one moment (X12: 846).",
        ("any system",),
        descriptions={
            "as_of": "The moment at which these figures were true.",
            "complete": "True: a SKU that is not named has nothing at this site.",
        },
        examples=(
            event(
                "inventory.snapshot",
                PEACHTREE,
                1,
                "2026-03-04T05:00:00Z",
                {
                    "site": "ATL-2",
                    "as_of": "2026-03-04T04:59:58Z",
                    "complete": True,
                    "positions": [
                        {"sku": "GLV-NIT-M", "on_hand": 1180, "allocated": 40, "available": 1135, "damaged": 5, "uom": "CS"},
                        {"sku": "CHR-WHL-18", "on_hand": 0, "in_transit": "24", "uom": "EA"},
                    ],
                },
            ),
        ),
    ),
    Contract(
        "inventory.adjusted",
        "Inventory adjusted",
        "A 3PL or the ERP corrects the stock of one SKU, with the reason (X12: 947).",
        ("3PL", "ERP"),
        examples=(
            event(
                "inventory.adjusted",
                NORTHCOLD,
                1,
                "2026-03-04T11:15:00Z",
                {"site": "MSP-1", "sku": "VAX-FLU-10", "delta": -12, "reason": "Temperature excursion.", "uom": "EA"},
            ),
        ),
    ),
    Contract(
        "transfer.shipped",
        "Transfer shipped",
        "A 3PL has sent goods to another site (X12: 943).",
        ("3PL",),
        descriptions={"lines": "What left."},
        examples=(event("transfer.shipped", PEACHTREE, 1, "2026-03-05T18:00:00Z", _TRANSFER),),
    ),
    Contract(
        "transfer.received",
        "Transfer received",
        "A 3PL has received goods from another site (X12: 944).",
        ("3PL",),
        descriptions={"lines": "What arrived."},
        examples=(event("transfer.received", "urn:lonestar-3pl:wms", 1, "2026-03-07T13:00:00Z", _TRANSFER),),
    ),
)
