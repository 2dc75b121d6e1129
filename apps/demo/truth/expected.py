"""Which exceptions of an order must open and close, when and whose: every commitment of the sandbox, and every piece of bad
news, held against what was heard as time went by, fault or no fault. One row a case; docs/demo.md describes it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from apps.demo.truth.courses import VERIFIED, Over, Question, Standing, cases, intervals
from apps.demo.truth.looking import Look, moments_of
from apps.demo.truth.news import news_of
from apps.demo.truth.promises import promises_of
from apps.demo.truth.rows import Row, row_of
from apps.demo.truth.seen import Seen
from apps.demo.truth.twins import duplicates_of, hearings_of

Claims = Sequence[tuple[str, datetime]]  # a shipment that two orders claim, and since when
Kept = tuple[str, str]  # the type of a promise, and who has sent what keeps it: a partner, or anybody ("")


@dataclass(slots=True)
class Expected:
    """The cases of an order, and which promises somebody is known to keep: a promise counts only where what would keep it is
    sent at all."""

    rows: list[Row] = field(default_factory=list)
    kept: set[Kept] = field(default_factory=set)


NOTHING: Final = Expected()


def expected_of(seen: Seen, claims: Claims, twins: Sequence[Seen], judged_at: datetime) -> Expected:
    """The order's cases as of `judged_at`, by what had been told by `seen.until`. `twins` are the orders with the same wish."""
    elsewhere = [since for _, since in claims] + hearings_of(twins)
    looks = [Look(seen.at(moment)) for moment in moments_of(seen, elsewhere)]
    if not looks:
        return NOTHING
    questions = [*promises_of(seen.order), *news_of(seen.order), *(_claimed(*claim) for claim in claims)]
    questions += duplicates_of(seen, twins)
    return Expected(
        [row for question in questions for row in _rows(seen, question, looks, judged_at)],
        {(each.code, each.sender) for each in questions if each.sender is not None and _is_kept(each, looks[-1])},
    )


def _rows(seen: Seen, question: Question, looks: Sequence[Look], judged_at: datetime) -> Iterator[Row]:
    subject, order, causes = (question.scheme, question.value), seen.order.number, _causes(seen, question.value)
    for case in cases(intervals(question.ask, looks, judged_at)):
        yield row_of(question.code, subject, case, judged_at, order=order, causes=causes, sender=question.sender)


def _is_kept(question: Question, look: Look) -> bool:
    """Whether the promise was kept, late or not, by the very word that it waits for."""
    standing = question.ask(look)
    return standing is not None and standing.over().as_what == VERIFIED and question.is_said(look)


def _claimed(shipment: str, since: datetime) -> Question:
    def ask(look: Look) -> Standing | None:
        return Standing(None, Over) if look.at >= since else None

    return Question("REFERENCE_CONFLICT", "shipment", shipment, ask)


def _causes(seen: Seen, value: str) -> list[str]:
    """The faults that touch the subject: where there is none, it is the business itself that is late."""
    return sorted({fault.fault for fault in seen.order.injected if value in (fault.leg, fault.shipment, fault.order)})
