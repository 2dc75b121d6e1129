"""What a reader may see: a partner's answer depends on its own legs alone."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.roles import MATRIX, Permission, Role
from apps.contracts.facts import Customer
from apps.orders.state import ConflictState, OrderState
from apps.orders.visibility import PartnerReader, redact, visible_facts, visible_partner
from tests import builders as b
from tests.apps.orders.folding import folded

WEST = PartnerReader("west")


class Somebody:
    def __init__(self, role: Role, partner: str = "") -> None:
        self.role = role.value
        self.partner = partner


def own(quantity: int) -> list[b.StampedFact]:
    return [
        b.released("L1", [("1", "GLV", quantity)], refs=[("release", "RL-1")], id="r1"),
        b.shipped("L1", "S1", [("1", "GLV", quantity)], id="s1", tracking=["1Z1"]),
        b.delivered("S1", id="d1"),
    ]


def others(leg: str, quantity: int, *, ships: bool) -> list[b.StampedFact]:
    east = {"partner": "east", "site": "EAST-1"}
    facts = [b.released(leg, [("1", "GLV", quantity)], refs=[("release", f"RL-{leg}")], id=f"r-{leg}", **east)]
    if ships:
        facts.append(b.shipped(leg, f"S-{leg}", [("1", "GLV", quantity)], source=b.EAST, id=f"s-{leg}", tracking=[f"T-{leg}"]))
        facts.append(b.posted(f"S-{leg}", f"P-{leg}", id=f"p-{leg}"))
    return facts


def whole(*more: b.StampedFact, quantity: int = 5) -> OrderState:
    placed = b.placed(lines=[("1", "GLV", 100, "9.50"), ("2", "VAC", 7, "80")], id="placed")
    return folded(placed, b.held(id="h", reason="limit"), b.invoice("issued", "I1", id="i"), *own(quantity), *more)


@given(
    st.lists(st.tuples(st.sampled_from(["L2", "L3", "L4"]), st.integers(1, 40), st.booleans()), unique_by=lambda leg: leg[0])
)
def test_another_partners_work_changes_nothing_but_the_orders_own_words(legs: list[tuple[str, int, bool]]) -> None:
    alone = redact(whole(), WEST)
    shared = redact(whole(*(fact for leg, count, ships in legs for fact in others(leg, count, ships=ships))), WEST)
    for field in ("lines", "legs", "milestones", "references", "conflicts", "holds", "invoices", "returns", "value", "money"):
        assert getattr(shared, field) == getattr(alone, field), field


def test_what_a_partner_sees() -> None:
    shown = redact(whole(*others("L2", 3, ships=True)), WEST)
    assert [leg.leg for leg in shown.legs] == ["L1"]
    (line,) = shown.lines
    quantities = line.quantities
    assert (line.line, quantities.ordered, quantities.released, quantities.shipped, quantities.delivered) == ("1", 5, 5, 5, 5)
    assert (quantities.picked, quantities.allocated, quantities.invoiced, line.unit_price) == (5, 0, 0, None)
    assert (shown.value, shown.money, shown.currency, shown.customer_id, shown.customer_name) == (None, "", None, None, None)
    assert (shown.invoices, shown.posting_failures, shown.holds, shown.returns) == ((), (), (), ())
    seen = {(reference.scheme, reference.value) for reference in shown.references}
    assert seen == {("order", "SO-1"), ("leg", "L1"), ("shipment", "S1"), ("tracking", "1Z1")}


def test_a_partner_learns_of_a_conflict_and_not_with_whom() -> None:
    disputed = (
        ConflictState("shipment", "S1", b.WEST, ("SO-1", "SO-77")),
        ConflictState("shipment", "S-L2", b.EAST, ("SO-1", "SO-78")),
    )
    shown = redact(folded(b.placed(), *own(5), *others("L2", 3, ships=True), conflicts=disputed), WEST)
    assert shown.conflicts == (ConflictState("shipment", "S1", b.WEST, ("SO-1",)),)


def test_a_partner_sees_the_messages_of_its_own_legs_and_parcels() -> None:
    more = [
        *others("L2", 3, ships=True),
        b.in_transit(tracking="1Z1", id="t1"),
        b.in_transit(tracking="T-L2", id="t2"),
        b.leg_said("picked", "L1", id="k1"),
        b.leg_said("picked", "L2", id="k2", source=b.EAST),
        b.delivered("S9", id="d9", leg="L1"),
    ]
    facts = [b.placed(id="placed"), b.invoice("issued", "I1", id="i"), b.posted("S1", id="p1"), *own(5), *more]
    state = redact(folded(*facts), WEST)
    assert sorted(fact.stamp.id for fact in visible_facts(state, facts, WEST)) == ["d1", "d9", "k1", "r1", "s1", "t1"]
    staff = Somebody(Role.FINANCE)
    assert visible_facts(state, facts, staff) == facts


def test_a_partners_reader_without_a_partner_sees_no_leg() -> None:
    nobody = Somebody(Role.PARTNER)
    assert visible_partner(nobody) == ""
    assert redact(whole(), nobody).legs == ()
    assert redact(whole(b.released("L9", partner="", site="X")), nobody).legs == ()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PARTNER])
def test_staff_see_everything(role: Role) -> None:
    state = whole(*others("L2", 3, ships=True))
    assert redact(state, Somebody(role, partner="west")) == state


def test_money_and_customers_are_stripped_each_by_its_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    state = whole(b.posting_failed(shipment="S1", order="SO-1"), b.posted("S1", "P1", amount=Decimal(12)))
    sees_all = MATRIX[Role.FINANCE]
    monkeypatch.setitem(MATRIX, Role.FINANCE, sees_all - {Permission.SEE_MONEY})
    shown = redact(state, Somebody(Role.FINANCE))
    assert (shown.value, shown.currency, shown.money, shown.posting_failures) == (None, None, "", ())
    assert [line.unit_price for line in shown.lines] == [None, None]
    assert [shipment.posted for leg in shown.legs for shipment in leg.shipments] == [None]
    assert not {reference.scheme for reference in shown.references} & {"posting", "invoice"}
    assert (len(shown.legs), len(shown.holds)) == (len(state.legs), len(state.holds))
    monkeypatch.setitem(MATRIX, Role.FINANCE, sees_all - {Permission.SEE_CUSTOMERS})
    assert redact(state, Somebody(Role.FINANCE)).value == state.value
    assert redact(state, Somebody(Role.FINANCE)).customer_name is None


def test_facts_of_money_and_customers_are_stripped_each_by_its_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = [b.placed(id="placed", customer=Customer(name="Meridian")), b.posted("S1", id="p"), b.invoice("held", "I", id="i")]
    sees_all = MATRIX[Role.FINANCE]
    monkeypatch.setitem(MATRIX, Role.FINANCE, sees_all - {Permission.SEE_MONEY})
    assert visible_facts(folded(*facts), facts, Somebody(Role.FINANCE)) == facts[:1]
    monkeypatch.setitem(MATRIX, Role.FINANCE, sees_all - {Permission.SEE_CUSTOMERS})
    shown = visible_facts(folded(*facts), facts, Somebody(Role.FINANCE))
    assert [(each.stamp.id, getattr(each.fact, "customer", None)) for each in shown] == [
        ("placed", None),
        ("p", None),
        ("i", None),
    ]
