"""Clocks and cases as they were known then: exactly what was shown at that moment, by the pipeline and to people."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.core.errors import Conflict, NotFound, TooBroad, Unreadable
from apps.eventlog import log
from apps.exceptions import known as known_module
from apps.exceptions import measured
from apps.exceptions.cases import STATES
from apps.exceptions.filters import ACTIVE, OPEN, CaseFilter
from apps.exceptions.known import (
    acts_as_known,
    cases_as_known,
    clocks_as_known,
    count_cases_as_known,
    find_cases_as_known,
    get_case_as_known,
)
from apps.exceptions.queries import SORTS, Case, cases_of_order, count_cases, find_cases
from apps.exceptions.services import Wish, act
from apps.exceptions.sweep import sweep_due
from apps.orders.known import order_as_known
from apps.orders.queries import get_order
from apps.pipeline.process import process_batch
from apps.sla.clocks import clock_state
from apps.sla.commitments import MEASURES
from tests import messages as m
from tests.messages_late import at, eventful_story, heard

pytestmark = pytest.mark.django_db
EVERYTHING = frozenset((code, sender) for code in MEASURES for sender in ("", "northstar", "polaris"))
HOUR = 60


@pytest.fixture(autouse=True)
def _everything_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured at all is learned from what has been sent, up to today."""
    monkeypatch.setattr(measured, "pairs", lambda: EVERYTHING)


@pytest.fixture
def ada(db: None) -> str:
    return User.objects.create_user("ada", role="administrator").username


def work(*messages: Any, now: datetime) -> None:
    """The messages come in at `now`, and whatever has become due by then does its work."""
    log.append(list(messages), now=now)
    while process_batch(now=now):
        pass
    while sweep_due(now=now)[0]:
        pass


def unacknowledged() -> list[Any]:
    """Two legs; NorthStar's is acknowledged two hours after it was released, Polaris' never."""
    return [told for told in m.order_story() if "acknowledged" not in told.type] + [
        m.message("leg.acknowledged", m.NORTH, minute=130, leg="SO-1-A")
    ]


def brief(cases: list[Case] | Any) -> list[tuple[str, str, str]]:
    return [(case.code, case.subject.value, case.state) for case in cases]


def only(cases: Any, code: str, value: str) -> Case:
    (found,) = [case for case in cases if (case.code, case.subject.value) == (code, value)]
    return found
