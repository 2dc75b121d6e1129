"""Random stories for judging: mostly smooth ones, told with random delays over days, with steps left out and words told late."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from hypothesis import strategies as st

from apps.contracts.facts import StampedFact
from apps.sla.policy import Policy, policy_of
from tests.apps.exceptions.judging import at
from tests.builders import (
    EAST,
    WEST,
    allocated,
    delivered,
    in_transit,
    invoice,
    leg_said,
    placed,
    planned,
    posted,
    released,
    shipped,
    validated,
)

Draw = st.DrawFn
SKUS = ("GLV", "MSK", "GWN")
PRICE = 10
SITES = (("west", "WEST-1", WEST), ("east", "EAST-1", EAST))

POLICIES: Sequence[Policy] = (
    policy_of({}, "UTC"),
    policy_of(
        {
            ("commitment", "ack-west"): {
                "place": 1,
                "versions": [
                    {"name": "ack", "measure": "acknowledge", "expectation": "elapsed", "seconds": 1800, "match": {"region": "north"}}
                ],
            },
        },
        "America/New_York",
    ),
)


@st.composite
def smooth_stories(draw: Draw) -> list[StampedFact]:
    """An order of up to three legs, each with its goods: steps may be left out, and anything may be heard late. Half of
    the stories are heard in order, no word before what it rests on; of the others half begin with the order."""
    lines = [(str(place + 1), sku, draw(st.integers(1, 9)), PRICE) for place, sku in enumerate(SKUS[: draw(st.integers(1, 3))])]
    promised = draw(st.sampled_from([None, "2026-03-03", "2026-03-04", "2026-03-05T10:00:00Z"]))
    order = [placed(lines=lines, at=at(), promised_date=promised, region="north")]
    order += draw(_some([validated(at=at(draw(hours))), allocated(lines=[line[:3] for line in lines], at=at(draw(hours)))]))
    legs: dict[int, list[tuple[str, str, int]]] = {}
    for line in lines:
        legs.setdefault(draw(st.integers(0, 2)), []).append(line[:3])
    ways = [draw(_leg(f"L{number}", number % 2, own)) for number, own in legs.items()]
    bills = draw(_invoices([stamped for way in ways for stamped in way]))
    mode = draw(st.integers(0, 3))
    if mode >= 2:
        order = draw(_in_order(order, at()))
        ways = [draw(_in_order(way, order[0].stamp.heard_at)) for way in ways]
        bills = draw(_in_order(bills, max(stamped.stamp.heard_at for own in (order, *ways) for stamped in own)))
    else:
        begins = order[0].stamp.heard_at if mode else None
        order, bills, *ways = [[draw(_told_late(each, begins)) for each in own] for own in (order, bills, *ways)]
    return [*order, *(stamped for way in ways for stamped in way), *bills]


@st.composite
def _in_order(draw: Draw, facts: Sequence[StampedFact], begins: datetime) -> list[StampedFact]:
    """Late as they may be, none is heard before the one before it."""
    told = []
    for stamped in facts:
        late = draw(_told_late(stamped))
        begins = max(begins, late.stamp.heard_at)
        told.append(msgspec.structs.replace(late, stamp=msgspec.structs.replace(late.stamp, heard_at=begins)))
    return told


hours = st.integers(0, 20) | st.integers(0, 120)


@st.composite
def _leg(draw: Draw, leg: str, place: int, lines: Sequence[tuple[str, str, int]]) -> list[StampedFact]:
    partner, site, source = SITES[place]
    begins = draw(hours)
    where = {"partner": partner, "site": site}
    ship_by = draw(st.sampled_from([None, "2026-03-03", "2026-03-03T18:00:00-05:00"]))
    named = lines if draw(st.booleans()) else [(None, sku, quantity) for _, sku, quantity in lines]
    after = [begins + draw(st.integers(0, 30)) for _ in range(8)]
    tracking = draw(st.sampled_from([[], [f"T-{leg}"]]))
    arrival = {"tracking": tracking[0]} if tracking else {"shipment": f"S-{leg}"}
    steps = [
        planned(leg, named, at=at(begins), **where),
        released(leg, named, at=at(begins, 5), ship_by=ship_by, **where),
        leg_said("acknowledged", leg, at=at(after[0], 10), source=source),
        leg_said("picked", leg, at=at(after[1], 20), source=source, lines=lines),
        leg_said("packed", leg, at=at(after[2], 30), source=source),
        shipped(leg, f"S-{leg}", named, at=at(after[3], 40), source=source, tracking=tracking, final=draw(st.booleans())),
        in_transit(at=at(after[4], 50), **arrival),
        delivered(at=at(after[5], 55), **arrival),
        posted(f"S-{leg}", f"P-{leg}", at=at(after[6], 58)),
    ]
    return draw(_some(steps))


@st.composite
def _invoices(draw: Draw, facts: Sequence[StampedFact]) -> list[StampedFact]:
    sent = [stamped.fact for stamped in facts if stamped.name == "leg.shipped"]
    named = draw(st.sampled_from([[], [fact.shipment for fact in sent], [fact.shipment for fact in sent[:1]], ["S-L0", "X"]]))  # type: ignore[attr-defined]  # a dispatch has one
    count = draw(st.sampled_from([0, 0, 0, 1])) + sum((line.quantity for fact in sent if fact.shipment in named or not named for line in fact.lines), 0)  # type: ignore[attr-defined]  # and lines
    made = [
        invoice("issued", name, at=at(draw(hours), 59), shipments=named, amount=count * PRICE)
        for name in draw(st.sampled_from([[], ["I"], ["I"], ["I", "J"]]))
    ]
    return made


@st.composite
def _some(draw: Draw, steps: Sequence[StampedFact]) -> list[StampedFact]:
    """All of them, or most."""
    left_out = draw(st.sets(st.integers(0, len(steps) - 1), max_size=draw(st.sampled_from([0, 0, 0, 0, 0, 1, 1, 3]))))
    return [step for place, step in enumerate(steps) if place not in left_out]


@st.composite
def _told_late(draw: Draw, stamped: StampedFact, begins: datetime | None = None) -> StampedFact:
    """Heard within minutes, now and then hours or days after, not before `begins`; one clock in many is off."""
    delay = draw(st.sampled_from([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 90, 600, 3000]))
    skew = draw(st.sampled_from([0] * 12 + [-300, 200, 2000]))
    happened: datetime = stamped.stamp.occurred_at
    heard = happened + timedelta(minutes=delay)
    stamp = msgspec.structs.replace(
        stamped.stamp, occurred_at=happened + timedelta(minutes=skew), heard_at=max(heard, begins) if begins else heard
    )
    return msgspec.structs.replace(stamped, stamp=stamp)
