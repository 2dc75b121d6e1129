"""Words and figures of the screen, and that every code of the contract has a word."""

from decimal import Decimal

import pytest

from apps.api.vocabulary import MONEY, OVERLAYS, STATUSES
from apps.console import words


def test_every_code_has_its_word_and_no_word_is_left_over() -> None:
    assert set(words.STATUS) == set(STATUSES)
    assert set(words.MONEY) == set(MONEY)
    assert set(words.OVERLAY) == set(OVERLAYS)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("8412", "USD", "$8,412.00"),
        ("-3.5", "BRL", "\N{MINUS SIGN}R$3.50"),
        ("12", "SEK", "12.00 SEK"),
        ("12", None, "12.00"),
        (None, "USD", ""),
    ],
)
def test_money(amount: str | None, currency: str | None, text: str) -> None:
    assert words.money(Decimal(amount) if amount else None, currency) == text


@pytest.mark.parametrize(
    ("amount", "text"), [("0", "0"), ("40.000", "40"), ("1E+3", "1,000"), ("0.500", "0.5"), ("1234.25", "1,234.25")]
)
def test_quantity(amount: str, text: str) -> None:
    assert words.quantity(Decimal(amount)) == text


def test_the_end_of_a_long_identifier_is_kept() -> None:
    assert words.middle("1Z999AA10123456784", 12) == "1Z999A…56784"
    assert words.middle("short", 12) == "short"
    assert len(words.middle("x" * 90, 18)) == 18
