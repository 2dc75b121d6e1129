"""Open cases with one cause as one row: what groups, what it is worth, who may see it, and acts on all of it."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.accounts.models import User
from apps.core.errors import NotFound, Unreadable
from apps.eventlog.types import NewMessage
from apps.exceptions.catalogue import Severity
from apps.exceptions.filters import CaseFilter
from apps.exceptions.incidents import act_on_incident, cases_of, find_incidents, get_incident
from apps.exceptions.queries import count_cases, find_cases
from apps.exceptions.services import Wish, act
from tests.messages import MIDDLEWARE, NORTH, NOW, OMS, START, line, message, tell

pytestmark = pytest.mark.django_db
ALL = CaseFilter()


def released(order: str, minute: int, *, currency: str = "USD", region: str = "EAST", **where: Any) -> list[NewMessage]:
    where = {"partner": "northstar", "site": "ATL", **where}
    lines = [line("1", "GLV", 40, unit_price="2.50")]
    return [
        message("order.placed", OMS, minute=minute, order=order, lines=lines, currency=currency, region=region),
        message(
            "leg.released", MIDDLEWARE, minute=minute, order=order, leg=f"{order}/1", lines=[line("1", "GLV", 40)], **where
        ),
    ]


def outage(**last: Any) -> None:
    """NorthStar acknowledges one release and no other; Polaris is late with a single one."""
    tell(
        *released("SO-0", 0),
        message("leg.acknowledged", NORTH, minute=5, leg="SO-0/1"),
        *released("SO-1", 10),
        *released("SO-2", 20),
        *released("SO-3", 30, **last),
        *released("SO-4", 40, partner="polaris", site="CHI"),
        *released("SO-5", 0, partner="polaris", site="CHI"),
        message("leg.acknowledged", "/polaris", minute=5, leg="SO-5/1"),
    )


def test_cases_of_one_partner_site_and_day_are_one_row() -> None:
    outage()
    (incident,) = find_incidents(ALL, now=NOW)
    assert replace(incident, id="") == replace(
        incident,
        id="",
        code="ACK_OVERDUE",
        partner="northstar",
        site="ATL",
        region="EAST",
        count=3,
        worth=Decimal(300),
        currency="USD",
        first_opened_at=START + timedelta(minutes=70),
        last_opened_at=START + timedelta(minutes=90),
        team="partner_operations",
        severity=Severity.HIGH,
        evidence=(),
    )
    assert [case.subject.value for case in cases_of(incident.id, now=NOW)] == ["SO-1/1", "SO-2/1", "SO-3/1"]
    assert get_incident(incident.id, now=NOW) == incident


def test_its_count_is_that_of_the_list_that_it_opens() -> None:
    outage()
    (incident,) = find_incidents(ALL, now=NOW)
    assert count_cases(CaseFilter(incident=incident.id), now=NOW) == incident.count
    apart = find_cases(ALL, now=NOW, apart_from=[incident.id])
    assert [case.subject.value for case in apart.rows] == ["SO-4/1"]


def test_technical_faults_of_its_time_are_its_evidence() -> None:
    outage()
    about = {"partner": "northstar"}
    tell(
        message("circuit.changed", MIDDLEWARE, minute=15, state="open", reason="no answer", **about),
        message("circuit.changed", MIDDLEWARE, minute=80, state="closed", **about),
        message("circuit.changed", MIDDLEWARE, minute=20, state="open", partner="polaris"),
        message("circuit.changed", "/other", minute=200, state="open", **about),
        message("queue.measured", MIDDLEWARE, minute=60, queue="releases", depth=4_000),
        *(message("message.failed", MIDDLEWARE, minute=m, message=f"M{m}", flow="releases", **about) for m in (16, 40)),
        message("message.dead_lettered", MIDDLEWARE, minute=50, message="M40", flow="releases", error="timeout", **about),
        message("message.failed", MIDDLEWARE, minute=91, message="M91", flow="releases", **about),
        message("loyalty.points", "/loyalty", minute=40, points=3),  # of an unknown type: no evidence of anything here
    )
    incident = next(each for each in find_incidents(ALL, now=NOW) if each.code == "ACK_OVERDUE")
    shown = [(e.code, e.partner, e.text, _minutes(e.since), _minutes(e.until)) for e in incident.evidence]
    assert shown == [
        ("CIRCUIT_OPEN", "northstar", "Circuit open: northstar (no answer)", 15, 80),
        ("DEAD_LETTER", "northstar", "Dead letter: M40 (releases: timeout)", 50, None),
        ("QUEUE_BACKLOG", None, "Queue backlog: releases (4,000 waiting)", 60, None),
        (None, "northstar", "2 messages failed to reach northstar", 16, 40),
        (None, "northstar", "1 message given up for northstar", 50, 50),
    ]
    assert find_incidents(CaseFilter(visible_partner="northstar"), now=NOW)[0].evidence == ()


def _minutes(moment: datetime | None) -> float | None:
    return None if moment is None else (moment - START).total_seconds() / 60


def test_of_several_currencies_and_regions_it_names_none() -> None:
    outage(currency="EUR", region="WEST")
    (incident,) = find_incidents(ALL, now=NOW)
    assert (incident.worth, incident.currency, incident.region) == (None, None, None)


def test_least_and_limit_and_the_lists_filters_hold() -> None:
    outage()
    assert [(each.partner, each.count) for each in find_incidents(ALL, now=NOW, least=1)] == [("northstar", 3), ("polaris", 1)]
    assert [each.partner for each in find_incidents(ALL, now=NOW, least=1, limit=1)] == ["northstar"]
    assert find_incidents(ALL, now=NOW, least=4) == []
    assert find_incidents(CaseFilter(team="finance"), now=NOW, least=1) == []
    assert [each.partner for each in find_incidents(CaseFilter(partner="polaris"), now=NOW, least=1)] == ["polaris"]


def test_they_stand_in_the_order_of_the_list() -> None:
    outage()
    tell(*released("SO-6", 5, partner="polaris", site="CHI"))
    partners = {
        sort: [each.partner for each in find_incidents(ALL, now=NOW, least=1, sort=sort)]
        for sort in ("", "severity", "cut_off", "age", "newest", "money")
    }
    north_first, south_first = ["northstar", "polaris"], ["polaris", "northstar"]
    assert partners == {
        "": north_first,
        "severity": north_first,
        "cut_off": north_first,
        "age": south_first,
        "newest": south_first,
        "money": north_first,
    }


def test_it_says_who_works_them() -> None:
    for name in ("ada", "ben"):
        User.objects.create(username=name, role="partner_operations")
    outage()
    (incident,) = find_incidents(ALL, now=NOW)
    first, second, _ = cases_of(incident.id, now=NOW)
    assert (incident.assignees, incident.taken) == ((), 0)
    act(first.id, Wish("claim"), who="ben", now=NOW)
    act(second.id, Wish("claim"), who="ada", now=NOW)
    (incident,) = find_incidents(ALL, now=NOW)
    assert (incident.assignees, incident.taken, incident.count) == (("ada", "ben"), 2, 3)
    (incident,) = find_incidents(CaseFilter(visible_partner="northstar"), now=NOW)
    assert (incident.assignees, incident.taken) == ((), 0), "who works it is our own business"


def test_a_partner_sees_its_own_alone() -> None:
    outage()
    (incident,) = find_incidents(CaseFilter(visible_partner="northstar"), now=NOW)
    assert incident.count == 3
    assert find_incidents(CaseFilter(visible_partner="polaris"), now=NOW) == []
    with pytest.raises(NotFound):
        get_incident(incident.id, now=NOW, visible_partner="polaris")


def test_who_acts_on_it_acts_on_every_case_of_it() -> None:
    User.objects.create(username="ada")
    outage()
    (incident,) = find_incidents(ALL, now=NOW)
    outcomes = act_on_incident(incident.id, Wish("claim", version=77), who="ada", now=NOW)
    assert [outcome.problem for outcome in outcomes] == [None, None, None]
    assert {(case.assignee, case.state) for case in cases_of(incident.id, now=NOW)} == {("ada", "in_progress")}


def test_what_one_case_does_not_allow_stops_no_other() -> None:
    outage()
    (incident,) = find_incidents(ALL, now=NOW)
    first = cases_of(incident.id, now=NOW)[0]
    act(first.id, Wish("claim"), who="eve", now=NOW)
    outcomes = act_on_incident(incident.id, Wish("claim"), who="ada", now=NOW)
    assert [outcome.problem.detail if outcome.problem else None for outcome in outcomes] == [
        "eve has this case. Ask them, or assign it to yourself.",
        None,
        None,
    ]
    assert [case.assignee for case in cases_of(incident.id, now=NOW)] == ["eve", "ada", "ada"]


def test_a_case_taken_out_counts_no_more_and_can_be_put_back() -> None:
    outage()
    (incident,) = find_incidents(ALL, now=NOW)
    first = cases_of(incident.id, now=NOW)[0]
    act(first.id, Wish("take_out"), who="ada", now=NOW)
    assert [case.subject.value for case in cases_of(incident.id, now=NOW)] == ["SO-2/1", "SO-3/1"]
    assert find_incidents(ALL, now=NOW) == []
    assert get_incident(incident.id, now=NOW).count == 2
    act(first.id, Wish("put_back"), who="ada", now=NOW)
    assert get_incident(incident.id, now=NOW) == incident


def test_what_is_resolved_leaves_it() -> None:
    outage()
    (incident,) = find_incidents(ALL, now=NOW)
    tell(message("leg.acknowledged", NORTH, minute=120, leg="SO-2/1"))
    assert [case.subject.value for case in cases_of(incident.id, now=NOW)] == ["SO-1/1", "SO-3/1"]
    assert [case.subject.value for case in cases_of(incident.id, now=NOW, state="resolved_verified")] == ["SO-2/1"]


@pytest.mark.parametrize("number", ["", "no hex", "00" * 16])
def test_an_id_that_is_none_is_not_found(number: str) -> None:
    with pytest.raises(NotFound):
        get_incident(number, now=NOW)
    with pytest.raises(NotFound):
        act_on_incident(number, Wish("claim"), who="ada", now=NOW)


def test_a_wish_that_says_too_little_changes_nothing() -> None:
    outage()
    (incident,) = find_incidents(ALL, now=NOW)
    with pytest.raises(Unreadable):
        act_on_incident(incident.id, Wish("resolve"), who="ada", now=NOW)
    assert {case.version for case in cases_of(incident.id, now=NOW)} == {0}


def test_a_type_and_a_day_alone_are_no_cause() -> None:
    lines = [line("1", "GLV", 4)]
    for number in range(3):
        order = f"SO-{number}"
        tell(
            message("order.placed", OMS, order=order, lines=lines),
            message("order.rejected", OMS, minute=5, order=order, reason="no such customer"),
        )
    assert len(find_cases(CaseFilter(code="ORDER_INVALID"), now=NOW).rows) == 3
    assert find_incidents(ALL, now=NOW) == []
