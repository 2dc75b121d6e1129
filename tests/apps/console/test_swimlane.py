"""The picture of an order: what lies where, that labels never run into each other, and how long silences are cut."""

from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from apps.console.pages.trace.labels import GAP, Label, width_of
from apps.console.pages.trace.scale import TICK_LIMIT, scale_for, ticks
from apps.console.pages.trace.story import Event, Lane, Span, Story, story_of
from apps.console.pages.trace.swimlane import LEFT, RIGHT, WIDTH, Drawing, draw
from apps.console.times import Clock
from apps.orders.state import LegState, Moment, OrderState, PartLine, Posted, ShipmentState

START = datetime(2026, 5, 12, 13, 14, tzinfo=UTC)
NOW = START + timedelta(days=4)
CLOCK = Clock(NOW, ZoneInfo("America/New_York"))


def moment(hours: float, *, heard: float | None = None) -> Moment:
    at = START + timedelta(hours=hours)
    received = START + timedelta(hours=hours if heard is None else heard)
    return Moment(occurred_at=at, received_at=received, claimed_at=at, source="s", message="m", position=7)


def two_legs() -> OrderState:
    """One leg shipped with its word five hours late, the other overdue."""
    shipment = ShipmentState(
        shipment="NS-88121",
        issuer="3pl",
        carrier="UPS",
        shipped=moment(43, heard=48),
        posted=Posted("GI-1", moment(52)),
    )
    shipped = LegState(
        leg="L1",
        issuer="mw",
        status="shipped",
        partner="NorthStar",
        site="Atlanta",
        milestones={"released": moment(19), "acknowledged": moment(20), "picked": Moment(implied=True), "shipped": moment(43)},
        lines=(PartLine("1", "GLV", 40),),  # type: ignore[arg-type]
        shipments=(shipment,),
    )
    due = START + timedelta(hours=45)
    late = LegState(
        leg="L2",
        issuer="mw",
        status="acknowledged",
        partner="Polaris Cold",
        ship_by=due.isoformat(),
        ship_by_at=due,
        milestones={"released": moment(21), "acknowledged": moment(27)},
    )
    return OrderState(
        order="SO-1",
        issuer="oms",
        status="partially_shipped",
        money="posted",
        promised_date="2026-05-15",
        promised_until=datetime(2026, 5, 16, 4, tzinfo=UTC),
        milestones={"placed": moment(0), "validated": moment(0.1), "allocated": moment(5)},
        legs=(shipped, late),
    )


def drawn(state: OrderState, clock: Clock = CLOCK) -> Drawing:
    return draw(story_of(state, (), clock), clock)


def texts(drawing: Drawing, title: str) -> set[str]:
    return {label.text for lane in drawing.lanes if lane.title == title for label in lane.labels}


def box(label: Label) -> tuple[float, float]:
    width = width_of(label.text)
    start = {"middle": label.x - width / 2, "start": label.x, "end": label.x - width}[label.anchor]
    return start, start + width


def test_lanes_stand_in_the_order_of_the_work() -> None:
    assert [lane.title for lane in drawn(two_legs()).lanes] == [
        "OMS",
        "ERP",
        "NorthStar",
        "Polaris Cold",
        "UPS",
    ]


def test_near_marks_share_a_label_and_a_late_word_says_how_late() -> None:
    drawing = drawn(two_legs())
    assert texts(drawing, "OMS") == {"Placed, validated"}
    assert texts(drawing, "NorthStar") == {"Released, acknowledged", "Shipped", "heard 5 h later"}


def test_many_near_marks_are_named_from_the_first_to_the_last() -> None:
    steps = ("released", "acknowledged", "picked", "packed")
    milestones = {name: moment(20 + number / 4) for number, name in enumerate(steps)}
    leg = LegState(leg="L", issuer=None, status="packed", partner="NorthStar", milestones=milestones)
    state = OrderState(order="1", issuer=None, status="released", money="none", milestones={"placed": moment(0)}, legs=(leg,))
    assert texts(drawn(state), "NorthStar") == {"Released to packed"}


def test_what_is_overdue_runs_from_its_limit_to_now() -> None:
    drawing = drawn(two_legs())
    lane = next(lane for lane in drawing.lanes if lane.title == "Polaris Cold")
    assert [bar.kind for bar in lane.bars] == ["work", "wait", "overdue"]
    assert lane.bars[-1].x2 == drawing.now_x
    assert "Ship-by 14 May 06:14, overdue 2 d 3 h" in texts(drawing, lane.title)
    assert (drawing.promise_label, drawing.promise_is_late) != (None, False)


def test_an_implied_milestone_is_no_mark_and_a_mark_leads_to_its_message() -> None:
    lane = next(lane for lane in drawn(two_legs()).lanes if lane.title == "NorthStar")
    assert [mark.tip.split("\n")[0] for mark in lane.marks] == ["Released", "Acknowledged", "Shipped"]
    assert {mark.message for mark in lane.marks} == {"7"}


