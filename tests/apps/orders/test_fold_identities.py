"""Which leg, shipment, invoice or return a mention means inside one order."""

import pytest

from apps.contracts.facts import StampedFact
from apps.orders.state import ReferenceState, UnappliedFact
from tests.apps.orders.folding import claimed, folded, leg, shipment, shipments
from tests.builders import (
    CARRIER,
    EAST,
    ERP,
    WEST,
    delivered,
    in_transit,
    invoice,
    leg_said,
    placed,
    planned,
    posted,
    released,
    returned,
    shipped,
)

GLV, MSK = [("1", "GLV", 40)], [("2", "MSK", 10)]
ORDER = placed(lines=[*GLV, *MSK])
TWO_LEGS = [ORDER, released("L", GLV), released("M", MSK, site="EAST-1", partner="east")]


def named(*facts: StampedFact) -> list[tuple[str, str | None]]:
    return [(each.shipment, each.issuer) for each in shipments(folded(*facts))]


def test_a_foreign_mention_means_the_one_leg_that_the_middleware_issued() -> None:
    state = folded(*TWO_LEGS, leg_said("acknowledged", "L"), leg_said("picked", "M", source=EAST))
    assert [(each.leg, each.issuer, each.status) for each in state.legs] == [("L", "mw", "acknowledged"), ("M", "mw", "picked")]


def test_mentions_of_a_leg_that_nobody_planned_share_one_without_issuer() -> None:
    state = folded(leg_said("acknowledged", "L"), shipped("L", "S", GLV, source=EAST))
    assert [(each.leg, each.issuer, each.status) for each in state.legs] == [("L", None, "partially_shipped")]
    assert [each.leg for each in folded(leg_said("acknowledged", "10"), leg_said("acknowledged", "9")).legs] == ["9", "10"]


def test_two_issuers_of_one_leg_number_are_two_legs() -> None:
    facts = [released("L", GLV), planned("L", MSK, source="mw2")]
    assert [(each.leg, each.issuer) for each in folded(*facts).legs] == [("L", "mw"), ("L", "mw2")]


def test_a_mention_that_fits_several_legs_waits_and_is_listed() -> None:
    facts = [
        released("L", GLV, refs=[("release", "R1")]),
        released("L", MSK, source="mw2", refs=[("release", "R2")]),
    ]
    state = folded(*facts, leg_said("acknowledged", "L", id="a-1", position=9))
    assert [each.status for each in state.legs] == ["released", "released"]
    assert state.unapplied == (UnappliedFact(WEST, "a-1", "leg", "L", ("mw", "mw2"), 9),)
    fitting = folded(*facts, leg_said("acknowledged", "L", refs=[("release", "R2")]))
    assert (leg(fitting, "L", "mw").status, leg(fitting, "L", "mw2").status) == ("released", "acknowledged")
    told = folded(*facts, leg_said("acknowledged", "L", refs=[("leg", "L", "mw")]))
    assert (leg(told, "L", "mw").status, leg(told, "L", "mw2").status) == ("acknowledged", "released")
    assert fitting.unapplied == told.unapplied == ()


def test_an_issuer_that_one_event_names_is_a_choice_for_all_mentions() -> None:
    state = folded(
        released("L", GLV), leg_said("acknowledged", "L", id="a"), leg_said("picked", "L", refs=[("leg", "L", "mw2")])
    )
    assert [(each.issuer, each.status) for each in state.legs] == [("mw", "released"), ("mw2", "picked")]
    assert [(each.message, each.candidates) for each in state.unapplied] == [("a", ("mw", "mw2"))]


def test_legs_of_one_number_keep_their_heard_shipments_apart() -> None:
    state = folded(
        released("L", GLV, refs=[("release", "R1")]),
        released("L", MSK, source="mw2", refs=[("release", "R2")]),
        in_transit("1", leg="L", refs=[("release", "R1")]),
        delivered("1", leg="L", refs=[("release", "R2")]),
    )
    shown = [(each.issuer, [own.delivered is not None for own in each.shipments]) for each in state.legs]
    assert shown == [("mw", [False]), ("mw2", [True])]


def test_a_dispatch_of_an_unclear_leg_makes_no_shipment() -> None:
    state = folded(released("L", GLV), released("L", MSK, source="mw2"), shipped("L", "S", GLV, id="s-1"))
    assert (shipments(state), [each.message for each in state.unapplied]) == ([], ["s-1"])


