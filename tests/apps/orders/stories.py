"""Random stories of one order: consistent ones, told in full and in time; and wild ones, with everything that goes wrong."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import strategies as st

from apps.contracts.facts import StampedFact
from tests.builders import (
    EAST,
    OMS,
    START,
    WEST,
    allocated,
    backordered,
    cancelled,
    changed,
    delivered,
    failed,
    held,
    hold_released,
    in_transit,
    instant,
    invoice,
    leg_said,
    placed,
    planned,
    posted,
    posting_failed,
    rejected,
    released,
    returned,
    shipped,
    validated,
)

SKUS = ("GLV", "MSK", "GWN")
Draw = st.DrawFn


def minute(number: int) -> datetime:
    return instant(START) + timedelta(minutes=number)


@st.composite
def consistent_stories(draw: Draw) -> list[StampedFact]:
    """Every fact once, quantities that agree, legs that between them carry the whole order: nobody corrects anything.

    Lines with one SKU each, some given by SKU alone. The facts are in the order in which they happened.
    """
    lines = [(str(index + 1), sku, draw(st.integers(2, 9))) for index, sku in enumerate(SKUS[: draw(st.integers(1, 3))])]
    facts = [placed(lines=lines, at=minute(0)), validated(at=minute(1)), allocated(lines=lines, at=minute(2))]
    legs: dict[int, list[tuple[str, str, int]]] = {}
    for each in lines:
        legs.setdefault(draw(st.integers(0, 1)), []).append(each)
    for number, own in legs.items():
        facts += draw(_leg(f"L{number}", (WEST, EAST)[number], own))
    return facts


@st.composite
def _leg(draw: Draw, leg: str, source: str, lines: Sequence[tuple[str, str, int]]) -> list[StampedFact]:
    named = lines if draw(st.booleans()) else [(None, sku, quantity) for _, sku, quantity in lines]
    facts = [planned(leg, named, at=minute(5)), released(leg, named, at=minute(10))]
    facts += [leg_said(word, leg, at=minute(at), source=source) for word, at in (("acknowledged", 20), ("packed", 40))]
    facts.append(leg_said("picked", leg, at=minute(30), source=source, lines=lines))
    half = [(line, sku, quantity // 2) for line, sku, quantity in named]
    rest = [(line, sku, quantity - quantity // 2) for line, sku, quantity in named]
    for number, part in enumerate([half, rest] if draw(st.booleans()) else [list(named)], 1):
        tracking = [f"{leg}-{number}-{parcel}" for parcel in range(draw(st.integers(0, 2)))]
        facts.append(shipped(leg, f"{number}", part, at=minute(50 + number), source=source, tracking=tracking))
        arrivals: list[dict[str, str]] = [{"tracking": each} for each in tracking] or [{"shipment": str(number), "leg": leg}]
        facts += [in_transit(at=minute(60), **each) for each in arrivals]
        facts += [delivered(at=minute(90 + number), **each) for each in arrivals]
        facts.append(posted(str(number), f"P-{leg}-{number}", at=minute(70), refs=[("leg", leg)]))
    return facts


quantities = st.integers(-3, 12) | st.sampled_from(["0.50", "1.25"])
times = st.integers(0, 200).map(minute)
some_lines = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "10", "x", None]),
        st.sampled_from(SKUS),
        quantities,
        st.sampled_from([None, "EA", "CS"]),
    ),
    max_size=3,
)
order_lines = st.lists(
    st.tuples(st.sampled_from(["1", "2", "10"]), st.sampled_from(SKUS[:2]), st.integers(0, 12), st.none() | st.integers(1, 3)),
    max_size=3,
)
line_rows = st.lists(st.tuples(st.sampled_from(["1", "2", "x"]), st.sampled_from(SKUS), quantities), max_size=2)
cut_lines = st.none() | st.lists(
    st.tuples(st.sampled_from(["1", "2", None]), st.sampled_from(SKUS[:2]), st.none() | st.integers(1, 9)), max_size=2
)
leg_names, shipment_names, tracking_names = (
    st.sampled_from(["L", "M"]),
    st.sampled_from(["1", "2"]),
    st.sampled_from(["T", "U"]),
)
partners = st.sampled_from([WEST, EAST])
middlewares = st.sampled_from(["mw", "mw2"])
references = st.lists(
    st.sampled_from(
        [
            ("release", "R1"),
            ("release", "R2"),
            ("leg", "L"),
            ("leg", "L", "mw2"),
            ("shipment", "1", WEST),
            ("tracking", "T"),
            ("po", "7"),
        ]
    ),
    max_size=2,
    unique=True,
)


def _told(build: object, **fields: st.SearchStrategy) -> st.SearchStrategy[StampedFact]:
    """Facts of one builder with everything that a stamp can have."""
    ids = st.sampled_from([f"{number:02}" for number in range(40)])
    return st.builds(
        build,
        at=times,
        heard=times,
        recorded=st.none() | times,
        sequence=st.none() | st.integers(1, 12),
        id=ids,
        refs=references,
        **fields,
    )


_carrier = {
    "shipment": st.none() | shipment_names,
    "tracking": st.none() | tracking_names,
    "leg": st.none() | leg_names,
    "source": st.sampled_from(["carrier", WEST, EAST]),
}
wild_facts = st.one_of(
    _told(placed, lines=order_lines, promised_date=st.sampled_from([None, "2026-03-05"])),
    _told(
        changed, lines=order_lines, revision=st.none() | st.integers(1, 3), promised_date=st.sampled_from([None, "2026-03-06"])
    ),
    _told(cancelled, lines=cut_lines),
    _told(validated, source=st.sampled_from([OMS, "erp"])),
    _told(rejected, source=st.sampled_from([OMS, "erp"])),
    _told(held, hold=st.sampled_from("ab")),
    _told(hold_released, hold=st.sampled_from("ab")),
    _told(allocated, lines=line_rows),
    _told(backordered, lines=line_rows),
    _told(planned, leg=leg_names, lines=some_lines, source=middlewares),
    _told(released, leg=leg_names, lines=some_lines, source=middlewares, ship_by=st.sampled_from([None, "2026-03-03"])),
    *(_told(leg_said, word=st.just(word), leg=leg_names, lines=some_lines, source=partners) for word in ("picked", "packed")),
    *(
        _told(leg_said, word=st.just(word), leg=leg_names, source=partners)
        for word in ("acknowledged", "rejected", "cancelled")
    ),
    _told(leg_said, word=st.just("problem"), leg=leg_names, source=partners, code=st.just("other")),
    _told(
        shipped,
        leg=leg_names,
        shipment=shipment_names,
        lines=some_lines,
        source=partners,
        tracking=st.lists(tracking_names, max_size=2),
        final=st.booleans(),
    ),
    _told(in_transit, **_carrier),
    _told(delivered, **_carrier),
    _told(failed, **_carrier),
    _told(posted, shipment=shipment_names, posting=st.sampled_from(["P", "Q"]), amount=st.none() | st.integers(1, 9)),
    _told(posting_failed),
    *(
        _told(invoice, word=st.just(word), number_=st.sampled_from(["I", "J"]), shipments=st.lists(shipment_names, max_size=2))
        for word in ("issued", "held", "released", "credited")
    ),
    *(
        _told(
            returned,
            word=st.just(word),
            number_=st.sampled_from(["R", "S"]),
            lines=st.none() | some_lines,
            source=st.sampled_from([OMS, WEST]),
        )
        for word in ("authorized", "received", "credited")
    ),
)


def one_content_per_message(stamped: StampedFact) -> tuple[str, str]:
    return stamped.stamp.source, stamped.stamp.id


wild_stories = st.lists(wild_facts, max_size=25, unique_by=one_content_per_message)
