import base64
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from apps.contracts.contract import Contract
from apps.contracts.facts import (
    Customer,
    LegShipped,
    Line,
    Money,
    OrderCancelled,
    OrderLine,
    OrderPlaced,
    Reference,
    ShipmentDelivered,
    Stamp,
    StampedFact,
)
from apps.contracts.registry import CONTRACTS
from apps.translation.canonical import translate
from tests.apps.translation.canonical_messages import HEARD, TIME, binary, fact_of, refused, stored, structured

LINE = {"line": "1", "sku": "GLV", "quantity": 4}
ORDER = {"order": "SO-1", "lines": [LINE]}


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda contract: contract.name)
def test_every_example_translates_in_both_modes(contract: Contract) -> None:
    for example in contract.examples:
        data = json.dumps(example["data"]).encode()
        found = fact_of(structured(contract.name, data))
        assert type(found) is contract.fact
        assert fact_of(binary(contract.name, data)) == found


def test_an_order_placed_is_read_whole() -> None:
    data = {
        "order": "SO-1/A",
        "customer": {"id": "C-1", "name": "Clínica São João"},
        "region": "south",
        "channel": " ",
        "currency": "usd",
        "promised_date": "2026-03-06",
        "requested_date": "2026-03-05T17:00:00-03:00",
        "priority": 2,
        "lines": [
            {"line": 10, "sku": "GLV", "quantity": "2.50", "uom": "CS", "unit_price": {"amount": 9.9, "currency": "EUR"}},
            {"line": "2", "sku": "VAX", "quantity": 1e2, "unit_price": "0.10", "description": None, "colour": "blue"},
        ],
        "references": [{"scheme": "po", "value": "PO-9"}, {"scheme": "order", "value": "77", "issuer": "urn:erp"}],
        "anything": {"deep": [1, {"kept": True}]},
    }
    assert translate(structured("order.placed", data, sequence="5", recordedtime="2026-03-02T08:00:01+01:00")) == StampedFact(
        "order.placed",
        Stamp(
            "urn:oms", "e-1", TIME, HEARD, datetime(2026, 3, 2, 7, 0, 1, tzinfo=UTC), "5", time_was_missing=False, position=7
        ),
        OrderPlaced(
            order="SO-1/A",
            customer=Customer("C-1", "Clínica São João"),
            region="south",
            currency="USD",
            promised_date="2026-03-06",
            requested_date="2026-03-05T17:00:00-03:00",
            priority="2",
            lines=(
                OrderLine(line="10", sku="GLV", quantity=Decimal("2.5"), uom="CS", unit_price=Money(Decimal("9.9"), "EUR")),
                OrderLine(line="2", sku="VAX", quantity=Decimal(100), unit_price=Decimal("0.1")),
            ),
            references=(Reference("po", "PO-9"), Reference("order", "77", "urn:erp")),
        ),
    )


def test_numbers_are_read_as_written_not_as_floats() -> None:
    fact = fact_of(
        structured(
            "order.placed", b'{"order": "1", "lines": [{"line": "1", "sku": "A", "quantity": 123456789012345678.123456}]}'
        )
    )
    assert fact.lines[0].quantity == Decimal("123456789012345678.123456")


def test_a_correction_may_be_negative() -> None:
    data = {"order": "SO-1", "lines": [{"line": "1", "sku": "GLV", "quantity": -3}]}
    assert fact_of(structured("order.allocated", data)).lines[0].quantity == Decimal(-3)


def test_null_is_as_good_as_absent() -> None:
    data = {"leg": "L", "shipment": "S", "lines": [], "order": None, "tracking": None, "final": None, "references": None}
    assert fact_of(structured("leg.shipped", data)) == LegShipped(leg="L", shipment="S", lines=())
    assert fact_of(structured("order.cancelled", {"order": "SO-1", "lines": None})) == OrderCancelled(order="SO-1", lines=None)


def test_a_line_names_its_line_or_its_sku() -> None:
    found = fact_of(
        structured("leg.picked", {"leg": "L", "lines": [{"line": "1", "quantity": 1}, {"sku": "B", "quantity": 2}]})
    )
    assert found.lines == (Line(line="1", quantity=Decimal(1)), Line(sku="B", quantity=Decimal(2)))
    assert refused(structured("leg.picked", {"leg": "L", "lines": [{"quantity": 1}]})) == (
        "missing_field",
        "data.lines[0]: needs `line` or `sku`, neither of which is there.",
    )


def test_packages_are_a_number_or_a_list_that_is_counted() -> None:
    assert fact_of(structured("leg.packed", {"leg": "L", "packages": 3})).packages == 3
    assert fact_of(structured("leg.packed", {"leg": "L", "packages": [{"id": "P1"}, {"id": "P2"}]})).packages == 2


def test_a_missing_time_is_the_heard_time_and_the_stamp_says_so() -> None:
    found = translate(structured("order.validated", {"order": "SO-1"}, time=None))
    assert isinstance(found, StampedFact)
    assert (found.stamp.occurred_at, found.stamp.time_was_missing) == (HEARD, True)


def test_the_correlation_id_is_a_reference() -> None:
    wanted = (Reference("po", "9"), Reference("correlation", "c-1"))
    data = {"tracking": "1Z", "references": [{"scheme": "po", "value": "9"}]}
    assert fact_of(structured("shipment.delivered", data, correlationid="c-1")).references == wanted
    assert fact_of(binary("shipment.delivered", json.dumps(data).encode(), correlationid="c-1")).references == wanted


def test_a_correlation_that_is_named_already_is_not_named_twice() -> None:
    data = {"tracking": "1Z", "references": [{"scheme": "correlation", "value": "c-1"}]}
    found = fact_of(structured("shipment.delivered", data, correlationid="c-1"))
    assert found == ShipmentDelivered(tracking="1Z", references=(Reference("correlation", "c-1"),))


def test_extension_attributes_may_be_whole_numbers() -> None:
    found = translate(structured("order.validated", {"order": "SO-1"}, sequence=12, correlationid=34))
    assert isinstance(found, StampedFact)
    assert (found.stamp.sequence, found.fact.references) == ("12", (Reference("correlation", "34"),))


def test_data_in_base64_is_read() -> None:
    message = structured("order.validated", b"null", data_base64=base64.b64encode(b'\xef\xbb\xbf{"order": "SO-1"}').decode())
    assert fact_of(message).order == "SO-1"


def test_a_batched_slice_is_read_by_its_own_content() -> None:
    message = structured("order.validated", {"order": "SO-1"})
    assert fact_of(stored(message.body, message.type, "application/cloudevents-batch+json", {}, TIME)).order == "SO-1"


def test_blank_attributes_are_as_good_as_absent() -> None:
    found = translate(structured("order.validated", {"order": "SO-1"}, sequence="", correlationid=" "))
    assert isinstance(found, StampedFact)
    assert (found.stamp.sequence, found.fact.references) == (None, ())


def test_a_byte_order_mark_changes_nothing() -> None:
    message = structured("order.validated", {"order": "SO-1"})
    marked = stored(b"\xef\xbb\xbf" + message.body, message.type, message.content_type, {}, TIME)
    assert fact_of(marked).order == "SO-1"
