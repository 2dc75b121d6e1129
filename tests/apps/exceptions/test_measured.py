"""What is measured is learned from what was sent, promised or not."""

import random
from typing import Any

import pytest

from apps.acts import settings as kept
from apps.exceptions import measured
from apps.exceptions.filters import CaseFilter
from apps.exceptions.queries import find_cases
from apps.sla.models import SentRow
from tests import messages as m
from tests.apps.exceptions.ruling import differing, settle

BY_NORTH = ("ship", "northstar")


def leg(order: str, *, minute: int = 0, partner: str = "northstar", **more: Any) -> list[Any]:
    lines = [m.line("1", "GLV", 4)]
    named = {"order": order, "leg": f"{order}-A", "partner": partner, "site": "ATL", "lines": lines}
    return [
        m.message("order.placed", m.OMS, minute=minute, order=order, lines=lines),
        m.message("leg.released", m.MIDDLEWARE, minute=minute + 1, **named, **more),
    ]


def left(order: str, minute: int) -> Any:
    shipped = {"leg": f"{order}-A", "shipment": f"{order}-S", "lines": [m.line("1", "GLV", 4)], "final": True}
    return m.message("leg.shipped", m.NORTH, minute=minute, **shipped)


def late(order: str) -> list[Any]:
    """A leg that must have left an hour after START, and of which no more is heard."""
    return leg(order, ship_by=m.START.replace(hour=m.START.hour + 1).isoformat())


def shown() -> list[tuple[str, str]]:
    measured.forget()
    return [(case.code, case.subject.value) for case in find_cases(CaseFilter(code="SHIP_OVERDUE"), now=m.NOW).rows]


@pytest.mark.parametrize("seed", range(3))
def test_who_reports_departures_without_a_promise_has_its_first_late_leg_shown(transactional_db: None, seed: int) -> None:
    messages = [*leg("SO-1"), left("SO-1", 30), *leg("SO-2"), left("SO-2", 50), *late("SO-3")]
    random.Random(seed).shuffle(messages)
    for message in messages:
        m.tell(message)
    settle()
    assert shown() == [("SHIP_OVERDUE", "SO-3-A")]
    (found,) = [each for each in measured.evidence(kept.standing([measured.KIND])) if (each.measure, each.sender) == BY_NORTH]
    assert (found.count, found.is_measured, found.order in {"SO-1", "SO-2"}) == (2, True, True)
    assert differing() == []


def test_nobody_reports_departures(transactional_db: None) -> None:
    m.tell(*leg("SO-1"), *late("SO-3"))
    settle()
    assert (shown(), BY_NORTH in measured.read_pairs()) == ([], False)


def test_what_is_known_of_another_now_is_no_longer_known_of_the_first(transactional_db: None) -> None:
    m.tell(*leg("SO-1"), left("SO-1", 30))
    assert BY_NORTH in measured.read_pairs()
    m.tell(*leg("SO-1", minute=40, partner="polaris")[1:])
    assert {("ship", "polaris")} == {pair for pair in measured.read_pairs() if pair[0] == "ship"}
    assert differing() == []


def test_what_a_clock_was_ended_by_stands_once(transactional_db: None) -> None:
    m.tell(*late("SO-3"), left("SO-3", 90))
    assert (BY_NORTH in measured.read_pairs(), SentRow.objects.filter(measure="ship").exists()) == (True, False)
    m.tell(*leg("SO-4"), left("SO-4", 30))
    assert list(SentRow.objects.filter(measure="ship").values_list("sender", flat=True)) == ["northstar"]
