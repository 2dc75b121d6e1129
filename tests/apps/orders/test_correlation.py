"""Where events go: each rule of CONTRACT.md's Correlation with exact answers, then as a function of the set."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from apps.orders.correlation import Correlation, Identifier, State, correlate
from apps.orders.mentions import Bundle, Mention, digest_of


def oms(value: str, issuer: str = "/oms") -> Mention:
    return Mention("order", value, issuer)


def order(value: str) -> Mention:
    return Mention("order", value)


def leg(value: str) -> Mention:
    return Mention("leg", value)


def planned(value: str) -> Mention:
    return Mention("leg", value, "/middleware")


def shipment(value: str, issuer: str = "") -> Mention:
    return Mention("shipment", value, issuer)


def tracking(value: str) -> Mention:
    return Mention("tracking", value)


def bundle(*links: Mention, order: Mention | None = None, spreads: bool = False) -> Bundle:
    return Bundle(order, tuple(sorted(links)), spreads)


def run(*bundles: Bundle) -> Correlation:
    return correlate({digest_of(each): each for each in bundles})


def goes(correlation: Correlation, each: Bundle) -> tuple[State, set[str]]:
    verdict = correlation.verdicts[digest_of(each)]
    return verdict.state, {f"{root.issuer}:{root.value}" for root in verdict.orders}


def test_an_event_that_names_an_order_goes_there_whatever_else_it_names() -> None:
    elsewhere = bundle(leg("L1"), order=order("B"))
    found = run(bundle(order=oms("A")), bundle(order=oms("B")), bundle(planned("L1"), order=order("A")), elsewhere)
    assert goes(found, elsewhere) == (State.MATCHED, {"/oms:B"})


def test_a_foreign_number_is_the_one_that_its_owner_uses() -> None:
    allocated = bundle(order=order("A"))
    assert goes(run(bundle(order=oms("A")), allocated), allocated) == (State.MATCHED, {"/oms:A"})


def test_an_order_that_only_others_name_exists_without_an_issuer() -> None:
    allocated = bundle(order=order("A"))
    assert goes(run(allocated), allocated) == (State.MATCHED, {":A"})


def test_a_number_that_two_issuers_use_is_ambiguous_until_another_reference_decides() -> None:
    placed = [bundle(order=oms("1")), bundle(order=oms("1", "/shop"))]
    bare, with_leg = bundle(order=order("1")), bundle(leg("L1"), order=order("1"))
    owner = bundle(planned("L1"), order=oms("1", "/shop"))
    assert goes(run(*placed, bare), bare) == (State.AMBIGUOUS, set())
    assert goes(run(*placed, owner, with_leg), with_leg) == (State.MATCHED, {"/shop:1"})


def test_a_source_that_may_own_a_number_means_its_own() -> None:
    validated = bundle(order=Mention("order", "1", "", "/shop"))
    found = run(bundle(order=oms("1")), bundle(order=oms("1", "/shop")), validated)
    assert goes(found, validated) == (State.MATCHED, {"/shop:1"})


def test_events_without_an_order_follow_a_chain_in_any_direction() -> None:
    shipped = bundle(leg("L1"), shipment("S1", "/3pl"))
    moving = bundle(tracking("T1"))
    labelled = bundle(shipment("S1"), tracking("T1"))
    posted = bundle(shipment("S1"), order=order("A"))
    acknowledged = bundle(leg("L1"))
    found = run(shipped, moving, labelled, posted, acknowledged, bundle(order=oms("A")))
    for each in (shipped, moving, labelled, acknowledged):
        assert goes(found, each) == (State.MATCHED, {"/oms:A"})


def test_without_a_chain_to_an_order_an_event_is_unmatched_and_says_what_it_named() -> None:
    alone = bundle(leg("L1"), shipment("S1", "/3pl"))
    verdict = run(alone, bundle(order=oms("A"))).verdicts[digest_of(alone)]
    assert verdict.state == State.UNMATCHED
    assert verdict.reason == "No order is known yet for leg L1, shipment S1."


def test_two_claims_to_a_leg_contest_it_and_its_events_go_to_neither() -> None:
    a, b = bundle(planned("L1"), order=oms("A")), bundle(planned("L1"), order=oms("B"))
    shipped = bundle(leg("L1"), shipment("S1", "/3pl"))
    named = bundle(leg("L1"), shipment("S1", "/3pl"), order=order("A"))
    found = run(a, b, shipped)
    contested = {Identifier("leg", "L1", "/middleware"): {Identifier("order", "A", "/oms"), Identifier("order", "B", "/oms")}}
    assert {i: set(orders) for i, orders in found.contested.items()} == contested
    assert goes(found, shipped) == (State.AMBIGUOUS, set())
    assert found.verdicts[digest_of(shipped)].reason == "leg L1 belongs to orders A and B, and nothing else leads to one."
    found = run(a, b, shipped, named)
    assert goes(found, shipped) == (State.MATCHED, {"/oms:A"})  # the shipment is A's by the word of `named`


def test_a_wrong_posting_contests_the_shipment_and_not_its_leg() -> None:
    leg_of_a = bundle(planned("L1"), order=oms("A"))
    shipped = bundle(leg("L1"), shipment("S1", "/3pl"))
    posted = bundle(shipment("S1"), Mention("posting", "P1", "/erp"), order=order("B"))
    delivered = bundle(shipment("S1", "/3pl"))
    found = run(bundle(order=oms("B")), leg_of_a, shipped, posted, delivered)
    assert goes(found, shipped) == (State.MATCHED, {"/oms:A"})
    assert goes(found, posted) == (State.MATCHED, {"/oms:B"})
    assert goes(found, delivered) == (State.AMBIGUOUS, set())
    assert set(found.contested) == {Identifier("shipment", "S1", "/3pl")}


def test_tracking_links_only_while_it_leads_to_one_order() -> None:
    a = bundle(shipment("S1", "/3pl"), tracking("T1"), order=order("A"))
    b = bundle(shipment("S2", "/3pl"), tracking("T1"), order=order("B"))
    moving = bundle(tracking("T1"))
    assert goes(run(a, moving), moving) == (State.MATCHED, {":A"})
    found = run(a, b, moving)
    assert goes(found, moving) == (State.AMBIGUOUS, set())
    assert found.contested == {}


def test_tracking_that_joins_two_chains_is_taken_out_of_both() -> None:
    legs = [bundle(leg("L1"), tracking("T1")), bundle(leg("L2"), tracking("T1"))]
    ships = [bundle(leg("L1"), shipment("S1", "/3pl")), bundle(leg("L2"), shipment("S2", "/3pl"))]
    posts = [bundle(shipment("S1"), order=order("A")), bundle(shipment("S2"), order=order("B"))]
    found = run(*legs, *ships, *posts)
    assert [goes(found, each)[1] for each in (*legs, *ships)] == [{":A"}, {":B"}, {":A"}, {":B"}]
    assert found.contested == {}


def test_two_3pls_may_use_one_shipment_number() -> None:
    a = bundle(shipment("1", "/north"), order=order("A"))
    b = bundle(shipment("1", "/south"), order=order("B"))
    posted, bare = bundle(shipment("1"), order=order("B")), bundle(shipment("1"))
    found = run(a, b, posted, bare)
    assert goes(found, posted) == (State.MATCHED, {":B"})
    assert goes(found, bare) == (State.AMBIGUOUS, set())
    assert found.contested == {}


def test_an_invoice_over_shipments_of_several_orders_goes_to_each() -> None:
    ships = [bundle(shipment("S1", "/3pl"), order=order("A")), bundle(shipment("S2", "/3pl"), order=order("B"))]
    invoice = bundle(Mention("invoice", "I1", "/erp"), shipment("S1"), shipment("S2"), spreads=True)
    credited = bundle(Mention("invoice", "I1", "/erp"))
    found = run(*ships, invoice, credited)
    assert goes(found, invoice) == (State.MATCHED, {":A", ":B"})
    assert goes(found, credited) == (State.AMBIGUOUS, set())


def test_another_number_of_an_order_is_its_alias() -> None:
    placed = bundle(Mention("order", "45-1", "/erp"), order=oms("A"))
    by_alias = bundle(order=order("45-1"))
    assert goes(run(placed, by_alias), by_alias) == (State.MATCHED, {"/oms:A"})


def test_an_alias_that_two_orders_claim_is_contested() -> None:
    a = bundle(Mention("order", "45-1", "/erp"), order=oms("A"))
    b = bundle(Mention("order", "45-1", "/erp"), order=oms("B"))
    by_alias = bundle(order=order("45-1"))
    found = run(a, b, by_alias)
    assert goes(found, by_alias) == (State.AMBIGUOUS, set())
    assert set(found.contested) == {Identifier("order", "45-1", "/erp")}


def test_a_hub_leads_nowhere() -> None:
    batch = Mention("correlation", "batch-7")
    named, bare = bundle(batch, order=order("A")), bundle(batch, leg("L9"))
    each = {digest_of(b): b for b in (named, bare)}
    assert correlate(each).verdicts[digest_of(bare)].state == State.MATCHED
    assert correlate(each, frozenset({("correlation", "batch-7")})).verdicts[digest_of(bare)].state == State.UNMATCHED


mentions = st.one_of(
    st.builds(Mention, st.just("order"), st.sampled_from("AB"), st.sampled_from(["", "/oms", "/shop"])),
    st.builds(Mention, st.just("leg"), st.sampled_from(["L1", "L2"]), st.sampled_from(["", "/middleware"])),
    st.builds(Mention, st.just("shipment"), st.sampled_from(["S1", "S2"]), st.sampled_from(["", "/north", "/south"])),
    st.builds(Mention, st.sampled_from(["tracking", "correlation", "invoice"]), st.sampled_from(["X", "Y"])),
)


@st.composite
def any_bundle(draw: st.DrawFn) -> Bundle:
    """What one event may name, of a world so small that everything meets everything."""
    named = {(m.scheme, m.value): m for m in draw(st.lists(mentions, min_size=1, max_size=4))}
    orders = [name for name in named if name[0] == "order"]
    primary = named.pop(orders[0]) if orders else None
    return Bundle(primary, tuple(sorted(named.values())), primary is None and draw(st.booleans()))


@given(st.lists(any_bundle(), max_size=10), st.randoms(use_true_random=False))
def test_the_order_of_the_bundles_changes_nothing(bundles: Sequence[Bundle], random: object) -> None:
    shuffled = list(bundles)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert run(*bundles) == run(*shuffled)


@given(st.lists(any_bundle(), max_size=10))
def test_an_exclusive_identifier_leads_to_one_order_or_is_contested(bundles: Sequence[Bundle]) -> None:
    found = run(*bundles)
    for digest, each in {digest_of(b): b for b in bundles}.items():
        verdict = found.verdicts[digest]
        assert (verdict.state == State.MATCHED) == bool(verdict.orders)
        assert len(verdict.orders) <= 1 or each.spreads
    assert all(len(orders) > 1 for orders in found.contested.values())
