"""What to tell the customer: where each part is, what comes next and by when, who works on what is wrong.

Safe to read out: no money, no reasons that were written for colleagues, no other order or customer.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from apps.orders.duplicates import standing_duplicates
from apps.orders.lateness import is_late, leg_is_overdue
from apps.orders.ordering import happened_at
from apps.orders.sentences import joined
from apps.orders.spoken import Speaker, items
from apps.orders.state import LegState, Moment, OrderState, PartLine, ShipmentState

ON_TIME, LATE, AT_RISK, DELIVERED, CANCELLED, UNKNOWN = "on_time", "late", "at_risk", "delivered", "cancelled", "unknown"
_GONE = frozenset({"shipped", "delivered"})
_NOT_COMING = frozenset({"rejected", "cancelled"})
_PROBLEMS = {
    "short_pick": "not everything was on the shelf",
    "damaged": "something was damaged",
    "address": "the address needs to be checked",
    "hold": "it is being held back",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """`tone` is on_time, late, at_risk, delivered, cancelled or unknown. Each sentence stands on its own."""

    tone: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


@dataclass(slots=True)
class _Story:
    """The sentences so far, and the teams that work on what is wrong."""

    speaker: Speaker
    names: dict[str, str]
    is_only_leg: bool
    said: list[str] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)

    def say(self, sentence: str, *, team: str | None = None) -> None:
        self.said.append(sentence)
        if team is not None and team not in self.teams:
            self.teams.append(team)

    def goods(self, lines: tuple[PartLine, ...] | list[PartLine]) -> str:
        return items(lines, self.names) or ("the order" if self.is_only_leg else "its part of the order")

    def when(self, moment: Moment | None) -> str:
        """` on 14 May`, or nothing where no time is known or believed."""
        at = happened_at(moment) if moment else None
        return f" {self.speaker.on(at)}" if at else ""


def what_to_tell(state: OrderState, *, now: datetime, zone: tzinfo) -> Answer:
    """The answer to `where is my order?`, at `now`, for somebody in `zone`."""
    story = _Story(
        speaker=Speaker(now, zone),
        names={line.line: line.description for line in state.lines if line.description},
        is_only_leg=len(state.legs) == 1,
    )
    if state.status in _NOT_COMING:
        _tell_end(state, story)
        return Answer(CANCELLED, tuple(story.said))
    if state.status == "delivered":
        _tell_delivery(state, story, now)
        return Answer(DELIVERED, tuple(story.said))
    _tell_beginning(state, story)
    for leg in sorted(state.legs, key=_furthest_first):
        _tell_leg(leg, story, now)
    _tell_missing(state, story)
    late = is_late(state, now)
    _tell_promise(state, story, late=late)
    if story.teams:
        teams = joined(story.teams)
        story.say(f"Our {teams} team{'s work' if len(story.teams) > 1 else ' works'} on it.")
        story.say(f"Next update {story.speaker.next_update()}.")
    return Answer(_tone(state, story, late=late), tuple(story.said))


def _tone(state: OrderState, story: _Story, *, late: bool) -> str:
    if state.conflicts or (state.status == "heard" and not late):
        return UNKNOWN
    if late:
        return LATE
    return AT_RISK if story.teams else ON_TIME


def _tell_end(state: OrderState, story: _Story) -> None:
    when = story.when(state.milestones.get(state.status))
    if state.status == "rejected":
        story.say(f"The order could not be accepted{when}.")
    else:
        story.say(f"The order was cancelled{when}.")
    shipped = [shipment for leg in state.legs for shipment in leg.shipments]
    if shipped:
        for shipment in shipped:
            _tell_shipment(shipment, "The warehouse", story)
        story.say("What has left all the same can be refused or sent back.", team="customer service")
    else:
        story.say("Nothing was shipped, and nothing will be.")


def _tell_delivery(state: OrderState, story: _Story, now: datetime) -> None:
    count = sum(len(leg.shipments) for leg in state.legs)
    last = f" {story.speaker.on(state.completed_at)}" if state.completed_at else ""
    part = f", the last part{last}" if count > 1 and last else last
    story.say(f"Everything was delivered{part}.")
    if is_late(state, now) and state.promised_until is not None and state.completed_at is not None:
        promise = story.speaker.for_(state.promised_date, state.promised_until)
        story.say(f"That was {_lasting(state.completed_at - state.promised_until)} later than promised ({promise}).")
    for returned in state.returns:
        if returned.received or returned.credited:
            story.say(f"Return {returned.return_id} has arrived{story.when(returned.received)}.")
        elif returned.authorized:
            story.say(f"Return {returned.return_id} was agreed{story.when(returned.authorized)} and has not arrived yet.")


def _lasting(span: timedelta) -> str:
    hours = max(1, round(span.total_seconds() / 3600))
    count, unit = (round(hours / 24), "day") if hours >= 36 else (hours, "hour")
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _tell_beginning(state: OrderState, story: _Story) -> None:
    if state.status == "heard":
        story.say("The order itself has not reached us yet: this is what others have told us of it.", team="integration")
    if state.conflicts:
        story.say("One of its numbers is in use twice, so a part of this may belong elsewhere.", team="integration")
    if others := standing_duplicates(state):
        story.say(
            f"It is the same as {' and '.join(others)}, ordered before: one of them may not be meant.", team="integration"
        )
    if "on_hold" in state.overlays:
        held = next((hold.placed for hold in state.holds if hold.placed and not hold.released), None)
        story.say(f"The order was put on hold{story.when(held)} and goes on when the hold ends.", team="finance")
    if state.status != "heard" and not any(leg.status not in _NOT_COMING for leg in state.legs):
        story.say(f"We received the order{story.when(state.milestones.get('placed'))}.")
        if not state.legs and "on_hold" not in state.overlays:
            story.say("It has not been given to a warehouse yet.")


def _furthest_first(leg: LegState) -> tuple[int, str]:
    ranks = ("delivered", "shipped", "partially_shipped", "packed", "picked", "acknowledged", "released", "planned")
    return ranks.index(leg.status) if leg.status in ranks else len(ranks), leg.leg


def _place(leg: LegState) -> str:
    if leg.partner and leg.site and leg.site != leg.partner:
        return f"{leg.partner} in {leg.site}"
    return leg.partner or leg.site or "The warehouse"


def _tell_leg(leg: LegState, story: _Story, now: datetime) -> None:
    place = _place(leg)
    for shipment in leg.shipments:
        _tell_shipment(shipment, place, story)
    if leg.status == "rejected":
        story.say(f"{place} cannot ship {story.goods(leg.lines)}: it has to come from elsewhere.", team="partner operations")
    if leg.status in _GONE or leg.status in _NOT_COMING:
        return
    rest = story.goods(_rest_of(leg)) if leg.lines or not leg.shipments else "the rest"
    if leg_is_overdue(leg, now) and leg.ship_by_at is not None:
        since = story.when(leg.milestones.get("released"))
        reached = f", asked for{since}," if since else ""
        limit = story.speaker.by(leg.ship_by, leg.ship_by_at)
        story.say(f"{place} still has {rest}{reached} and should have shipped {limit}.", team="partner operations")
    elif leg.status == "planned":
        story.say(f"{place} is to ship {rest}{_limit(leg, story)}.")
    else:
        story.say(f"{place} is preparing {rest}{_limit(leg, story)}.")
    _tell_problem(leg, place, story)


def _limit(leg: LegState, story: _Story) -> str:
    return f", to leave {story.speaker.by(leg.ship_by, leg.ship_by_at)}" if leg.ship_by_at else ""


def _tell_problem(leg: LegState, place: str, story: _Story) -> None:
    if leg.problems:
        problem = leg.problems[-1]
        what = _PROBLEMS.get(problem.code)
        story.say(
            f"{place} reported a problem{story.when(problem.moment)}{f': {what}' if what else ''}.", team="customer service"
        )


def _rest_of(leg: LegState) -> list[PartLine]:
    shipped: defaultdict[str, Decimal] = defaultdict(Decimal)
    for shipment in leg.shipments:
        for line in shipment.lines:
            shipped[line.line] += line.quantity
    return [PartLine(line.line, line.sku, line.quantity - shipped[line.line], line.uom) for line in leg.lines]


def _tell_shipment(shipment: ShipmentState, place: str, story: _Story) -> None:
    goods = items(shipment.lines, story.names) or "A parcel"
    carrier = " ".join(part for part in (shipment.carrier, joined(shipment.tracking)) if part)
    by = f" ({carrier})" if carrier else ""
    if shipment.delivered:
        story.say(f"{goods} arrived{story.when(shipment.delivered)}{by}.")
    elif _has_failed(shipment):
        story.say(f"{goods} could not be delivered{story.when(shipment.failed)}{by}.", team="customer service")
    else:
        seen = f", last seen on the way{story.when(shipment.in_transit)}" if shipment.in_transit else ""
        goods = goods if goods != "A parcel" else "a parcel"
        story.say(f"{place} shipped {goods}{story.when(shipment.shipped)}{by}{seen}.")


def _has_failed(shipment: ShipmentState) -> bool:
    """True until it is seen on the way again."""
    failed = happened_at(shipment.failed) if shipment.failed else None
    seen = happened_at(shipment.in_transit) if shipment.in_transit else None
    return failed is not None and (seen is None or seen <= failed)


def _tell_missing(state: OrderState, story: _Story) -> None:
    """What waits for stock, and what was left out of a shipment and is on its way nowhere."""
    coming: defaultdict[str, Decimal] = defaultdict(Decimal)
    for leg in state.legs:
        if leg.status not in _GONE and leg.status not in _NOT_COMING:
            for part in _rest_of(leg):
                coming[part.line] += max(part.quantity, Decimal(0))
    left_out = []
    for part, backordered, expected in _open(state):
        missing = PartLine(part.line, part.sku, part.quantity - coming[part.line], part.uom)
        if missing.quantity <= 0:
            continue
        if backordered:
            due = f", expected {story.speaker.expected(expected)}" if expected else ""
            story.say(f"We wait for stock of {items([missing], story.names)}{due}.", team="planning")
        else:
            left_out.append(missing)
    if left_out and any(leg.shipments for leg in state.legs):
        story.say(f"Left out so far: {items(left_out, story.names)}.", team="customer service")


def _open(state: OrderState) -> Iterator[tuple[PartLine, bool, str | None]]:
    """What of each line has not left yet, whether it is on backorder and until when."""
    for line in state.lines:
        quantities = line.quantities
        rest = quantities.ordered - quantities.cancelled - quantities.shipped
        yield PartLine(line.line, line.sku, rest, line.uom), line.backordered, line.expected_date


def _tell_promise(state: OrderState, story: _Story, *, late: bool) -> None:
    if state.promised_until is None:
        return
    promise = story.speaker.for_(state.promised_date, state.promised_until)
    if late:
        overdue = _lasting(story.speaker.now - state.promised_until)
        story.say(f"It was promised {promise} and is {overdue} late.")
        if not story.teams:
            story.teams.append("customer service")
    elif story.teams:
        story.say(f"It is promised {promise}, and that is at risk.")
    else:
        story.say(f"It is promised {promise}.")
