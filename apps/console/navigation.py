"""Which pages a role is offered, in which order: only pages that exist and that the role may open."""

from dataclasses import dataclass

from django.conf import settings

from apps.accounts.roles import Permission, may


@dataclass(frozen=True, slots=True)
class NavigationItem:
    name: str
    url: str
    icon: str
    permission: Permission | None
    group: str = ""
    only_in_demo: bool = False
    counts_mine: bool = False  # shows how many open exceptions are the reader's own


ITEMS = (
    NavigationItem("Orders", "/orders/", icon="package", permission=Permission.SEE_ORDERS),
    NavigationItem("Exceptions", "/exceptions/", icon="siren", permission=Permission.SEE_EXCEPTIONS, counts_mine=True),
    NavigationItem("Release status", "/release-status/", icon="warehouse", permission=Permission.SEE_ORDERS),
    NavigationItem("Pipeline", "/pipeline/", icon="activity", permission=Permission.SEE_PIPELINE, group="Integration"),
    NavigationItem("Messages", "/messages/", icon="inbox", permission=Permission.SEE_MESSAGES, group="Integration"),
    NavigationItem("Sources", "/sources/", icon="radio-tower", permission=Permission.SEE_SOURCES, group="Integration"),
    NavigationItem("Contracts", "/contracts/", icon="file-braces", permission=Permission.SEE_CONTRACTS, group="Integration"),
    NavigationItem(
        "Sandbox", "/demo/", icon="truck", permission=Permission.SEE_SOURCES, group="Integration", only_in_demo=True
    ),
    NavigationItem(
        "Outgoing",
        "/notifications/deliveries/",
        icon="send",
        permission=Permission.SEE_DELIVERIES,
        group="Integration",
    ),
    NavigationItem("Commitments", "/commitments/", icon="handshake", permission=Permission.SEE_RULES, group="Rules"),
    NavigationItem("Calendars", "/calendars/", icon="calendar-clock", permission=Permission.SEE_RULES, group="Rules"),
    NavigationItem("Ownership", "/ownership/", icon="route", permission=Permission.SEE_RULES, group="Rules"),
    NavigationItem("Audit log", "/audit/", icon="shield-check", permission=Permission.SEE_AUDIT, group="Settings"),
    NavigationItem("My account", "/account/", icon="user-cog", permission=None, group="Settings"),
)


@dataclass(frozen=True, slots=True)
class NavigationGroup:
    """A heading (empty for the first) and its pages; `current` marks the page that is open."""

    name: str
    items: tuple[tuple[NavigationItem, bool], ...]


def navigation(role: str, path: str) -> tuple[NavigationGroup, ...]:
    """The groups for `role`, the page that `path` lies in marked."""
    groups: dict[str, list[tuple[NavigationItem, bool]]] = {}
    for item in ITEMS:
        if item.only_in_demo and settings.DEMO != "live":
            continue
        if item.permission is None or may(role, item.permission):
            groups.setdefault(item.group, []).append((item, path.startswith(item.url)))
    return tuple(NavigationGroup(name, tuple(items)) for name, items in groups.items())
