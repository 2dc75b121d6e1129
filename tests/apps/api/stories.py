"""The orders that the API's tests tell."""

from tests.apps.api.conftest import Event, event

OMS, ERP, MIDDLEWARE, NORTH, POLARIS = "urn:oms", "urn:erp", "urn:mw", "urn:north", "urn:polaris"


def two_legs(order: str = "SO-1", oms: str = OMS) -> list[Event]:
    """Gloves from NorthStar, which shipped, posted and not invoiced; a vaccine at Polaris, which is past its ship-by."""
    north = {"site": "ATL", "partner": "north", "lines": [{"line": "1", "sku": "GLV", "quantity": 40}]}
    polaris = {"site": "CHI", "partner": "polaris", "lines": [{"line": "2", "sku": "VAC", "quantity": 2.5}]}
    return [
        event(
            "order.placed",
            oms,
            f"{order}-placed",
            "2026-05-12T09:14:00Z",
            order=order,
            lines=[
                {"line": "1", "sku": "GLV", "quantity": 40, "unit_price": 100, "uom": "EA", "description": "Gloves"},
                {"line": "2", "sku": "VAC", "quantity": "2.5", "unit_price": "4.2"},
            ],
            customer={"id": "C-7", "name": "Meridian Clinics"},
            region="EAST",
            channel="web",
            currency="USD",
            promised_date="2026-05-13",
        ),
        event(
            "leg.released",
            MIDDLEWARE,
            f"{order}-r1",
            "2026-05-12T10:00:00Z",
            order=order,
            leg=f"{order}/1",
            **north,
            ship_by="2026-05-13T16:00:00Z",
        ),
        event(
            "leg.released",
            MIDDLEWARE,
            f"{order}-r2",
            "2026-05-12T10:00:00Z",
            order=order,
            leg=f"{order}/2",
            **polaris,
            ship_by="2026-05-13",
        ),
        event(
            "leg.shipped",
            NORTH,
            f"{order}-s1",
            "2026-05-13T15:00:00.5Z",
            leg=f"{order}/1",
            shipment=f"NS-{order}",
            lines=[{"sku": "GLV", "quantity": 40}],
            carrier="UPS",
            tracking=["1Z999"],
            final=True,
        ),
        event("shipment.posted", ERP, f"{order}-p1", "2026-05-13T18:00:00Z", shipment=f"NS-{order}", posting="45-1"),
    ]


def two_problems(order: str = "SO-1") -> list[Event]:
    """`two_legs`, and what goes wrong: Polaris reports damage, the ERP cannot book NorthStar's invoice."""
    return [
        *two_legs(order),
        event(
            "leg.problem", POLARIS, f"{order}-damage", "2026-05-13T08:00:00Z", leg=f"{order}/2", code="damaged", reason="wet"
        ),
        event(
            "posting.failed",
            ERP,
            f"{order}-failed",
            "2026-05-14T09:00:00Z",
            kind="invoice",
            code="E7",
            message="price missing",
            order=order,
            shipment=f"NS-{order}",
        ),
    ]
