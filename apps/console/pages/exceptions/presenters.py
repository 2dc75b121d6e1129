"""One case as it is shown in the queue and at the head of its page. Pure: the case, the reader and the rules decide."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from typing import Final

from apps.console import words
from apps.console.access import Reader
from apps.console.times import HOUR, MINUTE, Instant, duration
from apps.core.paths import segment
from apps.exceptions.cases import RESOLVED_STATES
from apps.exceptions.catalogue import TEAMS, TYPES
from apps.exceptions.playbooks import Playbook
from apps.exceptions.queries import Case
from apps.exceptions.sentences import Listener, Trouble, how_it_ended, in_short, what_is_wrong
from apps.partners.discovery import DisplayNames
from apps.sla.calendars import open_seconds
from apps.sla.policy import Policy

CUT_OFF_IS_NEAR: Final = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Age:
    """How long a case has been open, or was. `business` is the owning team's open time, empty where it tells nothing new."""

    clock: str
    business: str
    title: str


@dataclass(frozen=True, slots=True)
class ListedCase:
    """`anchor` is the row's id in the page, `revision` changes with what is shown (not with passing time). `assignee` is
    empty while nobody has it, `order_url` for what belongs to no order; `note` says more about the state; `where` names the
    partner only where the sentence does not."""

    id: str
    url: str
    anchor: str
    revision: str
    version: int
    handle: str
    code: str
    type: str
    severity: words.Chip
    sentence: str
    in_short: str
    subject: str
    subject_value: str
    order: str
    order_url: str
    customer: str
    partner: str
    place: str
    where: str
    worth: str
    age: Age
    cut_off: Instant | None
    cut_off_is_near: bool
    team_code: str
    team: str
    assignee: str
    is_mine: bool
    state_code: str
    state: words.Chip
    note: str
    note_title: str
    comments: int
    is_resolved: bool
    incident: str


def listed_case(case: Case, reader: Reader, names: DisplayNames, policy: Policy) -> ListedCase:
    clock = reader.clock
    is_resolved = case.state in RESOLVED_STATES
    cut_off = None if is_resolved else case.next_cut_off
    note, note_title = _note(case, reader)
    partner = names.partners.get(case.partner or "", case.partner or "")
    place, short = names.sites.get(case.site or "", case.site or ""), in_short(trouble_of(case, partner))
    return ListedCase(
        id=case.id,
        url=f"/exceptions/{case.id}/",
        anchor=f"case-{case.id}",
        revision=_revision(case),
        version=case.version,
        handle=case.handle,
        code=case.code,
        type=type_title(case.code),
        severity=words.SEVERITY[case.severity],
        sentence=sentence_of(case, reader, partner),
        in_short=short,
        subject=f"{words.scheme(case.subject.scheme)} {case.subject.value}",
        subject_value=case.subject.value,
        order=case.order,
        order_url=f"/orders/{segment(case.handle)}/" if case.handle else "",
        customer=(case.customer_name or "") if reader.sees_customers else "",
        partner=partner,
        place=place,
        where=", ".join(part for part in ("" if partner in short else partner, place) if part),
        worth=words.money(case.worth, case.currency) if reader.sees_money else "",
        age=age_of(case, policy, reader),
        cut_off=clock.instant(cut_off) if cut_off else None,
        cut_off_is_near=cut_off is not None and cut_off - clock.now < CUT_OFF_IS_NEAR,
        team_code=case.team,
        team=TEAMS.get(case.team, case.team),
        assignee=case.assignee if reader.partner is None else "",
        is_mine=case.assignee == reader.username,
        state_code=case.state,
        state=words.chip(words.CASE_STATE, case.state),
        note=note,
        note_title=note_title,
        comments=case.comment_count if reader.partner is None else 0,
        is_resolved=is_resolved,
        incident=case.incident or "",
    )


def type_title(code: str) -> str:
    known = TYPES.get(code)
    return known.title if known else words.plain(code)


