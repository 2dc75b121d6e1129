"""The exceptions of five worlds are those of the ground truth: none is missing, none is too many, each right to the moment."""

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.roles import Role
from apps.accounts.services import create_user, issue_token
from apps.api.exception_documents import exception_row
from apps.demo import verifying
from apps.demo.case_checking import check_cases, listed, own
from apps.demo.seeding import name_the_network, set_calendars
from apps.demo.truth.book import Book
from apps.demo.world.faults import FAULTS
from apps.demo.world.programme import Plan, Programme
from apps.demo.world.stream import stream
from apps.eventlog import log
from apps.eventlog.types import NewMessage
from apps.exceptions.filters import CaseFilter
from apps.exceptions.queries import find_cases
from apps.exceptions.sweep import sweep_subjects, watch_partners
from apps.intake.envelope import Arrival, read_structured
from apps.pipeline.process import process_batch

pytestmark = pytest.mark.django_db

ORDERS = int(os.environ.get("DEMO_CASES_ORDERS") or 80)
RATES = {fault.code: min(fault.most, 6 * fault.rate) for fault in FAULTS}  # so that a few orders meet them all
BEGAN = datetime(2026, 3, 2, 5, tzinfo=UTC)
AT_ONCE, LATER, LONG_AFTER = timedelta(0), timedelta(days=1, hours=7), timedelta(days=200)


def world(seed: int, orders: int, *, mark: str = "") -> Programme:
    return Programme(Plan(seed, BEGAN, 12, orders, mark), RATES)


def tell(programme: Programme, now: datetime) -> None:
    """All that is heard by the end of the world's history, as history, and judged as of `now`."""
    arrival = Arrival(now, "teller", "events", is_history=True)
    events = (told.event(is_recorded=True) for told in stream(programme, BEGAN - timedelta(days=1), programme.plan.born_at))
    read = [read_structured(json.dumps(event).encode(), arrival) for event in events]
    messages = [message for message in read if isinstance(message, NewMessage)]
    assert len(messages) == len(read)
    log.append(messages, now=now)
    while process_batch(now=now):
        pass
    watch_partners()
    while sweep_subjects(now=now)[0]:
        pass


def shown(now: datetime) -> list[dict[str, Any]]:
    """The cases as the API would list them at that moment."""
    return [exception_row(case) for case in find_cases(CaseFilter(state=None), now=now, page_size=100_000).rows]


def reader() -> Any:
    _, token = issue_token(create_user("auditor", role=Role.ADMINISTRATOR))
    client = Client(headers={"authorization": f"Bearer {token}"})

    def get(path: str) -> Any:
        answer = client.get(f"/api/v1/{path}")
        assert answer.status_code == 200, answer.content
        return answer.json()

    return get


@pytest.mark.parametrize(("seed", "after"), [(1, LONG_AFTER), (2, AT_ONCE), (3, LATER), (4, AT_ONCE), (5, LONG_AFTER)])
def test_every_case_that_should_be_there_is_and_no_other(seed: int, after: timedelta) -> None:
    name_the_network()
    set_calendars(BEGAN)
    programme = world(seed, ORDERS)
    now = programme.plan.born_at + after
    tell(programme, now)
    truth = Book(programme, programme.plan.born_at, now).write()
    checked = check_cases(truth, shown(now), is_alone=True)
    assert checked.differences == []
    assert {tally.recall for tally in checked.tallies.values()} == {1.0}
    assert {tally.precision for tally in checked.tallies.values()} == {1.0}
    assert len(checked.tallies) >= 18, sorted(checked.tallies)


def test_one_world_of_several_is_checked_through_the_api() -> None:
    name_the_network()
    set_calendars(BEGAN)
    now, programme = timezone.now(), world(6, 14, mark="Q")
    tell(world(7, 14, mark="R"), now)
    tell(programme, now)
    truth = Book(programme, programme.plan.born_at, now).write()
    listing = [*listed(reader(), page_size=7)]
    rows = [*own(truth, listing, now)]
    assert 14 < len(rows) < len(listing)
    checked = check_cases(truth, rows, is_alone=False)
    assert checked.differences == []
    assert sum(tally.right for tally in checked.tallies.values()) == len(rows)


def test_a_verification_says_how_right_the_cases_of_each_type_are(monkeypatch: pytest.MonkeyPatch) -> None:
    class Reader:
        def __init__(self, _port: int, _token: str) -> None:
            self.get = reader()

        def wait_until_all_is_visible(self) -> None:
            """It is told and judged in one go here."""

    def tell_here(programme: Programme, *_: Any) -> int:
        tell(programme, timezone.now())
        return 0

    name_the_network()
    set_calendars(BEGAN)
    monkeypatch.setattr(verifying, "tell", tell_here)
    monkeypatch.setattr(verifying, "Reader", Reader)
    monkeypatch.setattr(verifying, "_DUE_SECONDS", 0.0)
    outcome = verifying.verify(world(8, 14, mark="V"), 0, ("", ""), timezone.now, lambda _: None)
    assert (outcome.differences, outcome.shown) == (0, [])
    assert outcome.expected_exceptions == sum(shares["right"] for shares in outcome.cases.values()) > 14
    assert {(shares["recall"], shares["precision"]) for shares in outcome.cases.values()} == {(1.0, 1.0)}
