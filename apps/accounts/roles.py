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
    """What a page, a field or an act asks for. MEANINGS says each in words."""

    SEE_ORDERS = "see_orders"
    SEE_ALL_PARTNERS = "see_all_partners"
    SEE_MONEY = "see_money"
    SEE_CUSTOMERS = "see_customers"
    SEE_MESSAGES = "see_messages"
    SEE_UNMATCHED = "see_unmatched"
    SEE_CONTRACTS = "see_contracts"
    SEE_EXCEPTIONS = "see_exceptions"
    COMMENT_EXCEPTIONS = "comment_exceptions"
    WORK_EXCEPTIONS = "work_exceptions"
    BULK_EXCEPTIONS = "bulk_exceptions"
    EDIT_PLAYBOOKS = "edit_playbooks"
    SEE_SOURCES = "see_sources"
    SEE_PIPELINE = "see_pipeline"
    SEE_DELIVERIES = "see_deliveries"
    SEE_AUDIT = "see_audit"
    SEE_RULES = "see_rules"
    CHANGE_RULES = "change_rules"
    ADMINISTER = "administer"


MEANINGS: dict[Permission, str] = {
    Permission.SEE_ORDERS: "orders, their legs and timelines, and partners",
    Permission.SEE_ALL_PARTNERS: "the legs of every partner; without it only those of the user's own partner",
    Permission.SEE_MONEY: "values, prices, postings and invoices",
    Permission.SEE_CUSTOMERS: "customers' names and numbers",
    Permission.SEE_MESSAGES: "raw messages of the orders (and legs) that the role sees, and the search over them",
    Permission.SEE_UNMATCHED: "messages that belong to no order yet, are ambiguous, quarantined or in conflict",
    Permission.SEE_CONTRACTS: "contracts with their schemas and examples",
    Permission.SEE_EXCEPTIONS: "exceptions with their history; a partner's user those of its own work",
    Permission.COMMENT_EXCEPTIONS: "commenting on exceptions",
    Permission.WORK_EXCEPTIONS: "claiming, assigning, snoozing, escalating, resolving and reopening exceptions",
    Permission.BULK_EXCEPTIONS: "working many exceptions at once",
    Permission.EDIT_PLAYBOOKS: "the next steps that each type of exception shows",
    Permission.SEE_SOURCES: "sources and their credentials",
    Permission.SEE_PIPELINE: "DistSync's own pipeline: backlog, rates and freshness, by source and worker",
    Permission.SEE_DELIVERIES: "notifications that left by e-mail and webhook, what became of them, and sending them again",
    Permission.SEE_AUDIT: "the audit log: what people did, to what, when and why",
    Permission.SEE_RULES: "commitments, calendars, ownership rules and their history",
    Permission.CHANGE_RULES: "change commitments, calendars, ownership rules, where partners stand and what teams are told",
    Permission.ADMINISTER: "users, roles and credentials: see and change",
}


_STAFF = frozenset(
    {
        Permission.SEE_ORDERS,
        Permission.SEE_ALL_PARTNERS,
        Permission.SEE_MONEY,
        Permission.SEE_CUSTOMERS,
        Permission.SEE_MESSAGES,
        Permission.SEE_UNMATCHED,
        Permission.SEE_CONTRACTS,
        Permission.SEE_EXCEPTIONS,
        Permission.WORK_EXCEPTIONS,
        Permission.COMMENT_EXCEPTIONS,
        Permission.BULK_EXCEPTIONS,
        Permission.SEE_RULES,
    }
)
# Who decides by which rules others work.
_RULES = frozenset({Permission.SEE_PIPELINE, Permission.SEE_AUDIT, Permission.EDIT_PLAYBOOKS, Permission.CHANGE_RULES})
MATRIX: dict[Role, frozenset[Permission]] = {
    Role.CUSTOMER_SERVICE: _STAFF,
    Role.FINANCE: _STAFF,
    Role.MANAGER: _STAFF | _RULES,
    Role.PARTNER_OPERATIONS: _STAFF,
    Role.INVENTORY_CONTROL: _STAFF,
    Role.INTEGRATION: _STAFF | _RULES | {Permission.SEE_SOURCES, Permission.SEE_DELIVERIES},
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.PARTNER: frozenset(
        {
            Permission.SEE_ORDERS,
            Permission.SEE_MESSAGES,
            Permission.SEE_CONTRACTS,
            Permission.SEE_EXCEPTIONS,
            Permission.COMMENT_EXCEPTIONS,
        }
    ),
}


_KNOWN: frozenset[str] = frozenset(role.value for role in Role)


def may(role: str, permission: Permission) -> bool:
    """True when the matrix gives `permission` to `role`; an unknown role may nothing."""
    return role in _KNOWN and permission in MATRIX[Role(role)]
