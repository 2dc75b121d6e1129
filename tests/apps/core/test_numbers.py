from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.numbers import BOUND, as_wire, bounded, read_decimal

MILLIONTHS = st.integers(-(BOUND * 10**6) + 1, BOUND * 10**6 - 1)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("1", "1"),
        ("0012", "12"),
        ("-12.50", "-12.5"),
        ("1.5000000000", "1.5"),
        ("-0.000", "0"),
        ("999999999999999999.999999", "999999999999999999.999999"),
    ],
)
def test_plain_text_reads_as_its_plainest_digits(text: str, digits: str) -> None:
    assert str(read_decimal(text)) == digits


@pytest.mark.parametrize(
    "text",
    [
        *("", " 5", "5 ", "5\n", "+5", ".5", "5.", "1e3", "1E+999999", "1_000", "1,5", "0x10"),
        *("NaN", "sNaN", "-Infinity", "\u0663", "\uff11\uff12"),
        *("1000000000000000000", "0.0000001", "1" + "0" * 5000, "0." + "0" * 99),
    ],
)
def test_text_that_is_no_plain_number_within_the_bounds_is_refused(text: str) -> None:
    assert read_decimal(text) is None


@pytest.mark.parametrize(
    ("number", "digits"), [("1E+17", "100000000000000000"), ("1.20E+1", "12"), ("1E-6", "0.000001"), ("0E-999999", "0")]
)
def test_exponents_are_written_out(number: str, digits: str) -> None:
    assert str(bounded(Decimal(number))) == digits


@pytest.mark.parametrize(
    "number", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+18", "1E+999999", "1E-7", "1E-999999", "1.0E-7"]
)
def test_a_number_that_is_not_finite_or_beyond_the_bounds_is_refused(number: str) -> None:
    assert bounded(Decimal(number)) is None


@given(MILLIONTHS)
def test_every_number_within_the_bounds_is_read_exactly(millionths: int) -> None:
    exact = Decimal(f"{millionths}E-6")
    text = format(exact, "f")
    assert read_decimal(text) == exact
    assert bounded(exact) == exact
    assert Decimal(str(as_wire(exact))) == exact


@pytest.mark.parametrize(
    ("number", "answer"), [("12", 12), ("12.00", 12), ("1E+2", 100), ("-0.5", "-0.5"), ("1.50", "1.5"), ("0", 0)]
)
def test_answers_are_numbers_when_whole_else_text(number: str, answer: int | str) -> None:
    assert as_wire(Decimal(number)) == answer
    assert type(as_wire(Decimal(number))) is type(answer)
