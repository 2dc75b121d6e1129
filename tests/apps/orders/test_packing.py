"""Stored states: what was written is read, and so is what was written with the fields' names, as it once was."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from apps.orders.models import OrderRow
from apps.orders.packing import pack_state, unpack_state
from apps.orders.state import ConflictState, LegState, LineState, Moment, OrderState, PartLine, Quantities, ShipmentState
from tests import messages as m

MOMENT = Moment(datetime(2026, 3, 2, 9, tzinfo=UTC), source="urn:oms", position=7)


def full() -> OrderState:
    part = PartLine("1", "GLV", Decimal("2.5"), "EA")
    shipment = ShipmentState("S-1", "urn:wms", lines=(part,), tracking=("1Z9",), shipped=MOMENT)
    leg = LegState("L-1", "urn:mw", "released", milestones={"released": MOMENT}, lines=(part,), shipments=(shipment,))
    line = LineState("1", "GLV", Quantities(ordered=Decimal(3)), flags=("extra",))
    conflict = ConflictState("tracking", "1Z9", None, ("SO-1", "SO-2"), MOMENT.occurred_at)
    return OrderState(
        "SO-1",
        None,
        "released",
        "none",
        value=Decimal("9.90"),
        milestones={"placed": MOMENT},
        lines=(line,),
        legs=(leg,),
        conflicts=(conflict,),
    )


def test_what_was_written_with_names_is_read() -> None:
    state = full()
    assert unpack_state(msgspec.msgpack.encode(m.by_name(state))) == unpack_state(pack_state(state)) == state


@pytest.mark.django_db
def test_so_is_a_whole_order_as_it_stands_in_its_row() -> None:
    m.tell(*m.order_story("SO-1"))
    state = unpack_state(bytes(OrderRow.objects.get().state))
    assert unpack_state(msgspec.msgpack.encode(m.by_name(state))) == state
    assert state.legs
