"""The functions of the mapping language, through the expressions that call them."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps.translation.mapping_expressions import Evaluator, Expression
from apps.translation.mapping_functions import CellError, MappingFunctions

EVALUATOR = Evaluator(MappingFunctions(ZoneInfo("America/Sao_Paulo"), {"carriers": {"7": "UPSN"}}))


def value(text: str, **record: Any) -> Any:
    return EVALUATOR.value(Expression.read(text, None), record)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2017-10-02 10:56:33", "2017-10-02T10:56:33-03:00"),
        ("2017-10-02T10:56", "2017-10-02T10:56:00-03:00"),
        ("2017-12-02 10:56:33", "2017-12-02T10:56:33-02:00"),
        ("2017-10-02T10:56:33Z", "2017-10-02T07:56:33-03:00"),
        ("2017-10-02 10:56:33+02:00", "2017-10-02T05:56:33-03:00"),
        ("20171002", "2017-10-02T00:00:00-03:00"),
        # Clocks went back on 2017-02-19 at 00:00: 23:30 of the 18th came twice, and the first is meant.
        ("2017-02-18 23:30:00", "2017-02-18T23:30:00-02:00"),
        # Clocks went forward on 2017-10-15 at 00:00: 00:30 never was, and is moved on by the hour.
        ("2017-10-15 00:30:00", "2017-10-15T01:30:00-02:00"),
        # Before time zones the offset had seconds, which RFC 3339 cannot write.
        ("1900-01-01 00:00:00", "1900-01-01T03:06:28+00:00"),
    ],
)
def test_a_time_without_a_zone_is_the_mappings(written: str, meant: str) -> None:
    assert value("time(a)", a=written) == meant


def test_a_time_in_a_named_zone_and_of_a_named_form() -> None:
    assert value("time(a, 'America/Chicago')", a="2026-07-01 08:00") == "2026-07-01T08:00:00-05:00"
    assert value("time(a, zone, '%d/%m/%Y %H.%M')", a="31/12/2026 08.15", zone=None) == "2026-12-31T08:15:00-03:00"
    with pytest.raises(CellError, match="'Mars' is no time zone"):
        value("time(a, 'Mars')", a="2026-07-01 08:00")


def test_a_date_is_the_day_as_written() -> None:
    assert value("date(a)", a="2017-10-18 00:00:00") == "2017-10-18"
    assert value("date(a)", a="2017-10-18") == "2017-10-18"
    assert value("date(a, '%d.%m.%y')", a="18.10.17") == "2017-10-18"


@pytest.mark.parametrize("written", ["2017-13-01", "soon", "2017-02-30 10:00", "1", "99999999"])
def test_what_is_no_time_says_what_was_expected(written: str) -> None:
    with pytest.raises(CellError, match="expected a time like 2017-10-02 10:56:33, came"):
        value("time(a)", a=written)


@pytest.mark.parametrize(
    ("expression", "written", "meant"),
    [
        ("number(a)", "12", 12),
        ("number(a)", "-0.50", Decimal("-0.5")),
        ("number(a)", "1,234,567.25", Decimal("1234567.25")),
        ("number(a, ',')", "1.234,50", Decimal("1234.5")),
        ("number(a)", "199.90", Decimal("199.9")),
        ("number(a)", "7.000000000", 7),
    ],
)
def test_numbers_are_exact(expression: str, written: str, meant: int | Decimal) -> None:
    assert value(expression, a=written) == meant
    assert type(value(expression, a=written)) is type(meant)


@pytest.mark.parametrize("written", ["1,5", "1.2345678", "1e9", "NaN", "1_000", "12,34", "٣", "1" * 19, "", "$5"])
def test_what_is_no_number_is_never_guessed_at(written: str) -> None:
    with pytest.raises(CellError, match="expected digits such as"):
        value("number(a)", a=written)


def test_numbers_compare_and_add_up() -> None:
    assert value("number(a) > `2`", a="2.5") is True
    assert value("total(rows[].q)", rows=[{"q": "0.1"}, {"q": "0.2"}, {"q": None}]) == Decimal("0.3")
    assert value("total(rows[].q)", rows=[]) is None


def test_latest_and_earliest_compare_instants_not_texts() -> None:
    times = ["2017-10-02 10:00:00", None, "2017-10-02T12:30:00Z", "2017-10-02 09:00"]
    assert value("latest(a)", a=times) == "2017-10-02T10:00:00-03:00"
    assert value("earliest(a)", a=times) == "2017-10-02T09:00:00-03:00"
    assert value("latest([a, b])", a=None, b=None) is None


@pytest.mark.parametrize("expression", ["time(a)", "date(a)", "number(a)", "upper(a)", "split(a, ';')", "concat('x', a)"])
def test_nothing_stays_nothing(expression: str) -> None:
    assert value(expression, a=None) is None


def test_texts() -> None:
    assert value("concat(a, '/', b)", a="O-1", b=7) == "O-1/7"
    assert value("first_known(a, b, c)", a=None, b="", c="x") == "x"
    assert value("split(a, ';')", a="1Z1; 1Z2;;") == ["1Z1", "1Z2"]
    assert (value("upper(a)", a="ea"), value("lower(a)", a="EA")) == ("EA", "ea")


def test_a_code_without_an_entry_is_named() -> None:
    assert value("lookup('carriers', a)", a="7") == "UPSN"
    with pytest.raises(CellError, match="table `carriers` has no entry '8': add it to the mapping"):
        value("lookup('carriers', a)", a="8")
    with pytest.raises(CellError, match="there is no table `sites`; the mapping has carriers"):
        value("lookup('sites', a)", a="8")


def test_groups_keep_the_order_of_first_appearance() -> None:
    rows = [{"s": "b", "n": 1}, {"s": "a", "n": 2}, {"s": "b", "n": 3}]
    assert value("group(rows, 's')", rows=rows) == [
        {"key": "b", "rows": [{"s": "b", "n": 1}, {"s": "b", "n": 3}]},
        {"key": "a", "rows": [{"s": "a", "n": 2}]},
    ]
    with pytest.raises(CellError, match="a row has nothing in `s`"):
        value("group(rows, 's')", rows=[{"s": None}])
