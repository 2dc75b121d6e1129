"""An order as it was known then: what had been heard by that moment and nothing else, under the identity of today."""

from datetime import UTC, timedelta

import pytest

from apps.core.errors import Conflict, NotFound
from apps.orders.known import heard_by, hearings, order_as_known
from apps.orders.queries import facts_of_order, get_order
from tests import messages as m
from tests.builders import placed, validated
from tests.messages_late import at, heard

INSTANT = timedelta.resolution


@pytest.mark.django_db
class TestOrderAsKnown:
    def test_it_is_what_had_been_heard_by_then(self) -> None:
        m.tell(*m.order_story())
        known = order_as_known("SO-1", at(60))
        assert (known.handle, known.state.status, known.state.money) == ("SO-1", "partially_shipped", "not_posted")
        assert [(leg.leg, leg.status, len(leg.shipments)) for leg in known.state.legs] == [
            ("SO-1-A", "partially_shipped", 1),
            ("SO-1-B", "acknowledged", 0),
        ]
        assert [(line.line, str(line.quantities.shipped)) for line in known.state.lines] == [("1", "30"), ("2", "0")]
        assert sorted(stamped.name for stamped in known.facts) == [
            "leg.acknowledged",
            "leg.acknowledged",
            "leg.released",
            "leg.released",
            "leg.shipped",
            "order.allocated",
            "order.placed",
            "order.validated",
        ]
        assert (known.moment, known.state.last_heard_at) == (at(60), at(60))

    def test_the_instant_itself_is_included_and_the_one_before_it_is_not(self) -> None:
        m.tell(*m.order_story())
        assert len(order_as_known("SO-1", at(10)).state.legs) == 1
        assert order_as_known("SO-1", at(10) - INSTANT).state.legs == ()

    def test_late_word_counts_from_when_it_was_heard(self) -> None:
        placed_, *rest = m.order_story()
        m.tell(placed_, *(heard(told, 600) for told in rest))
        assert order_as_known("SO-1", at(599)).state.status == "placed"
        assert order_as_known("SO-1", at(600)).state.status == "partially_delivered"

    def test_a_correction_is_not_known_before_it_is_heard(self) -> None:
        lines = [m.line("1", "GLV", 40)]
        m.tell(
            m.message("order.placed", m.OMS, order="SO-1", lines=lines, promised_date="2026-03-05"),
            m.message(
                "order.changed", m.OMS, minute=9, order="SO-1", lines=[m.line("1", "GLV", 7)], promised_date="2026-03-09"
            ),
        )
        before, after = (order_as_known("SO-1", at(minute)).state for minute in (8, 9))
        assert (before.promised_date, str(before.lines[0].quantities.ordered)) == ("2026-03-05", "40")
        assert (after.promised_date, str(after.lines[0].quantities.ordered)) == ("2026-03-09", "7")

    def test_with_all_heard_it_is_what_is_known_now(self) -> None:
        m.tell(*m.order_story())
        known, now = order_as_known("SO-1", m.NOW), get_order("SO-1")
        assert (known.key, known.handle, known.revision, known.state) == (now.key, now.handle, now.revision, now.state)

    def test_what_a_later_link_gave_to_the_order_counts_from_when_it_was_heard(self) -> None:
        """Correlation is today's: in docs/architecture.md, with what was refused."""
        m.tell(
            m.message("order.placed", m.OMS, order="SO-1", lines=[m.line("1", "GLV", 1)]),
            m.message("leg.acknowledged", m.NORTH, minute=5, leg="L1"),
        )
        assert get_order("SO-1").state.legs == ()
        leg = {"leg": "L1", "partner": "northstar", "site": "ATL", "lines": [m.line("1", "GLV", 1)]}
        m.tell(m.message("leg.released", m.MIDDLEWARE, minute=9, order="SO-1", **leg))
        (then,) = order_as_known("SO-1", at(5)).state.legs
        assert (then.leg, then.status, then.partner) == ("L1", "acknowledged", None)
        assert order_as_known("SO-1", at(4)).state.legs == ()

    def test_number_and_issuer_are_todays(self) -> None:
        lines = [m.line("1", "GLV", 1)]
        m.tell(m.message("order.allocated", m.ERP, order="1", lines=lines))
        m.tell(m.message("order.placed", m.OMS, minute=3, order="1", lines=lines))
        then = order_as_known("1", at(0))
        assert (then.state.status, then.state.issuer, then.handle) == ("heard", "/oms", "1")
        m.tell(m.message("order.placed", "/shop", minute=6, order="1", lines=lines))
        assert order_as_known("/oms:1", at(3)).handle == "/oms:1"
        with pytest.raises(Conflict):
            order_as_known("1", at(3))

    def test_a_conflict_stands_from_the_second_claim_on(self) -> None:
        plan = {"leg": "L1", "site": "ATL", "partner": "northstar", "lines": []}
        m.tell(
            m.message("leg.planned", m.MIDDLEWARE, minute=3, order="SO-1", **plan),
            m.message("leg.planned", m.MIDDLEWARE, minute=7, order="SO-2", **plan),
        )
        assert order_as_known("SO-1", at(6)).state.conflicts == ()
        (conflict,) = order_as_known("SO-1", at(7)).state.conflicts
        assert (conflict.orders, conflict.heard_at) == (("SO-1", "SO-2"), at(7))

    def test_an_order_of_which_nothing_had_been_heard_was_not_known_yet(self) -> None:
        m.tell(*m.order_story())
        with pytest.raises(NotFound, match=r"^Order SO-1 was not known yet at 2026-03-02T07:59:59.999999Z\.$"):
            order_as_known("SO-1", at(0) - INSTANT)
        with pytest.raises(NotFound, match="No order SO-9 is known"):
            order_as_known("SO-9", at(0))

    def test_a_partners_reader_needs_a_leg_of_the_order(self) -> None:
        m.tell(*m.order_story())
        assert order_as_known("SO-1", at(10), visible_partner="northstar").handle == "SO-1"
        with pytest.raises(NotFound):
            order_as_known("SO-1", at(10), visible_partner="nobody")

    def test_the_revision_changes_with_what_was_heard(self) -> None:
        m.tell(*m.order_story())
        before = order_as_known("SO-1", at(60)).revision
        m.tell(m.message("order.validated", m.OMS, minute=70, order="SO-1"))
        assert order_as_known("SO-1", at(60)).revision == before, "what was heard later changes nothing of then"
        m.tell(heard(m.message("order.validated", m.OMS, minute=20, order="SO-1"), 30))
        assert order_as_known("SO-1", at(60)).revision != before, "history that was loaded does"

    def test_hearings_are_the_moments_at_which_something_was_heard(self) -> None:
        m.tell(*m.order_story())
        facts = facts_of_order(get_order("SO-1").key)
        minutes = [(moment - m.START) / timedelta(minutes=1) for moment in hearings(facts)]
        assert minutes == [0, 1, 2, 10, 11, 15, 16, 60, 90, 95, 100, 120, 130, 500, 510]


def test_moments_compare_as_instants_whatever_their_zone() -> None:
    facts = [placed(at="2026-03-02T08:00:00Z"), validated(at="2026-03-02T08:01:00Z"), validated(at="2026-03-02T08:01:00Z")]
    assert hearings(facts) == (at(0), at(1))
    assert hearings([]) == ()
    assert [stamped.name for stamped in heard_by(facts, at(0).astimezone(UTC))] == ["order.placed"]
