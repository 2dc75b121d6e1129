"""Who takes part: a distributor of medical supplies, its systems, its three regional 3PLs, its carriers and customers."""

from dataclasses import dataclass
from datetime import time
from typing import Final

from apps.demo.world.hours import Hours

OMS = "/meridian/oms"
ERP = "/meridian/erp"
MIDDLEWARE = "/meridian/middleware"
STRANGE_APP = "/meridian/loyalty"
CURRENCY = "USD"


@dataclass(frozen=True, slots=True)
class Warehouse:
    """One 3PL's site. `source` is what its WMS calls itself. `carrier` is the SCAC of who collects there, None where the
    3PL drives itself. `mark` begins its shipment numbers.

    `names_order`, `names_lines`, `names_release`: how much its interface says beside the leg's number.
    """

    partner: str
    partner_name: str
    site: str
    site_name: str
    region: str
    hours: Hours
    source: str
    carrier: str | None
    mark: str
    names_order: bool = False
    names_lines: bool = True
    names_release: bool = False

    @property
    def zone(self) -> str:
        return self.hours.zone


@dataclass(frozen=True, slots=True)
class Product:
    sku: str
    description: str
    uom: str
    unit_price: str


NORTHSTAR = Warehouse(
    "northstar",
    "NorthStar Logistics",
    "ATL-1",
    "Atlanta",
    "southeast",
    Hours("America/New_York", opens=time(7), closes=time(20), cut_off=time(15)),
    "/northstar/wms",
    "UPSN",
    "NS",
    names_order=True,
)
BLUEDOCK = Warehouse(
    "bluedock",
    "BlueDock Fulfilment",
    "RNO-1",
    "Reno",
    "west",
    Hours("America/Los_Angeles", opens=time(6), closes=time(19), cut_off=time(14)),
    "/bluedock/wms",
    "FDEG",
    "BD",
    names_lines=False,
)
# Cold goods do not travel over a weekend, so nothing leaves on a Friday.
POLARIS = Warehouse(
    "polaris",
    "Polaris Cold",
    "CHI-1",
    "Chicago",
    "midwest",
    Hours("America/Chicago", opens=time(5), closes=time(17), cut_off=time(12), ship_days=(0, 1, 2, 3)),
    "/polaris/wms",
    None,
    "PC",
    names_release=True,
)
WAREHOUSES = (NORTHSTAR, BLUEDOCK, POLARIS)
CARRIERS: Final = {"UPSN": "/carriers/upsn", "FDEG": "/carriers/fdeg"}
SOURCES: Final = (OMS, ERP, MIDDLEWARE, *(warehouse.source for warehouse in WAREHOUSES), *CARRIERS.values())
REGIONS = {"southeast": "Southeast", "west": "West", "midwest": "Midwest"}
SYSTEMS = {
    OMS: ("Order management", "oms"),
    ERP: ("Enterprise resource planning", "erp"),
    MIDDLEWARE: ("Middleware", "middleware"),
}

GLOVES = Product("GLV-NIT-M", "Nitrile gloves, medium, box of 100", "BX", "11.80")
MASKS = Product("MSK-N95", "Respirator N95, box of 20", "BX", "24.50")
SYRINGES = Product("SYR-5ML", "Syringe 5 ml, box of 100", "BX", "18.20")
GOWNS = Product("GWN-ISO-L", "Isolation gown, large, case of 50", "CS", "96.00")
SALINE = Product("SAL-09-1L", "Saline 0.9 %, 1 l, case of 12", "CS", "43.75")
CATHETERS = Product("CTH-20G", "IV catheter 20 G, box of 50", "BX", "88.40")
DRESSINGS = Product("DRS-10X10", "Wound dressing 10 x 10 cm, box of 25", "BX", "31.60")
THERMOMETERS = Product("THM-IR", "Infrared thermometer", "EA", "39.90")
INSULIN = Product("INS-GLAR", "Insulin glargine, pack of 5 pens", "PK", "142.00")
VACCINE = Product("VAC-FLU-10", "Influenza vaccine, 10 doses", "EA", "186.50")
REAGENT = Product("RGT-PCR-96", "PCR reagent kit, 96 tests", "EA", "512.00")
DRY = (GLOVES, MASKS, SYRINGES, GOWNS, SALINE, CATHETERS, DRESSINGS, THERMOMETERS)
COLD = (INSULIN, VACCINE, REAGENT)

CUSTOMERS = (
    ("C-1001", "Lakeside General Hospital"),
    ("C-1002", "St. Brigid Medical Center"),
    ("C-1003", "Harbor View Clinic"),
    ("C-1004", "Cedar Falls Family Practice"),
    ("C-1005", "Northgate Surgical Associates"),
    ("C-1006", "Pine Ridge Rehabilitation"),
    ("C-1007", "Mesa Verde Urgent Care"),
    ("C-1008", "Bayou Regional Hospital"),
    ("C-1009", "Granite State Dialysis"),
    ("C-1010", "Willow Creek Pediatrics"),
    ("C-1011", "Summit Oncology Group"),
    ("C-1012", "Riverbend Veterans Clinic"),
)
