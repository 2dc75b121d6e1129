"""Conditions of subjects that are no order: a transfer that does not arrive, a message that we cannot use, a partner that falls
silent. Pure: facts and hearings decide, never arrival."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from apps.contracts.facts import StampedFact, TransferEvent
from apps.exceptions.history import Course, Span, courses_in
from apps.exceptions.standing import VERIFIED, About, Evidence, Standing, evidence_of, together
from apps.exceptions.subjects.names import SILENCE, TRANSFER, Named, subject_of
from apps.orders.ordering import first_moment, happened_at, in_order_of_evidence
from apps.sla.calendars import NeverOpens, add_open_time
from apps.sla.policy import NOT_MEASURED, Context, Policy

if TYPE_CHECKING:
    from apps.exceptions.steps import Known

SLOT: Final = timedelta(minutes=15)  # hearings are kept by the quarter of an hour
# What no contract could be held against: nobody knows the type, nothing could be read, or we failed ourselves.
UNUSABLE: Final = frozenset({"unknown_type", "unreadable", "bad_text", "internal_error"})
UNMAPPED: Final = "bad_word"  # none of the words that a field may hold
_WORDS_LIMIT: Final = 500


def transfer_courses(
    named: Named, facts: Sequence[StampedFact], within_seconds: int, until: datetime
) -> tuple[list[Course], datetime | None]:
    """The courses of a transfer, and when it is to be looked at again: its due time while that is to come."""
    unique = in_order_of_evidence(facts)
    steps: list[Known] = []
    for moment in sorted({stamped.stamp.heard_at for stamped in unique if stamped.stamp.heard_at <= until}):
        heard = [stamped for stamped in unique if stamped.stamp.heard_at <= moment]
        steps.append((moment, together([*_transfer(named, heard, within_seconds)])))
    last = next(iter(steps[-1][1].values()), None) if steps else None
    due_at = last.due_at if last is not None and last.holds else None
    return courses_in(steps, until), due_at if due_at is not None and due_at > until else None


def _transfer(named: Named, facts: Sequence[StampedFact], within_seconds: int) -> Iterable[Standing]:
    shipped = [stamped for stamped in facts if stamped.name == "transfer.shipped"]
    received = first_moment([stamped for stamped in facts if stamped.name == "transfer.received"])
    left = first_moment(shipped)
    if left is None or (left_at := happened_at(left)) is None:
        return
    fact = shipped[0].fact
    assert isinstance(fact, TransferEvent)
    about = About(None, fact.to_site, reason=f"from {fact.from_site}, {_lines(len(fact.lines))}"[:_WORDS_LIMIT])
    due_at = left_at + timedelta(seconds=within_seconds)
    subject = subject_of(Named(TRANSFER, named.value))
    if received is None:
        yield Standing("TRANSFER_UNRECEIVED", subject, about, True, due_at)
    else:
        yield Standing("TRANSFER_UNRECEIVED", subject, about, False, due_at, VERIFIED, evidence_of(received))


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines"


class Refused(msgspec.Struct, frozen=True, array_like=True):
    """Why a message that came to us could not be used, and when it was heard. `replayed_at`: when somebody had it taken up
    again, for what was so until then."""

    code: str
    reason: str
    type: str
    heard_at: datetime
    replayed_at: datetime | None = None


def event_course(named: Named, refused: Refused | None, replays: Iterable[Refused], partner: str | None) -> Course | None:
    """The course of a message that could not be used: open while it cannot, and verified by the replay with which it could.

    Where it is used by now, its last replay was the one: what is used is not taken up again. None where it was never refused,
    as far as is kept.
    """
    subject = subject_of(named)
    if refused is not None:
        span = Span(refused.heard_at, None, Evidence(None, refused.heard_at, named.issuer, named.value))
        return Course(_code(refused), subject, (span,), _about(refused, partner))
    done = [each for each in replays if each.replayed_at is not None]
    last = max(done, key=lambda each: (each.replayed_at, each.code, each.reason), default=None)
    if last is None:
        return None
    opened_by = Evidence(None, last.heard_at, named.issuer, named.value)
    evidence = Evidence(None, last.replayed_at, named.issuer, named.value)
    span = Span(last.heard_at, None, opened_by, last.replayed_at, VERIFIED, evidence)
    return Course(_code(last), subject, (span,), _about(last, partner))


def _code(refused: Refused) -> str:
    if refused.code == UNMAPPED:
        return "CODE_UNMAPPED"
    return "DEAD_LETTER" if refused.code in UNUSABLE else "CONTRACT_VIOLATION"


def _about(refused: Refused, partner: str | None) -> About:
    return About(partner, reason=f"{refused.type}: {refused.reason}"[:_WORDS_LIMIT])


@dataclass(frozen=True, slots=True)
class Gap:
    """Two quarters of an hour in which a partner was heard, and none between. `last`: the earlier's start. `heard_at` and
    `source`: the first hearing in the later one, None for the one that has not come."""

    last: datetime
    heard_at: datetime | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Quiet:
    """What a partner's hearings come to. `fires_at`: when the silence that lasts is too long, while that is to come."""

    course: Course | None
    fires_at: datetime | None


Due = Callable[[datetime], datetime | None]


def silence(partner: str, gaps: Iterable[Gap], due: Due, until: datetime) -> Quiet:
    """When the partner was silent for too long. `due` tells by when somebody who was last heard at a moment has to be heard
    again; None: there is no such time."""
    spans = []
    fires_at = None
    for gap in sorted(gaps, key=lambda each: each.last):
        due_at = due(gap.last + SLOT)
        if due_at is None or (gap.heard_at is not None and gap.heard_at <= due_at):
            continue
        if due_at > until:
            fires_at = due_at if gap.heard_at is None else None
        elif gap.heard_at is None:
            spans.append(Span(due_at, due_at))
        else:
            evidence = Evidence(None, gap.heard_at, gap.source)
            spans.append(Span(due_at, due_at, None, gap.heard_at, VERIFIED, evidence))
    subject = subject_of(Named(SILENCE, partner))
    course = Course("PARTNER_SILENT", subject, tuple(spans), About(partner)) if spans else None
    return Quiet(course, fires_at)


def due_by(policy: Policy, partner: str, sites: Iterable[str], seconds: int) -> Due:
    """By when a partner has to be heard again: after so many seconds of its open time. Its hours are those of its own calendar,
    else of its sites', the slowest of them; without any it is always open. Paused partners owe no word."""

    def due(since: datetime) -> datetime | None:
        if policy.status_of(partner, since) in NOT_MEASURED:
            return None
        found = [_after(policy, owner, since, seconds) for owner in owners]
        return max((at for at in found if at is not None), default=None)

    owners = _owners(policy.calendars, partner, sites)
    return due


def _owners(calendars: Mapping[tuple[str, str], object], partner: str, sites: Iterable[str]) -> list[tuple[str, str]]:
    own = ("partner", partner)
    if own in calendars:
        return [own]
    return [("site", site) for site in sorted(sites) if ("site", site) in calendars] or [own]


def _after(policy: Policy, owner: tuple[str, str], since: datetime, seconds: int) -> datetime | None:
    kind, code = owner
    context = Context(partner=code) if kind == "partner" else Context(site=code)
    try:
        return add_open_time(policy.calendar_for(context, since), since, seconds)
    except NeverOpens:
        return None
