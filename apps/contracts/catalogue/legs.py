"""What the middleware and the 3PLs tell of a leg: one warehouse's part of an order."""

from typing import Final

from apps.contracts.contract import MIDDLEWARE, NORTHCOLD, PEACHTREE, Contract, event

_ISSUED: Final = frozenset({"leg", "release"})
_ORDER: Final = "SO-104233"
_LEG: Final = "SO-104233/ATL"
_COLD: Final = "SO-104233/COLD"
_GLOVES: Final = {"line": "1", "sku": "GLV-NIT-M", "quantity": 40, "uom": "CS"}

CONTRACTS: Final = (
    Contract(
        "leg.planned",
        "Leg planned",
        "The middleware has decided which warehouse will ship which part of the order.",
        ("middleware",),
        owned=_ISSUED,
        examples=(
            event(
                "leg.planned",
                MIDDLEWARE,
                1,
                "2026-03-02T15:04:00Z",
                {"order": _ORDER, "leg": _LEG, "site": "ATL-2", "partner": "peachtree", "lines": [_GLOVES]},
            ),
        ),
    ),
    Contract(
        "leg.released",
        "Leg released",
        "The middleware has told the 3PL to ship (X12: 940).",
        ("middleware",),
        owned=_ISSUED,
        descriptions={
            "lines": "What the 3PL is told to ship.",
            "references": "A `release` reference tells several releases apart.",
        },
        examples=(
            event(
                "leg.released",
                MIDDLEWARE,
                1,
                "2026-03-02T15:06:30Z",
                {
                    "order": _ORDER,
                    "leg": _LEG,
                    "partner": "peachtree",
                    "site": "ATL-2",
                    "ship_by": "2026-03-04T17:00:00-05:00",
                    "carrier": "PRCL",
                    "service": "ground",
                    "lines": [_GLOVES],
                    "references": [{"scheme": "release", "value": "REL-77120"}],
                },
            ),
            event(
                "leg.released",
                MIDDLEWARE,
                2,
                "2026-03-02T15:06:31Z",
                {
                    "order": _ORDER,
                    "leg": _COLD,
                    "partner": "northcold",
                    "site": "MSP-1",
                    "ship_by": "2026-03-05",
                    "zone": "America/Chicago",
                    "lines": [{"line": "2", "sku": "VAX-FLU-10", "quantity": 200, "uom": "EA"}],
                },
            ),
        ),
    ),
    Contract(
        "leg.acknowledged",
        "Leg acknowledged",
        "The 3PL has accepted the release and will work it.",
        ("3PL",),
        examples=(event("leg.acknowledged", PEACHTREE, 1, "2026-03-02T15:19:00Z", {"leg": _LEG, "order": _ORDER}),),
    ),
    Contract(
        "leg.rejected",
        "Leg rejected",
        "The 3PL refuses the release, with the reason.",
        ("3PL",),
        examples=(
            event(
                "leg.rejected",
                NORTHCOLD,
                1,
                "2026-03-02T15:41:00Z",
                {"leg": _COLD, "reason": "No refrigerated dock is free before 9 March.", "code": "capacity"},
            ),
        ),
    ),
    Contract(
        "leg.picked",
        "Leg picked",
        "The 3PL has taken the goods from the shelves.",
        ("3PL",),
        descriptions={"lines": "What was picked. A newer message about the same leg replaces it."},
        examples=(
            event("leg.picked", PEACHTREE, 1, "2026-03-03T13:22:00Z", {"leg": _LEG, "order": _ORDER, "lines": [_GLOVES]}),
        ),
    ),
    Contract(
        "leg.packed",
        "Leg packed",
        "The 3PL has packed the goods.",
        ("3PL",),
        descriptions={"lines": "What was packed."},
        examples=(event("leg.packed", PEACHTREE, 1, "2026-03-03T14:10:00Z", {"leg": _LEG, "lines": [_GLOVES], "packages": 4}),),
    ),
    Contract(
        "leg.shipped",
        "Leg shipped",
        "The 3PL has handed one shipment of the leg to the carrier (X12: 945). The same shipment told again replaces it.",
        ("3PL",),
        owned=frozenset({"shipment"}),
        descriptions={
            "shipment": "The 3PL's number of this dispatch.",
            "lines": "What left with this shipment.",
            "tracking": "The carrier's tracking numbers, one for each package or group of packages.",
        },
        examples=(
            event(
                "leg.shipped",
                PEACHTREE,
                1,
                "2026-03-03T20:45:00Z",
                {
                    "leg": _LEG,
                    "shipment": "SHP-900177",
                    "order": _ORDER,
                    "carrier": "PRCL",
                    "service": "ground",
                    "tracking": ["1PX5502919280", "1PX5502919281"],
                    "packages": 4,
                    "final": True,
                    "lines": [_GLOVES],
                },
                subject=_LEG,
            ),
        ),
    ),
    Contract(
        "leg.problem",
        "Problem with a leg",
        "The 3PL reports that something is in the way.",
        ("3PL",),
        descriptions={"code": "short_pick, damaged, address, hold or other.", "lines": "The lines that it concerns."},
        examples=(
            event(
                "leg.problem",
                PEACHTREE,
                1,
                "2026-03-03T13:05:00Z",
                {
                    "leg": _LEG,
                    "code": "short_pick",
                    "reason": "Two cases were not at their place.",
                    "lines": [{"sku": "GLV-NIT-M", "quantity": "2", "uom": "CS"}],
                },
            ),
        ),
    ),
    Contract(
        "leg.cancelled",
        "Leg cancelled",
        "The 3PL confirms that it will not ship the leg.",
        ("3PL",),
        examples=(
            event(
                "leg.cancelled",
                NORTHCOLD,
                1,
                "2026-03-03T10:00:00Z",
                {"leg": _COLD, "order": _ORDER, "reason": "Cancelled by the shipper."},
            ),
        ),
    ),
)
