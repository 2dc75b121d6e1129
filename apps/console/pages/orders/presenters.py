"""One order of the list as it is shown. Pure: the row and the reader decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from types import MappingProxyType

from apps.console import words
from apps.console.access import Reader
from apps.console.times import Instant, duration, roughly
from apps.core.paths import segment
from apps.exceptions.catalogue import TEAMS
from apps.exceptions.queries import OpenCases
from apps.orders.lateness import is_late_row
from apps.orders.queries import OrderRow


@dataclass(frozen=True, slots=True)
class Lateness:
    """How the promise stands. `tone` is late, risk, ok or empty."""

    text: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """`anchor` is the row's id in the page, `revision` changes with what is shown (not with passing time)."""

    handle: str
    order: str
    url: str
    anchor: str
    revision: str
    customer: str
    status: words.Chip
    overlays: tuple[words.Chip, ...]
    promised: str
    lateness: Lateness
    money: words.Chip | None
    value: str
    partners: str
    all_partners: str
    region: str
    heard: Instant | None
    exceptions: "OpenExceptions | None"


@dataclass(frozen=True, slots=True)
class OpenExceptions:
    """The order's open exceptions in brief: how grave, who has them, and where they are."""

    severity: words.Chip
    owner: str
    more: str
    title: str
    url: str


def lateness_of(
    promised_until: datetime | None, completed_at: datetime | None, now: datetime, *, is_late: bool, is_closed: bool
) -> Lateness:
    """How late the promise is, or how long there is left; nothing for closed orders and for kept promises."""
    if promised_until is None or is_closed:
        return Lateness()
    if is_late:
        return Lateness(f"{duration((completed_at or now) - promised_until)} late", "late")
    if completed_at is not None:
        return Lateness("kept", "ok")
    left = promised_until - now
    return Lateness(f"{roughly(left.total_seconds())} left", "risk" if left.total_seconds() < 86_400 else "")


def listed_order(
    row: OrderRow,
    reader: Reader,
    names: Mapping[str, str],
    cases: Mapping[str, OpenCases] = MappingProxyType({}),
    *,
    is_at_risk: bool = False,
) -> ListedOrder:
    """`names` are those of the partners, by code; `cases` the orders' open exceptions, by handle. `is_at_risk`: one of its
    promises is."""
    now = reader.clock.now
    is_late = is_late_row(row, now)
    overlays = [overlay for overlay in row.overlays if overlay not in {"late", "at_risk"}] + ["at_risk"] * is_at_risk
    partners = row.partners if reader.partner is None else (reader.partner,)
    partners = tuple(names.get(partner, partner) for partner in partners)
    return ListedOrder(
        handle=row.handle,
        order=row.order,
        url=f"/orders/{segment(row.handle)}/",
        anchor="order-" + blake2b(row.handle.encode(), digest_size=6).hexdigest(),
        revision=_revision(row, cases.get(row.handle), is_late=is_late, is_at_risk=is_at_risk),
        customer=(row.customer_name or row.customer_id or "") if reader.sees_customers else "",
        status=words.chip(words.STATUS, row.status),
        overlays=tuple(words.chip(words.OVERLAY, overlay) for overlay in overlays),
        promised=reader.clock.claimed(row.promised_date),
        lateness=lateness_of(
            row.promised_until, row.completed_at, now, is_late=is_late, is_closed=row.status in {"cancelled", "rejected"}
        ),
        money=words.chip(words.MONEY, row.money) if reader.sees_money and row.money not in {"", "none"} else None,
        value=words.money(row.value, row.currency) if reader.sees_money else "",
        partners=_partners(partners),
        all_partners=", ".join(partners),
        region=row.region or "",
        heard=reader.clock.instant(row.last_heard_at) if row.last_heard_at and reader.partner is None else None,
        exceptions=open_exceptions(cases[row.handle], row.handle) if row.handle in cases else None,
    )


def open_exceptions(found: OpenCases, handle: str) -> OpenExceptions:
    severity, count = words.SEVERITY[found.severity], words.count_of(found.count, "open exception")
    return OpenExceptions(
        severity=severity,
        owner=TEAMS.get(found.team, found.team),
        more=f"+{found.count - 1}" if found.count > 1 else "",
        title=f"{count}, the gravest of {severity.word.lower()} severity",
        url=f"/orders/{segment(handle)}/#exceptions",
    )


def _partners(partners: tuple[str, ...]) -> str:
    if not partners:
        return ""
    first = words.middle(partners[0], 20)
    return first if len(partners) == 1 else f"{first} +{len(partners) - 1}"


def _revision(row: OrderRow, cases: OpenCases | None, *, is_late: bool, is_at_risk: bool) -> str:
    of_now = (is_late, is_at_risk, cases)
    shown = (row.status, row.overlays, row.money, row.value, row.promised_date, row.partners, row.last_heard_at, *of_now)
    return blake2b(repr(shown).encode(), digest_size=6).hexdigest()
