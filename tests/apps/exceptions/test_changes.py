"""Calendars, partners, ownership and what is measured: a change is an act, is judged, and is refused to whoever saw less."""

from datetime import timedelta
from typing import Any

import pytest

from apps.acts import settings as kept
from apps.core.errors import Conflict, Unreadable
from apps.exceptions import measured
from apps.exceptions.changes import Changed, set_calendar, set_measured, set_ownership, set_partner_status
from tests import messages as m
from tests.apps.exceptions.ruling import by, clocks, differing, escalations, hours, settle, teams, waiting

ATLANTA = "site:ATL"
EARLY = {"SO-1-A": ("acknowledge", "70"), "SO-1-B": ("acknowledge", "71")}  # released at minute 10 and 11, due in an hour


def late_story(order: str, minute: int) -> list[Any]:
    """A leg that is released and never heard of again."""
    lines = [m.line("1", "GLV", 4, unit_price="10")]
    leg = {"order": order, "leg": f"{order}-A", "partner": "northstar", "site": "ATL"}
    return [
        m.message("order.placed", m.OMS, minute=minute, order=order, lines=lines),
        m.message("leg.released", m.MIDDLEWARE, minute=minute, lines=lines, **leg),
    ]


def test_a_calendar_that_always_held_judges_every_order_again(transactional_db: None) -> None:
    m.tell(*m.order_story(), *late_story("SO-2", 20))
    assert clocks("acknowledge") == EARLY | {"SO-2-A": ("acknowledge", "80")}
    changed = set_calendar(ATLANTA, hours("10:00", "18:00"), effective_from=None, author=by("The hours of the new contract."))
    assert (changed.asked, waiting()) == (2, 2)
    settle()
    assert clocks("acknowledge") == {
        "SO-1-A": ("acknowledge", "180"),
        "SO-1-B": EARLY["SO-1-B"],
        "SO-2-A": ("acknowledge", "180"),
    }
    assert differing() == []
    (change,) = kept.history("calendar", ATLANTA)
    assert (change.who, change.reason, change.position) == ("ada", "The hours of the new contract.", changed.position)


def test_a_calendar_from_a_time_on_leaves_older_clocks_as_they_were(transactional_db: None) -> None:
    m.tell(*m.order_story("SO-1"), *late_story("SO-2", 3_000))
    since = m.START + timedelta(minutes=2_000)
    set_calendar(ATLANTA, hours("00:00", "24:00"), effective_from=None, author=by())
    settle()
    changed = set_calendar(ATLANTA, hours("11:00", "18:00"), effective_from=since, author=by())
    assert changed.asked == 1, "the last word about the other came a day before"
    settle()
    assert clocks("acknowledge") == EARLY | {"SO-2-A": ("acknowledge", "3120")}
    assert differing() == []
    changed = set_calendar(ATLANTA, None, effective_from=since, author=by("Moved."))
    settle()
    assert clocks("acknowledge") == EARLY | {"SO-2-A": ("acknowledge", "3060")}
    assert differing() == []
    assert [version["calendar"] is None for version in kept.settings_of(["calendar"])["calendar", ATLANTA]["versions"]] == [
        False,
        True,
    ]


