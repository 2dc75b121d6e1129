"""A case as a row of the truth: what docs/demo.md describes. Owners are PRODUCT.md's."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from apps.demo.truth.courses import VERIFIED, Interval

OWNERS: Final = {
    "ORDER_INVALID": "customer_service",
    "DUPLICATE_ORDER": "integration",
    "NOT_ALLOCATED": "planning",
    "BACKORDERED": "planning",
    "ORDER_HOLD": "finance",
    "NOT_RELEASED": "integration",
    "ACK_OVERDUE": "partner_operations",
    "LEG_REJECTED": "partner_operations",
    "SHIP_OVERDUE": "partner_operations",
    "SHORT_SHIP": "customer_service",
    "LEG_PROBLEM": "customer_service",
    "DELIVERY_OVERDUE": "customer_service",
    "DELIVERY_FAILED": "customer_service",
    "CANCEL_NOT_CONFIRMED": "customer_service",
    "POSTING_OVERDUE": "finance",
    "POSTING_FAILED": "integration",
    "NOT_INVOICED": "finance",
    "INVOICE_HOLD": "finance",
    "INVOICE_MISMATCH": "finance",
    "RETURN_NOT_CREDITED": "finance",
    "REFERENCE_CONFLICT": "integration",
    "PARTNER_SILENT": "integration",
    "CIRCUIT_OPEN": "integration",
    "QUEUE_BACKLOG": "integration",
    "DEAD_LETTER": "integration",
    "CONTRACT_VIOLATION": "integration",
}
ESCALATED: Final = {"POSTING_FAILED": ("finance", timedelta(hours=8))}

Row = dict[str, Any]


def row_of(  # noqa: PLR0913 - a row, field by field
    code: str,
    subject: tuple[str, str],
    case: Sequence[Interval],
    judged_at: datetime,
    *,
    order: str = "",
    causes: Sequence[str] = (),
    sender: str | None = None,
) -> Row:
    """The row of one case as of `judged_at`. `subject`: scheme and value. `sender`: who has to send at all what would keep the
    promise, a partner or anybody (""); None where nobody promised anything."""
    last = case[-1]
    evidence = {"occurred_at": last.happened_at, "heard_at": last.closed_at} if last.closed_as == VERIFIED else None
    return {
        "code": code,
        "subject": {"scheme": subject[0], "value": subject[1]},
        "order": order,
        "team": _team(code, case, judged_at),
        "due_at": last.due_at,
        "opens_at": case[0].opened_at,
        "closes_at": last.closed_at,
        "closed_as": last.closed_as or None,
        "late_word": last.is_late_word,
        "evidence": evidence,
        "intervals": [[each.opened_at, each.closed_at, each.closed_as or None] for each in case],
        "causes": list(causes),
        "sender": sender,
    }


def _team(code: str, case: Sequence[Interval], judged_at: datetime) -> str:
    """The owner, or whom the case has gone to since it was still open after so long."""
    to, after = ESCALATED.get(code, ("", timedelta(0)))
    goes_at, closed_at = case[0].opened_at + after, case[-1].closed_at
    return to if to and goes_at <= judged_at and (closed_at is None or closed_at > goes_at) else OWNERS[code]
