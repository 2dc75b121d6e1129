"""Clocks and cases as they were known then: exactly what was shown at that moment, by the pipeline and to people."""

from datetime import datetime
from decimal import Decimal

import pytest

from apps.accounts.models import User
from apps.core.errors import NotFound, TooBroad, Unreadable
from apps.exceptions import known as known_module
from apps.exceptions import measured
from apps.exceptions.cases import STATES
from apps.exceptions.filters import ACTIVE, OPEN, CaseFilter
from apps.exceptions.known import (
    acts_as_known,
    cases_as_known,
    clocks_as_known,
    count_cases_as_known,
    find_cases_as_known,
    get_case_as_known,
)
from apps.exceptions.queries import SORTS, cases_of_order, find_cases
from apps.exceptions.services import Wish, act
from apps.orders.known import order_as_known
from apps.sla.clocks import clock_state
from tests import messages as m
from tests.apps.exceptions.knowing import EVERYTHING, brief, late_leg, only, work
from tests.messages_late import at, heard

pytestmark = pytest.mark.django_db
HOUR = 60
END_OF_PROMISE = datetime.fromisoformat("2026-03-05T23:59:59.999999Z")


@pytest.fixture(autouse=True)
def _everything_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured at all is learned from what has been sent, up to today."""
    monkeypatch.setattr(measured, "pairs", lambda: EVERYTHING)


@pytest.fixture
def ada(db: None) -> str:
    return User.objects.create_user("ada", role="administrator").username


class TestOneOrder:
    def test_the_clocks_of_then(self) -> None:
        work(*late_leg(), now=m.NOW)
        known = order_as_known("SO-1", at(60))
        assert [
            (clock.measure, clock.subject.value, clock.due_at, clock.stopped_at, clock_state(clock, known.moment))
            for clock in clocks_as_known(known)
        ] == [
            ("deliver", "SO-1", END_OF_PROMISE, None, "running"),
            ("acknowledge", "SO-1-A", at(70), None, "at_risk"),
            ("ship", "SO-1-A", at(240), None, "at_risk"),
        ]
        then = {minute: order_as_known("SO-1", at(minute)) for minute in (71, 129, 130)}
        states = {minute: clock_state(clocks_as_known(known)[1], known.moment) for minute, known in then.items()}
        assert states == {71: "missed", 129: "missed", 130: "met_late"}

    def test_the_cases_of_then(self) -> None:
        work(*late_leg(), now=m.NOW)
        shown = {minute: brief(cases_as_known(order_as_known("SO-1", at(minute)))) for minute in (69, 70, 130, 240, 359, 360)}
        assert shown == {
            69: [],
            70: [("ACK_OVERDUE", "SO-1-A", "new")],
            130: [("ACK_OVERDUE", "SO-1-A", "resolved_verified")],
            240: [("ACK_OVERDUE", "SO-1-A", "resolved_verified"), ("SHIP_OVERDUE", "SO-1-A", "new")],
            359: [("ACK_OVERDUE", "SO-1-A", "resolved_verified"), ("SHIP_OVERDUE", "SO-1-A", "new")],
            360: [("ACK_OVERDUE", "SO-1-A", "resolved_verified"), ("SHIP_OVERDUE", "SO-1-A", "resolved_verified")],
        }

    def test_a_case_whole(self) -> None:
        work(*late_leg(), now=m.NOW)
        today = only(cases_of_order("SO-1", now=m.NOW), "SHIP_OVERDUE", "SO-1-A")
        assert (today.state, today.cleared_at, today.evidence_at) == ("resolved_verified", at(360), at(300))
        then = get_case_as_known(today.id, at(359))
        assert (then.id, then.key, then.handle, then.order) == (today.id, today.key, "SO-1", "SO-1")
        assert (then.state, then.team, then.assignee, then.severity) == ("new", "partner_operations", "", 3)
        assert (then.opened_at, then.due_at, then.cleared_at, then.evidence_at) == (at(240), at(240), None, None)
        assert (then.worth, then.currency, then.partner, then.site) == (Decimal(100), "USD", "northstar", "ATL")
        assert (then.customer_name, then.promised_until) == (
            "Meridian Clinics",
            END_OF_PROMISE,
        )
        with pytest.raises(NotFound, match=rf"^Exception {today.id} was not known yet at 2026-03-02T11:59:00Z\.$"):
            get_case_as_known(today.id, at(239))
        with pytest.raises(NotFound, match="was not known yet at"):
            get_case_as_known(today.id, at(-1))
        with pytest.raises(NotFound, match="No exception"):
            get_case_as_known("ff" * 16, at(359))

    def test_what_a_case_was_worth_and_whose_it_was_are_those_of_then(self) -> None:
        placed, released, acknowledged, _ = late_leg()
        elsewhere = late_leg(partner="polaris")[1]
        again = m.message(
            "order.changed", m.OMS, minute=500, order="SO-1", lines=[m.line("1", "GLV", 40, unit_price="10")], currency="USD"
        )
        work(placed, released, acknowledged, again, heard(elsewhere, 500), now=m.NOW)
        today = only(cases_of_order("SO-1", now=m.NOW), "SHIP_OVERDUE", "SO-1-A")
        assert (today.worth, today.partner) == (Decimal(400), "polaris")
        then = get_case_as_known(today.id, at(499))
        assert (then.worth, then.partner) == (Decimal(100), "northstar")
        (row,) = find_cases_as_known(CaseFilter(), at(499)).rows
        assert row == then

    def test_severity_rises_near_the_promise_of_then(self) -> None:
        placed, released, acknowledged, _ = late_leg()
        later = m.message(
            "order.changed",
            m.OMS,
            minute=48 * HOUR,
            order="SO-1",
            lines=[m.line("1", "GLV", 40)],
            promised_date="2026-03-20",
        )
        work(placed, released, acknowledged, later, now=m.NOW)
        number = only(cases_of_order("SO-1", now=m.NOW), "SHIP_OVERDUE", "SO-1-A").id
        end_of_promise = 88 * HOUR
        severities = [int(get_case_as_known(number, at(minute)).severity) for minute in (240, 48 * HOUR - 1, 64 * HOUR)]
        assert severities == [3, 3, 3]
        work(*(told for told in late_leg("SO-2")[:3]), now=m.NOW)
        other = only(cases_of_order("SO-2", now=m.NOW), "SHIP_OVERDUE", "SO-2-A").id
        near = end_of_promise - 24 * HOUR
        assert [int(get_case_as_known(other, at(minute)).severity) for minute in (near - 1, near)] == [3, 4]


class TestActs:
    def test_acts_count_from_when_they_were_done(self, ada: str) -> None:
        work(*late_leg()[:2], now=at(80))
        number = only(cases_of_order("SO-1", now=at(80)), "ACK_OVERDUE", "SO-1-A").id
        act(number, Wish("claim"), who=ada, now=at(90))
        act(number, Wish("comment", text="Rang them."), who=ada, now=at(100))
        act(number, Wish("snooze", until=at(120)), who=ada, now=at(110))
        act(number, Wish("escalate", to="integration"), who=ada, now=at(125))
        work(*late_leg()[2:], now=m.NOW)
        shown = {
            minute: (case.state, case.assignee, case.team, case.comment_count, case.last_act_at)
            for minute in (89, 90, 100, 110, 120, 125, 130)
            if (case := get_case_as_known(number, at(minute)))
        }
        assert shown == {
            89: ("new", "", "partner_operations", 0, None),
            90: ("in_progress", "ada", "partner_operations", 0, at(90)),
            100: ("in_progress", "ada", "partner_operations", 1, at(100)),
            110: ("snoozed", "ada", "partner_operations", 1, at(110)),
            120: ("in_progress", "ada", "partner_operations", 1, at(110)),
            125: ("acknowledged", "", "integration", 1, at(125)),
            130: ("resolved_verified", "", "integration", 1, at(125)),
        }
        case = get_case_as_known(number, at(110))
        assert [stamped.act.kind for stamped in acts_as_known(case, at(110))] == ["case.claim", "case.comment", "case.snooze"]
        assert acts_as_known(case, at(89)) == []

    def test_what_was_closed_by_hand_comes_back_after_the_grace(self, ada: str) -> None:
        work(*late_leg()[:3], now=at(250))
        number = only(cases_of_order("SO-1", now=at(250)), "SHIP_OVERDUE", "SO-1-A").id
        act(number, Wish("resolve", reason="accepted"), who=ada, now=at(260))
        states = [get_case_as_known(number, at(minute)).state for minute in (259, 260, 260 + 24 * HOUR - 1, 260 + 24 * HOUR)]
        assert states == ["new", "resolved_manual", "resolved_manual", "regressed"]
        by_hand = CaseFilter(state="resolved_manual")
        assert count_cases_as_known(by_hand, at(300)) == 1
        assert count_cases_as_known(by_hand, at(259)) == 0
        assert count_cases_as_known(CaseFilter(), at(300)) == 0
        assert brief(find_cases_as_known(CaseFilter(state="regressed"), at(260 + 24 * HOUR)).rows) == [
            ("SHIP_OVERDUE", "SO-1-A", "regressed")
        ]

    def test_a_list_is_narrowed_by_what_people_had_done_by_then(self, ada: str) -> None:
        work(*late_leg()[:2], *late_leg("SO-2")[:2], now=at(80))
        number = only(cases_of_order("SO-1", now=at(80)), "ACK_OVERDUE", "SO-1-A").id
        act(number, Wish("claim"), who=ada, now=at(90))
        act(number, Wish("snooze", until=at(120)), who=ada, now=at(100))
        act(number, Wish("escalate", to="integration"), who=ada, now=at(110))
        hers, nobodys = CaseFilter(assignee="ada"), CaseFilter(assignee="")
        integration, active = CaseFilter(team="integration"), CaseFilter(state=ACTIVE)
        counted = {
            minute: tuple(count_cases_as_known(each, at(minute)) for each in (hers, nobodys, integration, active, CaseFilter()))
            for minute in (69, 89, 90, 100, 110, 121)
        }
        assert counted == {
            69: (0, 0, 0, 0, 0),
            89: (0, 2, 0, 2, 2),
            90: (1, 1, 0, 2, 2),
            100: (1, 1, 0, 1, 2),
            110: (0, 2, 1, 2, 2),
            121: (0, 2, 1, 2, 2),
        }


class TestLists:
    def test_the_words_of_state(self) -> None:
        work(*late_leg(), now=m.NOW)
        counted = {
            minute: {
                state: count
                for state in (*STATES, OPEN)
                if (count := count_cases_as_known(CaseFilter(state=state), at(minute)))
            }
            for minute in (60, 100, 250, 360)
        }
        assert counted == {
            60: {},
            100: {"new": 1, OPEN: 1},
            250: {"new": 1, "resolved_verified": 1, OPEN: 1},
            360: {"resolved_verified": 2},
        }
        assert count_cases_as_known(CaseFilter(state=None), at(250)) == 2
        assert count_cases_as_known(CaseFilter(state="none of these"), at(250)) == 0

    def test_between_two_spans_of_a_case_it_was_resolved(self) -> None:
        placed, released, acknowledged, shipped = late_leg()
        withdrawn = m.message("leg.shipped", m.NORTH, minute=301, leg="SO-1-A", shipment="SO-1-A-1", lines=[])
        work(placed, released, acknowledged, shipped, heard(withdrawn, 400), now=m.NOW)
        wanted = CaseFilter(code="SHIP_OVERDUE", state=None)
        states = {minute: [case.state for case in find_cases_as_known(wanted, at(minute)).rows] for minute in (250, 370, 400)}
        assert states == {250: ["new"], 370: ["resolved_verified"], 400: ["regressed"]}
        assert count_cases_as_known(CaseFilter(code="SHIP_OVERDUE"), at(370)) == 0
        assert count_cases_as_known(CaseFilter(code="SHIP_OVERDUE", state="resolved_verified"), at(370)) == 1

    @pytest.mark.parametrize("sort", SORTS)
    def test_pages_hold_every_case_once_both_ways(self, sort: str) -> None:
        for number in range(7):
            work(*late_leg(f"SO-{number}", price=str(number % 3))[:2], now=at(300))
        expected = [case.id for case in find_cases(CaseFilter(), now=at(300), sort=sort).rows]
        assert len(expected) == 14
        pages, cursor = [], None
        while True:
            page = find_cases_as_known(CaseFilter(), at(300), sort=sort, cursor=cursor, page_size=4)
            pages.append([case.id for case in page.rows])
            if page.next is None:
                break
            cursor = page.next
        assert [len(rows) for rows in pages] == [4, 4, 4, 2]
        assert [each for rows in pages for each in rows] == expected
        back = find_cases_as_known(CaseFilter(), at(300), sort=sort, cursor=page.previous, page_size=4)
        assert [case.id for case in back.rows] == pages[2]
        assert back.previous is not None
        first = find_cases_as_known(CaseFilter(), at(300), sort=sort, page_size=4)
        assert (first.previous, first.next is not None) == (None, True)

    @pytest.mark.parametrize("values", [[], ["x"], ["2026-05-12", "ff"], ["x", "ff"], ["2026-05-12T00:00:00Z", "ff", "ff"]])
    def test_a_foreign_cursor_is_refused(self, values: list[str]) -> None:
        from apps.core.pagination import Cursor

        with pytest.raises(Unreadable, match="not one of ours"):
            find_cases_as_known(CaseFilter(), at(300), sort="age", cursor=Cursor(tuple(values)).encode())
        with pytest.raises(Unreadable, match="not one of ours"):
            find_cases_as_known(CaseFilter(), at(300), sort="money", cursor=Cursor(("NaN", "ff")).encode())

    def test_more_than_can_be_looked_at_asks_for_a_narrower_filter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(known_module, "CANDIDATES", 2)
        work(*late_leg(), *late_leg("SO-2")[:2], now=m.NOW)
        assert count_cases_as_known(CaseFilter(), at(80)) == 2
        with pytest.raises(
            TooBroad, match=r"^More than 2 exceptions .* narrow the filter, by type, partner, region, site or order"
        ):
            find_cases_as_known(CaseFilter(state=None), at(400))
        assert count_cases_as_known(CaseFilter(state=None, order="SO-1"), at(400)) == 2

    def test_a_partner_sees_what_is_its_own_now_and_was_then(self) -> None:
        placed, released, acknowledged, _ = late_leg()
        elsewhere = late_leg(partner="polaris")[1]
        work(placed, released, acknowledged, heard(elsewhere, 500), *late_leg("SO-2")[:2], now=m.NOW)
        number = only(cases_of_order("SO-1", now=m.NOW), "SHIP_OVERDUE", "SO-1-A").id
        northstar, polaris = CaseFilter(visible_partner="northstar"), CaseFilter(visible_partner="polaris")
        assert brief(find_cases_as_known(northstar, at(250), sort="age").rows) == [
            ("ACK_OVERDUE", "SO-2-A", "new"),
            ("SHIP_OVERDUE", "SO-2-A", "new"),
        ]
        assert find_cases_as_known(polaris, at(250)).rows == [], "it was another's then"
        assert brief(find_cases_as_known(polaris, at(500)).rows) == [("SHIP_OVERDUE", "SO-1-A", "new")]
        with pytest.raises(NotFound, match="was not known yet"):
            get_case_as_known(number, at(250), visible_partner="polaris")
        with pytest.raises(NotFound, match="you may not see it"):
            get_case_as_known(number, at(250), visible_partner="northstar")
        assert get_case_as_known(number, at(500), visible_partner="polaris").partner == "polaris"
        known = order_as_known("SO-1", at(250))
        assert cases_as_known(known, visible_partner="polaris") == []
        assert brief(cases_as_known(known, visible_partner="northstar")) == [
            ("ACK_OVERDUE", "SO-1-A", "resolved_verified"),
            ("SHIP_OVERDUE", "SO-1-A", "new"),
        ]

    def test_what_nobody_would_ever_say_is_not_shown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        work(*late_leg(), now=m.NOW)
        monkeypatch.setattr(measured, "pairs", lambda: EVERYTHING - {("acknowledge", "northstar")})
        assert brief(find_cases_as_known(CaseFilter(state=None), at(250)).rows) == [("SHIP_OVERDUE", "SO-1-A", "new")]
        assert brief(cases_as_known(order_as_known("SO-1", at(250)))) == [("SHIP_OVERDUE", "SO-1-A", "new")]
