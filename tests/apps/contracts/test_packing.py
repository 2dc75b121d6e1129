from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.contracts.contract import Contract
from apps.contracts.facts import Money, OrderLine, OrderPlaced, Stamp, StampedFact
from apps.contracts.packing import pack, pack_stamped, unpack, unpack_stamped
from apps.translation.reading import reader_of
from tests.apps.contracts.valid_data import contracts_with_data

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
STAMP = Stamp("urn:oms", "e-1", NOW, NOW, None, None, time_was_missing=False, position=7)

times = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
stamps = st.builds(
    Stamp,
    st.text(),
    st.text(),
    times,
    times,
    st.none() | times,
    st.none() | st.text(),
    st.booleans(),
    st.integers(0, 2**63 - 1),
)


@given(contracts_with_data, stamps)
def test_whatever_is_packed_comes_back_equal(said: tuple[Contract, dict[str, Any]], stamp: Stamp) -> None:
    contract, data = said
    name, fact = contract.name, reader_of(contract.fact)(data)
    stamped = StampedFact(name, stamp, fact)
    assert unpack(name, pack(stamped)) == fact
    assert unpack_stamped(name, pack_stamped(stamped)) == stamped


def test_digits_and_microseconds_are_kept() -> None:
    line = OrderLine(
        line="1", sku="GLV", quantity=Decimal("999999999999999999.999999"), unit_price=Money(Decimal("0.10"), "USD")
    )
    heard = NOW + timedelta(microseconds=1)
    stamped = StampedFact(
        "order.placed", msgspec.structs.replace(STAMP, heard_at=heard), OrderPlaced(order="SO-1", lines=(line,))
    )
    found: Any = unpack_stamped("order.placed", pack_stamped(stamped))
    assert str(found.fact.lines[0].quantity) == "999999999999999999.999999"
    assert str(found.fact.lines[0].unit_price.amount) == "0.10"
    assert found.stamp.heard_at == heard


def test_other_bytes_and_unknown_names_are_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        unpack("order.placed", b"\xc1")
    with pytest.raises(KeyError):
        unpack("order.painted", b"\x80")