def sentence_of(case: Case, reader: Reader, partner: str) -> str:
    """What is wrong, as this reader is told it. `partner` is the name that people call it by."""
    return what_is_wrong(trouble_of(case, partner), Listener(reader.clock.now, reader.clock.zone))


def trouble_of(case: Case, partner: str) -> Trouble:
    return Trouble(case.code, case.subject, partner or None, case.due_at, case.reason, case.state in RESOLVED_STATES)


def ending_of(case: Case) -> str:
    """How it ended, empty while it is open."""
    return how_it_ended(
        case.state,
        due_at=case.due_at,
        evidence_at=case.evidence_at,
        ended_at=case.resolved_at,
        is_late_word=case.is_late_word,
        resolved_by=case.resolved_by,
        length=duration,
    )


def age_of(case: Case, policy: Policy, reader: Reader) -> Age:
    """By the clock and in the owning team's business time, from its opening to its end (now, while it is open)."""
    clock = reader.clock
    end = case.resolved_at or clock.now
    calendar = policy.team_calendar(case.team, case.opened_at)
    elapsed = max(0.0, (end - case.opened_at).total_seconds())
    worked = open_seconds(calendar, case.opened_at, end)
    team = TEAMS.get(case.team, case.team)
    has_hours = ("team", case.team) in policy.calendars
    told = (
        f"{duration(worked)} of the business hours of {team}"
        if has_hours
        else f"{team} has set no business hours: all of it counts"
    )
    business = hours(worked) if has_hours else ""
    opened = clock.instant(case.opened_at).exact.rpartition(",")[0]
    return Age(duration(elapsed), business, f"Opened {opened}. {duration(elapsed)} by the clock, {told}.")


def hours(seconds: float) -> str:
    """Business time is told in hours alone: a day of it is no day on the calendar."""
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} m"
    minutes = f" {int(seconds % HOUR // MINUTE):02d} m" if seconds < 10 * HOUR else ""
    return f"{int(seconds // HOUR):,} h{minutes}"


def _note(case: Case, reader: Reader) -> tuple[str, str]:
    """What stands beside the state, and its tooltip."""
    clock = reader.clock
    if case.state == "snoozed" and case.snoozed_until:
        instant = clock.instant(case.snoozed_until)
        return f"until {instant.short}", instant.exact
    if case.resolved_at is not None:
        instant = clock.instant(case.resolved_at)
        return ("late word" if case.is_late_word else instant.short), f"{ending_of(case)}. {instant.exact}"
    if case.escalates_to and case.escalates_at and reader.partner is None:
        instant = clock.instant(case.escalates_at)
        team = TEAMS.get(case.escalates_to, case.escalates_to)
        if case.escalates_at <= clock.now:
            return f"escalated to {team}", f"Escalated to {team} {instant.exact}"
        return "", f"Goes to {team} {instant.exact}"
    return "", ""


def _revision(case: Case) -> str:
    shown: tuple[object, ...] = (
        case.state,
        case.severity,
        case.team,
        case.assignee,
        case.worth,
        case.reason,
        case.due_at,
        case.resolved_at,
        case.snoozed_until,
        case.version,
        case.customer_name,
    )
    return blake2b(repr(shown).encode(), digest_size=6).hexdigest()


def cases_in_words(count: int, at_most: int | None = None) -> str:
    return f"{at_most:,}+ cases" if at_most is not None and count > at_most else words.count_of(count, "case")


def next_step(case: Case, shown: ListedCase, playbook: Playbook | None) -> str:
    """What is to happen now, in one sentence; empty for a reader who is not to be told."""
    if playbook is None:
        return ""
    if shown.is_resolved:
        return "Nothing: it is resolved."
    first = playbook.steps[0] if playbook.steps else "Find out what is wrong."
    if case.state == "snoozed":
        return f"Nothing {shown.note}. Then: {first}"
    if case.state == "waiting":
        return f"Wait for {shown.partner or 'the partner'}, who has been asked. Then: {first}"
    if not case.assignee:
        return f"Somebody of {shown.team} takes it. Then: {first}"
    return first
