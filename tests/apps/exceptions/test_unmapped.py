"""Names that nobody here has an entry for: a SKU that no line of the order has, and a code that is none of its list."""

import itertools
from typing import Any

import pytest

from apps.eventlog.types import NewMessage
from apps.exceptions.catalogue import Severity
from apps.exceptions.queries import cases_of_order
from apps.pipeline.replay import Choice, replay
from apps.translation import canonical
from tests.apps.exceptions.subjects.telling import cases as cases_of_none
from tests.apps.exceptions.subjects.telling import minutes
from tests.messages import ERP, MIDDLEWARE, NORTH, NOW, OMS, line, message, process, tell

pytestmark = pytest.mark.django_db
LEG = {"order": "SO-1", "leg": "L-1", "partner": "northstar", "site": "ATL"}


def placed(*lines: dict[str, Any], minute: int = 0, name: str = "order.placed", **more: Any) -> NewMessage:
    return message(name, OMS, minute=minute, order="SO-1", lines=[*lines], **more)


def released(*lines: dict[str, Any], minute: int = 10) -> NewMessage:
    return message("leg.released", MIDDLEWARE, minute=minute, lines=[*lines], **LEG)


def left(*lines: dict[str, Any], minute: int = 60, **more: Any) -> NewMessage:
    return message("leg.shipped", NORTH, minute=minute, leg="L-1", shipment="S-1", lines=[*lines], **more)


def by_sku(sku: str, quantity: float) -> dict[str, Any]:
    return {"sku": sku, "quantity": quantity}


GLOVES = line("1", "GLV", 4, unit_price="2.50")


def cases(*codes: str) -> list[tuple[Any, ...]]:
    """(code, SKU or leg, state, opened, cleared, partner, reason) of the order's cases of these types."""
    return [
        (
            case.code,
            case.subject.value,
            case.state,
            minutes(case.opened_at),
            minutes(case.cleared_at),
            case.partner,
            case.reason,
        )
        for case in cases_of_order("SO-1", now=NOW)
        if case.code in codes
    ]


def unmapped() -> list[tuple[Any, ...]]:
    return cases("SKU_UNMAPPED", "OVER_SHIP")


