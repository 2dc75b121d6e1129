"""A case, an incident, its evidence and its past as they are shown: exact values."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from apps.console.access import Reader
from apps.console.pages.exceptions.evidence import clock_of, evidence_of
from apps.console.pages.exceptions.incidents import shown_incident
from apps.console.pages.exceptions.past import past_of, pieces_of
from apps.console.pages.exceptions.presenters import age_of, hours, listed_case, next_step
from apps.console.pages.exceptions.snoozing import moment_of, presets
from apps.console.pages.exceptions.wishes import said, said_of_many
from apps.console.times import Clock
from apps.exceptions.catalogue import Severity
from apps.exceptions.incidents import Evidence, Incident
from apps.exceptions.playbooks import Playbook
from apps.exceptions.queries import Case
from apps.exceptions.services import Wish
from apps.exceptions.standing import Evidence as Word
from apps.exceptions.story import Entry, Story
from apps.partners.discovery import DisplayNames
from apps.sla.calendars import Calendar, Opening
from apps.sla.clocks import Clock as Running
from apps.sla.clocks import Subject
from apps.sla.policy import Policy, default_policy
from apps.sla.settings_reading import CalendarVersion

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
CLOCK = Clock(NOW, ZoneInfo("UTC"))
FINANCE = Reader("fin-1", "finance", None, CLOCK)
PARTNER = Reader("north-1", "partner", "northstar", CLOCK)
NAMES = DisplayNames({"northstar": "NorthStar"}, {"ATL": "Atlanta"})
POLICY = default_policy("UTC")
OPENED = NOW - timedelta(hours=26)
CASE = Case(
    id="ab" * 16,
    key="cd" * 16,
    handle="SO-1",
    code="ACK_OVERDUE",
    state="new",
    severity=Severity.HIGH,
    team="partner_operations",
    assignee="",
    subject=Subject("leg", "L-1", "/mw"),
    episode=1,
    partner="northstar",
    site="ATL",
    region="EAST",
    worth=Decimal("1079.00"),
    currency="USD",
    reason="",
    opened_at=OPENED,
    due_at=OPENED,
    cleared_at=None,
    evidence_at=None,
    is_late_word=False,
    snoozed_until=None,
    resolved_by_hand_at=None,
    resolved_by="",
    resolution="",
    version=0,
    last_act_at=None,
    last_act_by="",
    comment_count=0,
    escalates_at=None,
    escalates_to="",
    incident=None,
    order="SO-1",
    customer_name="Meridian",
    promised_until=None,
    next_cut_off=NOW + timedelta(hours=3),
)


def office(zone: str = "UTC") -> Policy:
    """Partner operations works from 9 to 17, Monday to Friday."""
    hours_ = ((Opening("09:00", "17:00"),),) * 5 + ((), ())
    return replace(
        POLICY, calendars={("team", "partner_operations"): (CalendarVersion(None, Calendar(zone=zone, hours=hours_)),)}
    )


def test_a_row() -> None:
    shown = listed_case(CASE, FINANCE, NAMES, POLICY)
    assert (shown.type, shown.severity.word, shown.severity.tone) == ("Not acknowledged", "High", "high")
    assert shown.sentence == "NorthStar has not acknowledged release L-1, due yesterday 10:00"
    assert shown.in_short == "NorthStar has not acknowledged release L-1"
    assert (shown.subject, shown.order, shown.order_url) == ("Leg L-1", "SO-1", "/orders/SO-1/")
    assert (shown.url, shown.anchor) == (f"/exceptions/{'ab' * 16}/", f"case-{'ab' * 16}")
    assert (shown.customer, shown.worth, shown.where) == ("Meridian", "$1,079.00", "Atlanta")
    assert (shown.team, shown.assignee, shown.is_mine) == ("Partner operations", "", False)
    assert (shown.state.word, shown.note, shown.is_resolved) == ("New", "", False)
    assert shown.cut_off is not None
    assert (shown.cut_off.relative, shown.cut_off.short, shown.cut_off_is_near) == ("in 3 h", "4 Mar 15:00", True)


def test_the_partner_is_named_once() -> None:
    posting = replace(CASE, code="POSTING_OVERDUE", subject=Subject("shipment", "S-1"))
    assert listed_case(posting, FINANCE, NAMES, POLICY).where == "NorthStar, Atlanta"


def test_a_partner_sees_neither_money_nor_customer_nor_who_works_on_it() -> None:
    shown = listed_case(replace(CASE, assignee="ops-1", comment_count=2), PARTNER, NAMES, POLICY)
    assert (shown.worth, shown.customer, shown.assignee, shown.comments) == ("", "", "", 0)


@pytest.mark.parametrize(
    ("change", "word", "note"),
    [
        ({"state": "snoozed", "snoozed_until": NOW + timedelta(hours=21)}, "Snoozed", "until 5 Mar 09:00"),
        (
            {"state": "resolved_verified", "cleared_at": NOW, "is_late_word": True, "evidence_at": OPENED},
            "Resolved, verified",
            "late word",
        ),
        ({"state": "resolved_manual", "resolved_by_hand_at": NOW}, "Closed by hand", "4 Mar 12:00"),
        ({"escalates_at": NOW - timedelta(1), "escalates_to": "finance"}, "New", "escalated to Finance"),
        ({"escalates_at": NOW + timedelta(1), "escalates_to": "finance"}, "New", ""),
    ],
)
def test_the_note_beside_the_state(change: dict[str, object], word: str, note: str) -> None:
    shown = listed_case(replace(CASE, **change), FINANCE, NAMES, POLICY)  # type: ignore[arg-type]
    assert (shown.state.word, shown.note) == (word, note)


def test_what_is_shown_decides_the_revision_and_time_does_not() -> None:
    first = listed_case(CASE, FINANCE, NAMES, POLICY).revision
    later = Reader("fin-1", "finance", None, Clock(NOW + timedelta(hours=1), ZoneInfo("UTC")))
    assert listed_case(CASE, later, NAMES, POLICY).revision == first
    assert listed_case(replace(CASE, version=7), FINANCE, NAMES, POLICY).revision != first


def test_the_age_by_the_clock_and_in_business_hours() -> None:
    age = age_of(CASE, office(), FINANCE)  # Tuesday 10:00 to Wednesday 12:00
    assert (age.clock, age.business) == ("1 d 2 h", "10 h")
    assert age.title == (
        "Opened Tue 3 Mar 2026, 10:00:00 UTC. 1 d 2 h by the clock, 10 h of the business hours of Partner operations."
    )
    plain = age_of(CASE, POLICY, FINANCE)
    assert (plain.clock, plain.business) == ("1 d 2 h", "")
    assert plain.title.endswith("1 d 2 h by the clock, Partner operations has set no business hours: all of it counts.")


def test_the_age_of_what_is_over_ends_with_it() -> None:
    over = replace(CASE, state="resolved_verified", cleared_at=OPENED + timedelta(minutes=45))
    assert age_of(over, office(), FINANCE).clock == "45 m"
    assert age_of(over, office(), FINANCE).business == "45 m"


@pytest.mark.parametrize(
    ("seconds", "text"), [(59, "0 m"), (2_700, "45 m"), (5_400, "1 h 30 m"), (36_000, "10 h"), (4e6, "1,111 h")]
)
def test_business_time_is_told_in_hours(seconds: float, text: str) -> None:
    assert hours(seconds) == text


PLAYBOOK = Playbook("ACK_OVERDUE", ("Ask the partner.", "Send it again."), is_own=False)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({}, "Somebody of Partner operations takes it. Then: Ask the partner."),
        ({"assignee": "ops-1", "state": "in_progress"}, "Ask the partner."),
        ({"assignee": "ops-1", "state": "waiting"}, "Wait for NorthStar, who has been asked. Then: Ask the partner."),
        ({"state": "snoozed", "snoozed_until": NOW + timedelta(hours=1)}, "Nothing until 4 Mar 13:00. Then: Ask the partner."),
        ({"state": "resolved_verified", "cleared_at": NOW}, "Nothing: it is resolved."),
    ],
)
def test_the_next_step(change: dict[str, object], sentence: str) -> None:
    case = replace(CASE, **change)  # type: ignore[arg-type]
    assert next_step(case, listed_case(case, FINANCE, NAMES, POLICY), PLAYBOOK) == sentence
    assert next_step(case, listed_case(case, PARTNER, NAMES, POLICY), None) == ""


RUNNING = Running(
    "acknowledge", "acknowledge", "happened", CASE.subject, "northstar", "ATL",
    OPENED - timedelta(hours=1), OPENED - timedelta(hours=1) + timedelta(minutes=2), OPENED, OPENED,
)  # fmt: skip


def lines(case: Case, story: Story, clock: Running | None = RUNNING) -> list[tuple[str, str, str, str]]:
    shown = evidence_of(case, story, clock, FINANCE, {("/wms", "m1"): "/messages/7/"})
    return [(line.name, line.kind, line.at.short if line.at else "", line.note) for line in shown.lines]


def test_the_evidence_of_what_is_still_missing() -> None:
    assert lines(CASE, Story(())) == [
        ("Released: the clock starts", "happened", "3 Mar 09:00", "heard 2 m later"),
        ("Due", "overdue", "3 Mar 10:00", "Acknowledgement, 1 h after the start"),
        ("Nothing heard so far", "missing", "", "1 d 2 h after it was due"),
    ]
    shown = evidence_of(CASE, Story(()), RUNNING, FINANCE, {})
    assert shown.verdict == "Nobody can tell yet whether the work is late or only the word of it."
    assert shown.promise == "Commitment “Acknowledge”, judged by when it happened: a late word alone does not break it."


def test_the_evidence_of_a_late_word() -> None:
    happened, heard = OPENED - timedelta(minutes=10), OPENED + timedelta(hours=2)
    case = replace(CASE, state="resolved_verified", cleared_at=heard, evidence_at=happened, is_late_word=True)
    story = Story((), Word(happened, heard))
    assert lines(case, story)[1:] == [
        ("Due", "due", "3 Mar 10:00", "Acknowledgement, 1 h after the start"),
        ("Happened", "happened", "3 Mar 09:50", "in time"),
        ("Heard", "heard", "3 Mar 12:00", "heard 2 h 10 m later"),
    ]
    verdict = evidence_of(case, story, RUNNING, FINANCE, {}).verdict
    assert verdict == "Late word, not late work: it happened in time, and we heard of it 2 h 10 m later."


def test_the_evidence_of_bad_news_leads_to_its_message() -> None:
    case = replace(CASE, code="LEG_REJECTED", due_at=None)
    story = Story((Entry(OPENED, "opened", evidence=Word(OPENED - timedelta(minutes=5), OPENED, "/wms", "m1")),))
    shown = evidence_of(case, story, clock_of(case, [RUNNING]), FINANCE, {("/wms", "m1"): "/messages/7/"})
    assert [(line.name, line.note, line.message) for line in shown.lines] == [
        ("Happened", "", ""),
        ("Heard", "heard 5 m later, from /wms", "/messages/7/"),
    ]
    assert (shown.verdict, shown.promise) == ("", "")


def test_the_clock_of_a_case_is_that_of_its_type_and_subject() -> None:
    other = RUNNING.__class__(
        "acknowledge", "acknowledge", "happened", Subject("leg", "L-2"), None, None, OPENED, OPENED, OPENED, OPENED
    )
    assert clock_of(CASE, [other, RUNNING]) is RUNNING
    assert clock_of(replace(CASE, code="LEG_REJECTED"), [RUNNING]) is None
    hold = RUNNING.__class__("hold", "hold", "happened", Subject("hold", "H"), None, None, OPENED, OPENED, OPENED, OPENED)
    assert clock_of(replace(CASE, code="ORDER_HOLD", subject=Subject("order", "SO-1")), [hold]) is hold


@pytest.mark.parametrize(
    ("entry", "who", "said_", "tone"),
    [
        (Entry(NOW, "opened"), "", "Opened: it was due, and nothing had been heard", "late"),
        (Entry(NOW, "opened", evidence=Word(NOW, NOW)), "", "Opened by what was heard", "late"),
        (Entry(NOW, "cleared", reason="verified"), "", "Resolved, verified: what was missing was heard", "ok"),
        (Entry(NOW, "cleared", reason="obsolete"), "", "No longer wanted, or corrected", "wait"),
        (Entry(NOW, "regressed"), "", "Open again: 24 hours after it was closed by hand it is still true", "late"),
        (Entry(NOW, "escalated", to="finance"), "", "Went to Finance by the rules, since nobody had closed it in time", "risk"),
        (Entry(NOW, "claim", "ops-1"), "ops-1", "claimed it", "info"),
        (Entry(NOW, "assign", "ops-1", to="fin-1"), "ops-1", "gave it to you", "info"),
        (Entry(NOW, "assign", "ops-1"), "ops-1", "gave it to nobody", "info"),
        (Entry(NOW, "snooze", "ops-1", until=NOW + timedelta(1)), "ops-1", "put it to sleep until 5 Mar 12:00", "wait"),
        (Entry(NOW, "escalate", "ops-1", to="planning"), "ops-1", "escalated it to Planning", "risk"),
        (Entry(NOW, "resolve", "ops-1", reason="accepted"), "ops-1", "closed it by hand: accepted as it is", "ok"),
        (Entry(NOW, "of_tomorrow", "ops-1"), "ops-1", "of tomorrow", "info"),
    ],
)
def test_the_past_in_sentences(entry: Entry, who: str, said_: str, tone: str) -> None:
    (shown,) = past_of(Story((entry,)), FINANCE)
    assert (shown.who, shown.said, shown.tone) == (who, said_, tone)


def test_the_newest_comes_first() -> None:
    shown = past_of(Story((Entry(OPENED, "opened"), Entry(NOW, "claim", "a"))), FINANCE)
    assert [entry.said for entry in shown] == ["claimed it", "Opened: it was due, and nothing had been heard"]


def test_called_names_stand_apart() -> None:
    text = "@int-1 and @fin.a: mail a@b.c, not @"
    assert [(piece.text, piece.is_mention) for piece in pieces_of(text)] == [
        ("@int-1", True),
        (" and ", False),
        ("@fin.a", True),
        (": mail a@b.c, not @", False),
    ]
    assert pieces_of("") == ()


def test_an_incident() -> None:
    incident = Incident(
        "ef" * 16, "ACK_OVERDUE", "northstar", "ATL", "EAST", 14, Decimal("15396.50"), "USD",
        NOW - timedelta(hours=2), NOW - timedelta(hours=1, minutes=44), "partner_operations", Severity.HIGH,
    )  # fmt: skip
    shown = shown_incident(incident, FINANCE, NAMES, NOW + timedelta(hours=5))
    assert (shown.type, shown.title, shown.where) == ("Not acknowledged", "14 similar cases at NorthStar", "Atlanta")
    assert (shown.spread, shown.worth, shown.age, shown.team) == ("within 16 m", "$15,396.50", "2 h", "Partner operations")
    assert (shown.cut_off_is_near, shown.evidence) == (False, ())
    assert shown_incident(incident, PARTNER, NAMES, None).worth == ""
    at_once = replace(incident, last_opened_at=incident.first_opened_at, partner=None, site=None)
    assert shown_incident(at_once, FINANCE, NAMES, None).spread == "all at once"
    assert shown_incident(at_once, FINANCE, NAMES, None).title == "14 similar cases"
    silent = replace(incident, evidence=(Evidence(None, None, "northstar", "Partner silent: northstar", NOW, None),))
    assert shown_incident(silent, FINANCE, NAMES, None).title == "14 cases with one cause at NorthStar"


@pytest.mark.parametrize(
    ("assignees", "taken", "words", "is_mine"),
    [
        ((), 0, "", False),
        (("{me}",), 14, "you", True),
        (("{me}",), 3, "you; 11 of nobody yet", False),
        (("ada", "{me}"), 14, "you and ada", False),
        (("ada", "ben", "cid"), 13, "ada, ben and 1 more; 1 of nobody yet", False),
    ],
)
def test_who_works_an_incident(assignees: tuple[str, ...], taken: int, words: str, *, is_mine: bool) -> None:
    names = tuple(name.format(me=FINANCE.username) for name in assignees)
    incident = Incident(
        "ef" * 16, "ACK_OVERDUE", None, None, None, 14, None, None, NOW, NOW, "finance", Severity.HIGH, names, taken
    )  # fmt: skip
    shown = shown_incident(incident, FINANCE, NAMES, None)
    assert (shown.workers, shown.is_mine) == (words, is_mine)
    assert shown.revision != shown_incident(replace(incident, taken=1), FINANCE, NAMES, None).revision


ZURICH = Clock(
    datetime(2026, 3, 28, 22, 30, tzinfo=UTC), ZoneInfo("Europe/Zurich")
)  # Saturday 23:30; clocks change in the night


def test_how_long_to_sleep_in_ones_own_zone() -> None:
    assert [(preset.code, preset.key, preset.moment.astimezone(UTC)) for preset in presets(ZURICH)] == [
        ("1h", "1", datetime(2026, 3, 28, 23, 30, tzinfo=UTC)),
        ("4h", "2", datetime(2026, 3, 29, 2, 30, tzinfo=UTC)),
        ("tomorrow", "3", datetime(2026, 3, 29, 7, 0, tzinfo=UTC)),
        ("monday", "4", datetime(2026, 3, 30, 7, 0, tzinfo=UTC)),
    ]
    assert [preset.shown for preset in presets(ZURICH)][2:] == ["Sun 09:00", "Mon 09:00"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-30T09:15", datetime(2026, 3, 30, 7, 15, tzinfo=UTC)),
        ("2026-03-30T09:15:00+00:00", datetime(2026, 3, 30, 9, 15, tzinfo=UTC)),
        ("soon", None),
        ("", None),
    ],
)
def test_a_time_of_ones_own(text: str, moment: datetime | None) -> None:
    assert moment_of(text, ZURICH) == moment


def test_on_a_monday_the_next_one_is_a_week_away() -> None:
    monday = Clock(datetime(2026, 3, 2, 8, 0, tzinfo=UTC), ZoneInfo("UTC"))
    assert moment_of("monday", monday) == datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        (Wish("claim"), "Claimed"),
        (Wish("assign", to="ops-1"), "Assigned to ops-1"),
        (Wish("assign", to="fin-1"), "Assigned to you"),
        (Wish("assign"), "Given to nobody"),
        (Wish("snooze", until=NOW + timedelta(hours=21)), "Snoozed until Thu 5 Mar 09:00"),
        (Wish("escalate", to="finance"), "Escalated to Finance"),
        (Wish("resolve", reason="accepted"), "Resolved: accepted as it is"),
    ],
)
def test_what_was_done_in_a_few_words(wish: Wish, text: str) -> None:
    assert said(wish, FINANCE) == text


def test_what_was_done_to_many() -> None:
    assert said_of_many(Wish("claim"), 1_041, 1, FINANCE) == "Claimed: 1,041 cases, 1 refused"
    assert said_of_many(Wish("claim"), 1, 0, FINANCE) == "Claimed: 1 case"
