"""Who takes part in the sample: a distributor of medical supplies, its systems, its three warehouses and its customers."""

from dataclasses import dataclass

OMS = "/meridian/oms"
ERP = "/meridian/erp"
MIDDLEWARE = "/meridian/middleware"
STRANGE_APP = "/meridian/loyalty"
CURRENCY = "USD"


@dataclass(frozen=True, slots=True)
class Warehouse:
    """One 3PL's site. `source` is what its WMS calls itself, `carrier` the SCAC of who collects there."""

    partner: str
    partner_name: str
    site: str
    site_name: str
    region: str
    zone: str
    source: str
    carrier: str
    tracking_prefix: str


@dataclass(frozen=True, slots=True)
class Product:
    sku: str
    description: str
    uom: str
    unit_price: str


NORTHSTAR = Warehouse(
    "northstar", "NorthStar Logistics", "ATL-1", "Atlanta", "southeast", "America/New_York", "/northstar/wms", "UPSN", "1Z84E"
)
BLUEDOCK = Warehouse(
    "bluedock", "BlueDock Fulfilment", "RNO-1", "Reno", "west", "America/Los_Angeles", "/bluedock/wms", "FDEG", "7712"
)
POLARIS = Warehouse("polaris", "Polaris Cold", "CHI-1", "Chicago", "midwest", "America/Chicago", "/polaris/wms", "FXFE", "PC88")
WAREHOUSES = (NORTHSTAR, BLUEDOCK, POLARIS)
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
