"""The measures, the defaults, and a commitment as people write it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from apps.contracts.facts import FACTS
from apps.core.errors import Unreadable
from apps.sla.commitments import DEFAULTS, MEASURES, Commitment, Match, commitment_of

GOOD: dict[str, Any] = {"name": "cold chain", "measure": "acknowledge", "expectation": "business", "seconds": 1800}
CARRIED = GOOD | {"measure": "ship", "expectation": "carried"}
FIELDS = (
    "A commitment is an object of `name`, `measure`, `expectation`, `basis`, `seconds`, `warning_seconds`, `target`, `match`,"
    " `is_measured`, `effective_from`, `effective_to`, `place`."
)


def test_each_measure_opens_an_exception_of_its_own() -> None:
    assert {code: measure.opens for code, measure in MEASURES.items()} == {
        "allocate": "NOT_ALLOCATED",
        "release": "NOT_RELEASED",
        "hold": "ORDER_HOLD",
        "acknowledge": "ACK_OVERDUE",
        "ship": "SHIP_OVERDUE",
        "deliver": "DELIVERY_OVERDUE",
        "confirm_cancellation": "CANCEL_NOT_CONFIRMED",
        "post": "POSTING_OVERDUE",
        "invoice": "NOT_INVOICED",
        "credit": "RETURN_NOT_CREDITED",
    }


def test_a_measure_is_stopped_by_facts_that_exist() -> None:
    stops = {fact for measure in MEASURES.values() for fact in measure.stop_facts}
    assert len(stops) == 11
    assert stops <= FACTS.keys()


def test_partners_send_what_stops_the_clocks_of_their_legs() -> None:
    assert [code for code, measure in MEASURES.items() if measure.sender == "partner"] == [
        "acknowledge",
        "ship",
        "confirm_cancellation",
    ]
    assert [code for code, measure in MEASURES.items() if measure.subject == "leg"] == [
        "acknowledge",
        "ship",
        "confirm_cancellation",
    ]


def test_by_default_each_measure_has_one_commitment() -> None:
    assert [
        (each.measure, each.expectation, each.basis, each.seconds, each.warning_seconds, str(each.target)) for each in DEFAULTS
    ] == [
        ("allocate", "elapsed", "happened", 7_200, 1_800, "0.95"),
        ("release", "elapsed", "happened", 7_200, 1_800, "0.95"),
        ("hold", "elapsed", "happened", 28_800, 7_200, "0.95"),
        ("acknowledge", "business", "happened", 3_600, 900, "0.95"),
        ("ship", "carried", "happened", 0, 14_400, "0.997"),
        ("deliver", "carried", "happened", 0, 86_400, "0.95"),
        ("confirm_cancellation", "business", "happened", 3_600, 900, "0.95"),
        ("post", "elapsed", "happened", 86_400, 21_600, "0.95"),
        ("invoice", "elapsed", "happened", 172_800, 43_200, "0.95"),
        ("credit", "elapsed", "happened", 432_000, 108_000, "0.95"),
    ]
    assert all(each == commitment_of(as_value(each)) for each in DEFAULTS)


def as_value(commitment: Commitment) -> dict[str, Any]:
    kept = ("name", "measure", "expectation", "basis", "seconds", "warning_seconds")
    return {name: getattr(commitment, name) for name in kept} | {"target": str(commitment.target)}


def test_a_commitment_is_read_whole() -> None:
    value = GOOD | {
        "basis": "heard",
        "warning_seconds": 600,
        "target": 0.9,
        "match": {"partner": "polaris", "service": "cold"},
        "effective_from": "2026-01-01T00:00:00-05:00",
        "effective_to": "2027-01-01T00:00:00Z",
    }
    assert commitment_of(value) == Commitment(
        name="cold chain",
        measure="acknowledge",
        expectation="business",
        basis="heard",
        seconds=1800,
        warning_seconds=600,
        target=Decimal("0.9"),
        match=Match(partner="polaris", service="cold"),
        effective_from=datetime(2026, 1, 1, 5, tzinfo=UTC),
        effective_to=datetime(2027, 1, 1, tzinfo=UTC),
    )


def test_what_is_not_measured_needs_no_time() -> None:
    found = commitment_of({"name": "samples", "measure": "ship", "is_measured": False, "match": {"channel": "samples"}})
    assert (found.is_measured, found.match, found.seconds) == (False, Match(channel="samples"), 0)


@pytest.mark.parametrize("seconds", [0, 86_400])
def test_a_date_that_the_order_carries_may_have_a_grace(seconds: int) -> None:
    assert commitment_of(CARRIED | {"seconds": seconds, "warning_seconds": 90_000}).seconds == seconds


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        ("soon", f"A commitment cannot be read: came the text `soon`. {FIELDS}"),
        (GOOD | {"hours": 2}, f"A commitment cannot be read: Object contains unknown field `hours`. {FIELDS}"),
        (
            GOOD | {"seconds": "1800"},
            f"A commitment cannot be read at `seconds`: Expected a whole number, came text. {FIELDS}",
        ),
        (
            GOOD | {"expectation": "soon"},
            f"A commitment cannot be read at `expectation`: Invalid enum value 'soon'. {FIELDS}",
        ),
        (
            GOOD | {"match": {"customer": "x"}},
            f"A commitment cannot be read at `match`: Object contains unknown field `customer`. {FIELDS}",
        ),
        (
            GOOD | {"measure": "pick"},
            (
                "`measure`: expected one of allocate, release, hold, acknowledge, ship, deliver, confirm_cancellation, post,"
                " invoice, credit, came the text `pick`."
            ),
        ),
        (
            GOOD | {"name": " "},
            (
                "`name`: expected text of 1 to 200 printable characters, came the text ` `."
                " Leave out (or set to null) what any may have."
            ),
        ),
        (
            GOOD | {"match": {"site": "A\x00"}},
            (
                "`match.site`: expected text of 1 to 200 printable characters, came the text `A\\u0000`."
                " Leave out (or set to null) what any may have."
            ),
        ),
        (
            GOOD | {"target": "0"},
            "`target`: expected a share over 0 and at most 1, such as 0.95, came the text `0`.",
        ),
        (
            GOOD | {"target": 95},
            "`target`: expected a share over 0 and at most 1, such as 0.95, came the text `95`.",
        ),
        (
            GOOD | {"target": "NaN"},
            "`target`: expected a share over 0 and at most 1, such as 0.95, came the text `NaN`.",
        ),
        (
            GOOD | {"seconds": 0},
            "`seconds`: expected 1 to 2592000 for `business`, came the number 0.",
        ),
        (
            GOOD | {"expectation": "elapsed", "seconds": 366 * 86_400 + 1},
            "`seconds`: expected 1 to 31622400 for `elapsed`, came the number 31622401.",
        ),
        (GOOD | {"seconds": 10**18}, "`seconds`: expected 1 to 2592000 for `business`, came a number of more than 18 digits."),
        (
            CARRIED | {"seconds": -1},
            "`seconds`: expected 0 to 31622400 for `carried`, came the number -1.",
        ),
        (
            GOOD | {"expectation": "carried"},
            (
                "`expectation`: an order carries no date for the measure acknowledge, only for ship, deliver."
                " Use `elapsed` or `business` with `seconds`."
            ),
        ),
        (
            GOOD | {"warning_seconds": 1801},
            "`warning_seconds`: expected 0 to 1800, came the number 1801.",
        ),
        (
            GOOD | {"effective_from": 2026},
            "`effective_from` of the commitment: expected a time such as `2026-03-31T17:05:00Z` or null, came the number 2026.",
        ),
        (
            GOOD | {"effective_to": "2026-01-01"},
            "`effective_to` of the commitment: `2026-01-01` is a date where a time is needed, as in `2026-03-31T17:05:00Z`.",
        ),
        (
            GOOD | {"effective_from": "2026-01-01T00:00:00Z", "effective_to": "2026-01-01T00:00:00Z"},
            (
                "`effective_to`: expected a time after `effective_from` (2026-01-01T00:00:00+00:00),"
                " came 2026-01-01T00:00:00+00:00."
            ),
        ),
    ],
)
def test_what_is_wrong_with_it_is_said(value: object, detail: str) -> None:
    with pytest.raises(Unreadable) as refused:
        commitment_of(value)
    assert refused.value.detail == detail