def test_a_claim_from_the_future_stands_where_it_was_heard() -> None:
    heard = START + timedelta(hours=3)
    unbelieved = Moment(claimed_at=START + timedelta(days=400), received_at=heard, source="s", message="m", position=3)
    state = OrderState(order="SO-1", issuer=None, status="placed", money="none", milestones={"placed": unbelieved})
    (mark,) = drawn(state).lanes[0].marks
    assert mark.kind == "claimed"
    assert "not believed" in mark.tip


def test_a_finished_order_ends_with_its_story_and_has_no_now() -> None:
    state = OrderState(
        order="1", issuer=None, status="delivered", money="none", completed_at=START, milestones={"placed": moment(0)}
    )
    drawing = drawn(state)
    assert (drawing.now_x, drawing.now_label, drawing.break_x) == (None, None, None)


def test_a_silence_of_years_is_cut_and_its_length_said() -> None:
    state = OrderState(
        order="1",
        issuer=None,
        status="placed",
        money="none",
        milestones={"placed": moment(0), "allocated": moment(30)},
    )
    clock = Clock(START + timedelta(days=9 * 365), CLOCK.zone)
    drawing = drawn(state, clock)
    assert drawing.break_label == "8 y"
    allocated = drawing.lanes[1].marks[0].x
    assert allocated > (LEFT + RIGHT) / 2, "the story keeps its room although now is far away"
    assert drawing.break_x is not None
    assert drawing.now_x is not None
    assert allocated < drawing.break_x < drawing.now_x


def test_delivered_before_hand_over_is_drawn_as_odd() -> None:
    shipment = ShipmentState(shipment="S", issuer=None, shipped=moment(40), delivered=moment(30))
    leg = LegState(leg="L", issuer=None, status="delivered", shipments=(shipment,))
    story = story_of(OrderState(order="1", issuer=None, status="delivered", money="none", legs=(leg,)), (), CLOCK)
    (span,) = story.lanes[-1].spans
    assert (span.kind, span.label) == ("odd", "Delivered before hand-over")
    assert span.start < span.end


HOURS = st.floats(0, 24 * 40, allow_nan=False)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["Placed", "Released", "Acknowledged", "Picked", "Shipped", "Delivery failed"]),
        HOURS,
        st.floats(0, 100),
        st.sampled_from(["happened", "failed", "expected", "claimed"]),
    ),
    max_size=14,
)


@given(EVENTS, st.booleans(), HOURS)
def test_labels_never_touch_and_stay_inside(
    events: list[tuple[str, float, float, str]], ends_now: bool, overdue: float
) -> None:
    lane = Lane("leg:1", "Leg 1", "Atlanta", "3pl")
    for name, at, lag, kind in events:
        happened = START + timedelta(hours=at)
        lane.events.append(Event(name, happened, kind, happened + timedelta(hours=lag)))
    due = START + timedelta(hours=overdue)
    lane.spans.append(Span(due, max(due, NOW), "overdue", "Ship-by 14 May 16:00, overdue 2 d 4 h"))
    drawing = draw(Story((lane,), NOW, ends_now=ends_now), CLOCK)
    (shown,) = drawing.lanes
    for label in shown.labels:
        start, end = box(label)
        assert start >= LEFT - 10
        assert end <= WIDTH + 2
    for one, other in combinations(shown.labels, 2):
        if one.y == other.y:
            (_, end), (start, _) = sorted((box(one), box(other)))
            assert end <= start + 1, (one, other, GAP)
    assert all(LEFT - 1 <= mark.x <= RIGHT + 1 for mark in shown.marks)


@given(st.floats(0.01, 24 * 365 * 12), st.sampled_from(["America/New_York", "America/Sao_Paulo", "Asia/Kathmandu", "UTC"]))
def test_ticks_are_few_in_order_and_within(hours: float, zone: str) -> None:
    clock = Clock(START, ZoneInfo(zone))
    scale = scale_for([START, START + timedelta(hours=hours)], START, shows_now=False, left=LEFT, right=RIGHT)
    found = ticks(scale, clock)
    assert len(found) <= TICK_LIMIT + 1
    assert all(a.x < b.x for a, b in pairwise(found))
    assert all(LEFT <= tick.x <= RIGHT for tick in found)


def test_ticks_adapt_from_hours_to_months() -> None:
    def labels(length: timedelta) -> list[str]:
        scale = scale_for([START, START + length], START, shows_now=False, left=LEFT, right=RIGHT)
        return [tick.label for tick in ticks(scale, CLOCK)]

    assert labels(timedelta(hours=5)) == ["12 May 10:00", "11:00", "12:00", "13:00", "14:00"]
    assert labels(timedelta(days=4)) == ["13 May", "14 May", "15 May", "16 May"]
    assert labels(timedelta(days=150)) == ["Jun", "Jul", "Aug", "Sep", "Oct"]