def test_a_teams_calendar_moves_escalations_and_folds_nothing(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    m.tell(*late_story("SO-2", 20))
    rule = {"team": "partner_operations", "escalate_to": "customer_service", "escalate_seconds": 10 * 86_400}
    set_ownership([rule], author=by())
    settle()
    assert escalations() == {"ACK_OVERDUE SO-2-A": ("customer_service", "2026-03-12T09:20")}
    assert differing() == []
    monkeypatch.setattr("apps.exceptions.sweep.read_told", refuse_to_read)
    set_calendar("team:partner_operations", hours("08:00", "12:00"), effective_from=None, author=by())
    settle()
    monkeypatch.undo()
    assert escalations() == {"ACK_OVERDUE SO-2-A": ("customer_service", "2026-05-01T09:20")}
    assert differing() == []
    changed = set_calendar("team:partner_operations", None, effective_from=m.NOW, author=by())
    assert changed.asked == 0, "no case has opened since"


def refuse_to_read(keys: set[bytes]) -> dict[bytes, Any]:
    assert not keys, "an order was folded"
    return {}


def test_ownership_moves_open_cases_alone_and_folds_nothing(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    acknowledged = m.message("leg.acknowledged", m.NORTH, minute=200, leg="SO-3-A")
    shipped = m.message("leg.shipped", m.NORTH, minute=200, leg="SO-3-A", shipment="S3", lines=[m.line("1", "GLV", 4)])
    m.tell(*late_story("SO-2", 20), *late_story("SO-3", 20), acknowledged, shipped)
    before = teams()
    assert before["ACK_OVERDUE SO-2-A"] == before["ACK_OVERDUE SO-3-A"] == "partner_operations"
    monkeypatch.setattr("apps.exceptions.sweep.read_told", refuse_to_read)
    changed = set_ownership([{"team": "integration", "code": "ACK_OVERDUE"}], author=by("Until the interface is mended."))
    assert changed.asked == waiting()
    settle()
    monkeypatch.undo()
    assert teams() == before | {"ACK_OVERDUE SO-2-A": "integration"}, "the other was cleared before"
    assert differing() == []
    m.tell(*late_story("SO-4", 30), m.message("leg.acknowledged", m.NORTH, minute=300, leg="SO-4-A"))
    assert teams()["ACK_OVERDUE SO-4-A"] == "partner_operations", "it was cleared while the old rules held"
    assert differing() == []


def test_a_partner_that_pauses_keeps_its_record(transactional_db: None) -> None:
    m.tell(*late_story("SO-2", 20), *late_story("SO-3", 3_000))
    since = m.START + timedelta(minutes=2_000)
    changed = set_partner_status("northstar", "paused", effective_from=since, author=by("Moves house."))
    assert changed.asked == 1
    settle()
    assert clocks("acknowledge") == {"SO-2-A": ("acknowledge", "80")}
    assert differing() == []
    set_partner_status("northstar", "active", effective_from=since + timedelta(minutes=1), author=by())
    settle()
    assert clocks("acknowledge") == {"SO-2-A": ("acknowledge", "80"), "SO-3-A": ("acknowledge", "3060")}
    assert kept.settings_of(["partner"])["partner", "northstar"] == {
        "versions": [
            {"effective_from": None, "status": "active"},
            {"effective_from": "2026-03-03T17:20:00+00:00", "status": "paused"},
            {"effective_from": "2026-03-03T17:21:00+00:00", "status": "active"},
        ]
    }


@pytest.mark.django_db
def test_a_status_that_was_set_without_a_date_is_what_held_before() -> None:
    kept.put("partner", "polaris", {"status": "onboarding", "title": "Polaris"}, who="ada", reason="", now=m.NOW)
    set_partner_status("polaris", "active", effective_from=m.NOW, author=by("Went live."))
    assert kept.settings_of(["partner"])["partner", "polaris"] == {
        "title": "Polaris",
        "versions": [
            {"effective_from": None, "status": "onboarding"},
            {"effective_from": m.NOW.isoformat(), "status": "active"},
        ],
    }


@pytest.mark.django_db
def test_what_is_measured_is_set_over_what_was_learned_and_left_to_it_again() -> None:
    m.tell(*m.order_story())
    assert {("acknowledge", "northstar"), ("acknowledge", "polaris")} <= measured.read_pairs()
    assert set_measured("acknowledge", "northstar", False, author=by("They send it by mail.")).asked == 0
    set_measured("acknowledge", "bluedock", True, author=by("From Monday on."))
    set_measured("release", "", False, author=by("Not yet."))
    pairs = measured.read_pairs()
    assert {("acknowledge", "polaris"), ("acknowledge", "bluedock")} <= pairs
    assert not pairs & {("acknowledge", "northstar"), ("release", "")}
    set_measured("acknowledge", "northstar", None, author=by("As before."))
    assert ("acknowledge", "northstar") in measured.read_pairs()


@pytest.mark.django_db
def test_whoever_saw_less_is_told_who_was_first() -> None:
    first = set_calendar(ATLANTA, hours("10:00", "18:00"), effective_from=None, author=by(seen=0))
    with pytest.raises(Conflict) as refused:
        set_calendar(ATLANTA, hours("10:00", "19:00"), effective_from=None, author=by(who="ben", seen=0))
    assert refused.value.detail == "ada has changed this rule since you opened it. Look at it again, then decide."
    assert refused.value.errors == [
        {"by": "ada", "at": m.NOW.isoformat(), "version": first.position, "reason": "agreed"},
    ]
    set_calendar(ATLANTA, hours("10:00", "19:00"), effective_from=None, author=by(who="ben", seen=first.position))
    with pytest.raises(Conflict, match="This rule is not there any more"):
        set_ownership([], author=by(seen=7))
    for change in (
        lambda: set_partner_status("p", "active", effective_from=m.NOW, author=by(seen=7)),
        lambda: set_measured("release", "", True, author=by(seen=7)),
    ):
        with pytest.raises(Conflict):
            change()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "detail"),
    [
        (
            lambda: set_calendar(ATLANTA, hours("18:00", "10:00"), effective_from=None, author=by()),
            (
                "`hours`: Monday's opening from 18:00 to 10:00 ends before it has begun. Write what goes on over midnight as"
                " two openings: until 24:00, and from 00:00 of the next day."
            ),
        ),
        (
            lambda: set_calendar("team:nobody", hours("10:00", "18:00"), effective_from=None, author=by()),
            (
                "There is no team `nobody`: there are customer_service, finance, integration, inventory_control, master_data,"
                " partner_operations, planning."
            ),
        ),
        (
            lambda: set_calendar("ATL", hours("10:00", "18:00"), effective_from=None, author=by()),
            "A calendar belongs to a site, a partner or a team: expected a name such as site:ATL-1, came the text `ATL`.",
        ),
        (
            lambda: set_calendar("site:a\nb", hours("10:00", "18:00"), effective_from=None, author=by()),
            "`code`: expected 1 to 200 printable characters, came `a\\u000ab`.",
        ),
        (
            lambda: set_calendar(ATLANTA, hours("10:00", "18:00"), effective_from=None, author=by("  ")),
            "`reason`: say in 1 to 2,000 characters why the rule changes; it stands in the audit log.",
        ),
        (
            lambda: set_calendar(ATLANTA, hours("10:00", "18:00"), effective_from=None, author=by("x" * 2_001)),
            "`reason`: say in 1 to 2,000 characters why the rule changes; it stands in the audit log.",
        ),
        (
            lambda: set_partner_status("p", "retired", effective_from=None, author=by()),
            "`status`: expected one of active, onboarding, paused, came the text `retired`.",
        ),
        (
            lambda: set_ownership([{"team": "nobody"}], author=by()),
            (
                "Ownership rule 1 names the team `nobody`: there are customer_service, finance, integration, inventory_control,"
                " master_data, partner_operations, planning."
            ),
        ),
        (
            lambda: set_measured("nothing", "", True, author=by()),
            (
                "There is no measure `nothing`: there are allocate, release, hold, acknowledge, ship, deliver,"
                " confirm_cancellation, post, invoice, credit."
            ),
        ),
        (
            lambda: set_measured("release", "polaris", True, author=by()),
            "The stop milestone of release is looked for from all sources together.",
        ),
        (
            lambda: set_measured("ship", "", True, author=by()),
            "The stop milestone of ship is looked for from a partner each.",
        ),
    ],
)
def test_what_cannot_be_a_rule_is_refused_in_words_and_nothing_is_kept(change: Any, detail: str) -> None:
    with pytest.raises(Unreadable) as refused:
        change()
    assert refused.value.detail == detail
    assert kept.revision() == 0


@pytest.mark.django_db
def test_a_change_tells_its_place_in_the_log() -> None:
    changed = set_ownership([], author=by())
    assert changed == Changed(kept.history("ownership", "rules")[0].position, 0)