def test_two_partners_that_number_alike_keep_two_shipments() -> None:
    facts = [*TWO_LEGS, shipped("L", "1", GLV), shipped("M", "1", MSK, source=EAST)]
    assert named(*facts) == [("1", WEST), ("1", EAST)]
    state = folded(*facts, delivered("1", leg="M"))
    assert (leg(state, "L").status, leg(state, "M").status) == ("shipped", "delivered")


@pytest.mark.parametrize(
    "mention",
    [
        delivered("1", leg="M"),
        delivered("1", refs=[("leg", "M")]),
        delivered("1", tracking="T2"),
        delivered("1", refs=[("tracking", "T2")]),
        delivered("1", refs=[("release", "R2")]),
        delivered("1", refs=[("shipment", "1", EAST)]),
        delivered("1", source=EAST),
        delivered(tracking="T2"),
    ],
)
def test_among_namesakes_the_one_is_meant_that_fits_what_else_is_named(mention: StampedFact) -> None:
    state = folded(
        ORDER,
        released("L", GLV, refs=[("release", "R1")]),
        released("M", MSK, refs=[("release", "R2")]),
        shipped("L", "1", GLV, tracking=["T1"]),
        shipped("M", "1", MSK, source=EAST, tracking=["T2"]),
        mention,
    )
    assert (leg(state, "L").status, leg(state, "M").status, state.unapplied) == ("shipped", "delivered", ())


def test_a_mention_that_fits_several_shipments_waits_and_is_listed() -> None:
    facts = [*TWO_LEGS, shipped("L", "1", GLV), shipped("M", "1", MSK, source=EAST)]
    waiting = [delivered("1", id="a"), posted("1", id="b"), invoice("issued", "I", id="c", shipments=["1"])]
    state = folded(*facts, *waiting)
    assert [(each.source, each.message, each.scheme, each.candidates) for each in state.unapplied] == [
        (CARRIER, "a", "shipment", (EAST, WEST)),
        (ERP, "b", "shipment", (EAST, WEST)),
        (ERP, "c", "shipment", (EAST, WEST)),
    ]
    assert (state.status, state.money, state.invoices) == ("shipped", "not_posted", ())


def test_before_either_partner_has_told_of_its_shipment_their_legs_keep_them_apart() -> None:
    facts = [*TWO_LEGS, in_transit("1", leg="L"), delivered("1", leg="M")]
    state = folded(*facts)
    assert named(*facts) == [("1", None), ("1", None)]
    assert (len(leg(state, "L").shipments), len(leg(state, "M").shipments)) == (1, 1)
    assert folded(*facts, posted("1", id="p")).unapplied[0].message == "p"


def test_a_partners_word_does_not_go_to_the_other_partners_namesake() -> None:
    state = folded(*TWO_LEGS, shipped("L", "1", GLV), delivered("1", leg="M", source=EAST))
    assert (leg(state, "L").status, shipment(state, "1", None).delivered is not None) == ("shipped", True)
    assert [each.shipment for each in leg(state, "M").shipments] == ["1"]


def test_mentions_of_a_shipment_that_nobody_told_of_are_one_loose_shipment_until_a_leg_is_named() -> None:
    facts = [ORDER, posted("S"), in_transit("S"), delivered("S", source=EAST)]
    state = folded(*facts)
    (loose,) = state.loose_shipments
    assert (loose.shipment, loose.posted.posting, loose.delivered is not None) == ("S", "P-1", True)
    homed = folded(*facts, in_transit("S", leg="L"))
    assert (homed.loose_shipments, [each.shipment for each in leg(homed, "L", None).shipments]) == ((), ["S"])
    told = folded(*facts, shipped("L", "S", GLV))
    assert [(each.shipment, each.issuer) for each in leg(told, "L", None).shipments] == [("S", WEST)]


def test_a_shipment_sent_again_for_another_leg_belongs_to_the_latest() -> None:
    state = folded(*TWO_LEGS, shipped("L", "S", GLV, at="2026-03-02T12:00Z"), shipped("M", "S", MSK, at="2026-03-02T13:00Z"))
    assert (leg(state, "L").shipments, [each.shipment for each in leg(state, "M").shipments]) == ((), ["S"])
    assert (leg(state, "L").status, leg(state, "M").status) == ("released", "shipped")