class TestSkus:
    def test_it_opens_with_the_word_that_names_it_and_is_all_that_is_said_of_these_goods(self) -> None:
        tell(placed(GLOVES), released(GLOVES), left(by_sku("GLOVE-BOX", 4), final=True))
        assert unmapped() == [("SKU_UNMAPPED", "GLOVE-BOX", "new", 60, None, "northstar", "leg L-1")]
        (case,) = (case for case in cases_of_order("SO-1", now=NOW) if case.code == "SKU_UNMAPPED")
        assert (case.severity, case.team, case.worth, case.site) == (Severity.HIGH, "master_data", 10, "ATL")

    def test_more_of_a_known_article_is_shipped_over_still(self) -> None:
        tell(placed(GLOVES), released(GLOVES), left(by_sku("GLV", 5), by_sku("X", 1), final=True))
        assert [case[:2] + case[6:] for case in unmapped()] == [
            ("OVER_SHIP", "L-1", "1 GLV"),
            ("SKU_UNMAPPED", "X", "leg L-1"),
        ]

    def test_a_change_that_brings_it_verifies_it(self) -> None:
        tell(placed(GLOVES), released(GLOVES, line("2", "VAC", 1)))
        assert unmapped() == [("SKU_UNMAPPED", "VAC", "new", 10, None, "northstar", "leg L-1")]
        tell(placed(GLOVES, line("2", "VAC", 1), minute=30, name="order.changed", revision=2))
        assert unmapped() == [("SKU_UNMAPPED", "VAC", "resolved_verified", 10, 30, "northstar", "leg L-1")]

    def test_a_corrected_document_makes_it_obsolete(self) -> None:
        tell(placed(GLOVES), released(GLOVES), left(by_sku("X", 4)), left(by_sku("GLV", 4), minute=90))
        assert unmapped() == [("SKU_UNMAPPED", "X", "resolved_obsolete", 60, 90, "northstar", "leg L-1")]

    def test_a_cancelled_order_makes_it_obsolete(self) -> None:
        tell(placed(GLOVES), released(by_sku("X", 4)), message("order.cancelled", OMS, minute=40, order="SO-1"))
        assert [case[2:5] for case in unmapped()] == [("resolved_obsolete", 10, 40)]

    def test_what_the_order_had_and_has_no_more_is_no_unknown_sku(self) -> None:
        both = (GLOVES, line("2", "VAC", 1))
        tell(placed(*both), released(*both), placed(GLOVES, minute=30, name="order.changed", revision=2))
        assert unmapped() == []

    def test_another_line_of_a_known_sku_a_return_and_an_invoice_open_nothing(self) -> None:
        tell(placed(GLOVES), released(line("9", "GLV", 4)))
        tell(message("return.authorized", OMS, minute=20, return_="R", order="SO-1", lines=[by_sku("X", 1)]))
        tell(message("invoice.issued", ERP, minute=20, invoice="I", order="SO-1", lines=[by_sku("Y", 1)]))
        assert unmapped() == []

    def test_an_allocation_names_it_too_until_it_is_undone(self) -> None:
        tell(placed(GLOVES), message("order.allocated", ERP, minute=5, order="SO-1", lines=[line("7", "X", 2)]))
        assert unmapped() == [("SKU_UNMAPPED", "X", "new", 5, None, None, "")]
        tell(message("order.allocated", ERP, minute=8, order="SO-1", lines=[line("7", "X", -2)]))
        assert [case[2:5] for case in unmapped()] == [("resolved_obsolete", 5, 8)]

    def test_nothing_is_unknown_while_nobody_has_told_the_lines(self) -> None:
        tell(released(by_sku("X", 4)), left(by_sku("X", 4)))
        assert unmapped() == []
        tell(placed(GLOVES, minute=70))
        assert [case[1:4] for case in unmapped()] == [("X", "new", 70)]

    @pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
    def test_the_order_of_arrival_makes_no_difference(self, order: tuple[int, ...]) -> None:
        told = [
            placed(GLOVES),
            released(GLOVES),
            left(by_sku("X", 4), final=True),
            placed(GLOVES, line("2", "X", 4), minute=80, name="order.changed", revision=2),
        ]
        for place in order:
            tell(told[place])
        assert cases("SKU_UNMAPPED") == [("SKU_UNMAPPED", "X", "resolved_verified", 60, 80, "northstar", "leg L-1")]


class TestCodes:
    def test_a_word_that_is_none_of_its_list_is_for_the_master_data_and_verified_when_it_is_replayed_and_used(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tell(message("circuit.changed", NORTH, id="odd", minute=5, partner="northstar", state="ajar", leg="L-1"))
        tell(message("circuit.changed", NORTH, id="broken", minute=6, partner="northstar", leg="L-1"))
        found = [case[:5] for case in cases_of_none()]
        assert found == [("CODE_UNMAPPED", "odd", "new", 5, None), ("CONTRACT_VIOLATION", "broken", "new", 6, None)]
        assert "expected one of closed, open, half_open" in cases_of_none()[0][6]
        read = canonical._READERS["distsync.leg.acknowledged.v1"]
        monkeypatch.setitem(canonical._READERS, "distsync.circuit.changed.v1", read)
        assert replay(Choice(), who="ada", now=NOW) == 2
        process()
        assert [case[:3] for case in cases_of_none()] == [
            ("CODE_UNMAPPED", "odd", "resolved_verified"),
            ("CONTRACT_VIOLATION", "broken", "resolved_verified"),
        ]

    def test_a_currency_that_is_none(self) -> None:
        tell(placed(GLOVES, currency="dollars"))
        assert [case[0] for case in cases_of_none()] == ["CODE_UNMAPPED"]
