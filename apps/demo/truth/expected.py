"""Which exceptions must open and close, when and whose: every commitment of the sandbox, and every piece of bad news, held
against what was heard as time went by, fault or no fault. One row a case; docs/demo.md describes it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from apps.demo.truth.courses import VERIFIED, Interval, Over, Question, Standing, cases, intervals
from apps.demo.truth.looking import Look, moments_of
from apps.demo.truth.news import news_of
from apps.demo.truth.promises import promises_of
from apps.demo.truth.seen import Seen

OWNERS: Final = {  # PRODUCT.md's
    "ORDER_INVALID": "customer_service",
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
}
ESCALATED: Final = {"POSTING_FAILED": ("finance", timedelta(hours=8))}

Row = dict[str, Any]
Claims = Sequence[tuple[str, datetime]]  # a shipment that two orders claim, and since when


def expected_of(seen: Seen, claims: Claims, judged_at: datetime) -> Iterator[Row]:
    """The order's cases as of `judged_at`, by what had been told by `seen.until`."""
    looks = [Look(seen.at(moment)) for moment in moments_of(seen, [since for _, since in claims])]
    questions = [*promises_of(seen.order), *news_of(seen.order), *(_claimed(*claim) for claim in claims)]
    for question in questions:
        for case in cases(intervals(question.ask, looks, judged_at)):
            yield _row(seen, question, case, judged_at)


def _claimed(shipment: str, since: datetime) -> Question:
    def ask(look: Look) -> Standing | None:
        return Standing(None, Over) if look.at >= since else None

    return Question("REFERENCE_CONFLICT", "shipment", shipment, ask)


def _row(seen: Seen, question: Question, case: Sequence[Interval], judged_at: datetime) -> Row:
    last = case[-1]
    evidence = {"occurred_at": last.happened_at, "heard_at": last.closed_at} if last.closed_as == VERIFIED else None
    return {
        "code": question.code,
        "subject": {"scheme": question.scheme, "value": question.value},
        "order": seen.order.number,
        "team": _team(question.code, case, judged_at),
        "due_at": last.due_at,
        "opens_at": case[0].opened_at,
        "closes_at": last.closed_at,
        "closed_as": last.closed_as or None,
        "late_word": last.is_late_word,
        "evidence": evidence,
        "intervals": [[each.opened_at, each.closed_at, each.closed_as or None] for each in case],
        "causes": _causes(seen, question.value),
    }


def _team(code: str, case: Sequence[Interval], judged_at: datetime) -> str:
    """The owner, or whom the case has gone to since it was still open after so long."""
    to, after = ESCALATED.get(code, ("", timedelta(0)))
    goes_at, closed_at = case[0].opened_at + after, case[-1].closed_at
    return to if to and goes_at <= judged_at and (closed_at is None or closed_at > goes_at) else OWNERS[code]


def _causes(seen: Seen, value: str) -> list[str]:
    """The faults that touch the subject: where there is none, it is the business itself that is late."""
    return sorted({fault.fault for fault in seen.order.injected if value in (fault.leg, fault.shipment, fault.order)})
