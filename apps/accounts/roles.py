"""Roles, and the one matrix of what each may see and do. Published by `manage.py` as docs/permissions.md."""

from enum import StrEnum


class Role(StrEnum):
    CUSTOMER_SERVICE = "customer_service"
    FINANCE = "finance"
    MANAGER = "manager"
    PARTNER_OPERATIONS = "partner_operations"
    INVENTORY_CONTROL = "inventory_control"
    INTEGRATION = "integration"
    ADMINISTRATOR = "administrator"
    PARTNER = "partner"


class Permission(StrEnum):
    """What a page, a field or an act asks for."""

    SEE_ORDERS = "see_orders"
    SEE_ALL_PARTNERS = "see_all_partners"  # without it: only the user's own partner's legs
    SEE_MONEY = "see_money"
    SEE_CUSTOMERS = "see_customers"
    SEE_MESSAGES = "see_messages"  # raw messages and the message search
    SEE_UNMATCHED = "see_unmatched"  # messages that belong to no order yet, quarantine, conflicts
    SEE_CONTRACTS = "see_contracts"
    SEE_SOURCES = "see_sources"
    ADMINISTER = "administer"  # users, roles, credentials


_STAFF = frozenset(
    {
        Permission.SEE_ORDERS,
        Permission.SEE_ALL_PARTNERS,
        Permission.SEE_MONEY,
        Permission.SEE_CUSTOMERS,
        Permission.SEE_MESSAGES,
        Permission.SEE_CONTRACTS,
    }
)
MATRIX: dict[Role, frozenset[Permission]] = {
    Role.CUSTOMER_SERVICE: _STAFF,
    Role.FINANCE: _STAFF,
    Role.MANAGER: _STAFF,
    Role.PARTNER_OPERATIONS: _STAFF,
    Role.INVENTORY_CONTROL: _STAFF,
    Role.INTEGRATION: _STAFF | {Permission.SEE_UNMATCHED, Permission.SEE_SOURCES},
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.PARTNER: frozenset({Permission.SEE_ORDERS, Permission.SEE_MESSAGES, Permission.SEE_CONTRACTS}),
}


_KNOWN: frozenset[str] = frozenset(role.value for role in Role)


def may(role: str, permission: Permission) -> bool:
    """True when the matrix gives `permission` to `role`; an unknown role may nothing."""
    return role in _KNOWN and permission in MATRIX[Role(role)]