def test_a_tracking_number_reaches_every_shipment_that_has_it_in_the_leg_if_named() -> None:
    facts = [*TWO_LEGS, shipped("L", "1", GLV, tracking=["T"]), shipped("M", "2", MSK, tracking=["T"])]
    both = folded(*facts, delivered(tracking="T"))
    assert [each.status for each in both.legs] == ["delivered", "delivered"]
    one = folded(*facts, delivered(tracking="T", leg="M"))
    assert [each.status for each in one.legs] == ["shipped", "delivered"]


def test_a_tracking_number_learned_beside_the_shipment_leads_to_it() -> None:
    facts = [*TWO_LEGS, shipped("L", "S", GLV), in_transit("S", tracking="T")]
    state = folded(*facts, delivered(tracking="T"))
    assert (leg(state, "L").status, shipment(state, "S").tracking) == ("delivered", ("T",))
    two = [*facts, in_transit("S", tracking="U"), delivered(tracking="T")]
    assert leg(folded(*two), "L").status == "shipped"
    assert leg(folded(*two, delivered(tracking="U")), "L").status == "delivered"


def test_a_tracking_number_of_no_known_shipment_is_a_parcel_of_its_own() -> None:
    state = folded(*TWO_LEGS, delivered(tracking="T", order="SO-1"))
    (parcel,) = state.loose_shipments
    assert (parcel.shipment, parcel.tracking, parcel.delivered is not None) == ("", ("T",), True)
    homed = folded(*TWO_LEGS, delivered(tracking="T"), in_transit(tracking="T", leg="L"))
    assert (homed.loose_shipments, [each.tracking for each in leg(homed, "L").shipments]) == ((), [("T",)])
    assert claimed(leg(homed, "L").milestones)["delivered"] == "08:00"


def test_a_corrected_tracking_number_is_no_longer_the_shipments() -> None:
    facts = [
        shipped("L", "S", GLV, at="2026-03-02T12:00Z", tracking=["OLD"]),
        shipped("L", "S", GLV, at="2026-03-02T13:00Z", tracking=["NEW"]),
    ]
    assert shipment(folded(*facts, delivered(tracking="OLD")), "S").delivered is None
    assert shipment(folded(*facts, delivered(tracking="NEW")), "S").delivered is not None


def test_each_source_issues_its_own_invoices() -> None:
    state = folded(invoice("issued", "I"), invoice("held", "I", source="erp2"))
    assert [(each.invoice, each.issuer, each.held) for each in state.invoices] == [("I", "erp", False), ("I", "erp2", True)]


def test_returns_are_issued_by_who_authorizes_them() -> None:
    received = returned("received", "R", source=WEST, lines=[("GLV", 1)])
    assert [(each.return_id, each.issuer) for each in folded(received, returned("credited", "R", source=ERP)).returns] == [
        ("R", None)
    ]
    state = folded(returned("authorized", "R"), received)
    assert [(each.issuer, each.received is not None) for each in state.returns] == [("oms", True)]
    several = folded(returned("authorized", "R"), returned("authorized", "R", source="oms2"), received)
    assert [each.received for each in several.returns] == [None, None]
    assert [(each.scheme, each.candidates) for each in several.unapplied] == [("return", ("oms", "oms2"))]


def test_a_reference_alone_makes_no_leg_and_no_shipment() -> None:
    state = folded(placed(lines=GLV, refs=[("leg", "L", "mw"), ("shipment", "S", WEST), ("return", "R", "oms")]))
    assert (state.legs, shipments(state), state.returns) == ((), [], ())


def test_references_are_every_identifier_with_its_issuer_where_known() -> None:
    state = folded(
        placed(lines=GLV, refs=[("po", "PO-7"), ("order", "SHOP-9", "shop")]),
        released("L", GLV, refs=[("release", "R1")]),
        leg_said("acknowledged", "L", refs=[("release", "R1")]),
        shipped("L", "S", GLV, tracking=["T"]),
        posted("S", "P", refs=[("correlation", "c1")]),
        delivered("X", leg="L"),
        invoice("issued", "I", shipments=["S", "Z"]),
        returned("received", "RMA", source=WEST),
    )
    expected = [
        ("correlation", "c1", None),
        ("invoice", "I", "erp"),
        ("leg", "L", "mw"),
        ("order", "SHOP-9", "shop"),
        ("order", "SO-1", "oms"),
        ("po", "PO-7", None),
        ("posting", "P", "erp"),
        ("release", "R1", "mw"),
        ("return", "RMA", None),
        ("shipment", "S", "3pl/west"),
        ("shipment", "X", None),
        ("shipment", "Z", None),
        ("tracking", "T", None),
    ]
    assert list(state.references) == [ReferenceState(*each) for each in expected]
