"""What the sample needs before it speaks: people with known passwords, partners and sites by name, credentials."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.accounts.services import create_user
from apps.acts.settings import put_all, settings_of
from apps.core.errors import DistSyncError, Unauthenticated
from apps.demo.feed import Tokens
from apps.demo.memory import write_private
from apps.demo.world.hours import WORKING_DAYS, Hours
from apps.demo.world.network import CARRIERS, ERP, MIDDLEWARE, OMS, REGIONS, STRANGE_APP, SYSTEMS, WAREHOUSES
from apps.partners.models import Credential, Partner, Region, Site, Source, System
from apps.partners.services import assign_source, authenticate, create_credential, rotate

CREDENTIALS = {"demo-history": True, "demo-live": False}  # name -> may send history


class DemoOffError(DistSyncError):
    """Asked for the sample in a system that is to have none."""

    problem, title, status = "urn:distsync:problem:demo-off", "No sample here", 409


@dataclass(frozen=True, slots=True)
class Login:
    username: str
    role: Role
    team: str = ""
    partner: str = ""

    @property
    def password(self) -> str:
        """Known to everybody who reads this: the sample is for a look, never for real orders."""
        return f"{self.username}-demo"


LOGINS = (
    Login("cs-1", Role.CUSTOMER_SERVICE, "customer_service"),
    Login("fin-1", Role.FINANCE, "finance"),
    Login("mgr-1", Role.MANAGER),
    Login("ops-1", Role.PARTNER_OPERATIONS, "partner_operations"),
    Login("inv-1", Role.INVENTORY_CONTROL, "inventory_control"),
    Login("int-1", Role.INTEGRATION, "integration"),
    Login("admin", Role.ADMINISTRATOR),
    Login("partner-northstar", Role.PARTNER, partner="northstar"),
)


def is_demo() -> bool:
    """Whether this system shows the sandbox."""
    return bool(settings.DEMO == "live")


def require_demo() -> None:
    """Raises DemoOffError unless this system is to show the sandbox."""
    if not is_demo():
        raise DemoOffError("The sample is off here: set DISTSYNC_DEMO=live, on a system that holds no real orders.")


def seed(now: datetime) -> list[str]:
    """Makes what is missing and leaves the rest; the names of the users that were made."""
    with transaction.atomic():
        name_the_network()
        set_calendars(now)
        made = [login.username for login in LOGINS if _make_user(login)]
    keep_tokens(now)
    return made


def _make_user(login: Login) -> bool:
    if User.objects.filter(username=login.username).exists():
        return False
    create_user(login.username, role=login.role, team=login.team, partner=login.partner, password=login.password)
    return True


def name_the_network() -> None:
    """Partners, sites with their zones, systems and sources: what somebody would set up before the first message."""
    for code, name in REGIONS.items():
        _complete(Region, code, name=name)
    for code, (name, kind) in SYSTEMS.items():
        _complete(System, code, name=name, kind=kind)
    for warehouse in WAREHOUSES:
        _complete(Partner, warehouse.partner, name=warehouse.partner_name)
        about = {"partner": warehouse.partner, "region": warehouse.region, "zone": warehouse.zone}
        _complete(Site, warehouse.site, name=warehouse.site_name, **about)
    owners = {warehouse.source: warehouse.partner for warehouse in WAREHOUSES}
    for source in (OMS, ERP, MIDDLEWARE, STRANGE_APP, *CARRIERS.values(), *owners):
        if not Source.objects.filter(name=source, is_discovered=False).exists():
            assign_source(source, partner=owners.get(source))


def set_calendars(now: datetime) -> None:
    """The sites' hours, cut-offs and ship days, as somebody would set them on the partner's page; what is set stays."""
    standing = settings_of(["calendar"])
    wanted = {("calendar", f"site:{warehouse.site}"): _calendar(warehouse.hours) for warehouse in WAREHOUSES}
    missing = {key: value for key, value in wanted.items() if key not in standing}
    if missing:
        put_all(missing, who="sandbox", reason="The hours of the sandbox's warehouses.", now=now)


def _calendar(hours: Hours) -> dict[str, object]:
    opening = [{"opens": f"{hours.opens:%H:%M}", "closes": f"{hours.closes:%H:%M}"}]
    days = [opening if weekday in WORKING_DAYS else [] for weekday in range(7)]
    calendar = {"zone": hours.zone, "hours": days, "cut_off": f"{hours.cut_off:%H:%M}", "ship_days": list(hours.ship_days)}
    return {"versions": [{"effective_from": None, "calendar": calendar}]}


def _complete(model: type[Region | System | Partner | Site], code: str, **about: str) -> None:
    """Names what is new or only discovered; what somebody has edited stays as it is."""
    row = model.objects.filter(code=code).first()
    if row is None or row.is_discovered:
        model.objects.update_or_create(code=code, defaults={**about, "is_discovered": False})


def tokens_path() -> Path:
    return settings.DATA_DIR / "demo-credentials.json"


def read_tokens() -> Tokens | None:
    """The sample's own tokens, None where they were never kept."""
    try:
        kept = json.loads(tokens_path().read_text())
        return Tokens(kept["demo-history"], kept["demo-live"])
    except (FileNotFoundError, ValueError, KeyError):
        return None


def keep_tokens(now: datetime) -> Tokens:
    """Tokens that open the door, made anew where those that are kept do not."""
    kept = read_tokens()
    if kept is not None and all(_opens(token, now) for token in (kept.history, kept.live)):
        return kept
    made = {name: _token(name, now, is_history=is_history) for name, is_history in CREDENTIALS.items()}
    write_private(tokens_path(), json.dumps(made))
    return Tokens(made["demo-history"], made["demo-live"])


def _token(name: str, now: datetime, *, is_history: bool) -> str:
    if Credential.objects.filter(name=name, is_active=True).exists():
        return rotate(name, now=now)
    return create_credential(name, doors=["events"], may_send_history=is_history)


def _opens(token: str, now: datetime) -> bool:
    try:
        authenticate(token, "events", now)
    except Unauthenticated:
        return False
    return True
