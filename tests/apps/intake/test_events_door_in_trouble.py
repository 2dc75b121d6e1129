"""POST /api/v1/events under load and in trouble: rates, backlog, a database that is away, and what stays of refusals."""

from unittest import mock

import pytest
import time_machine
from django.db import OperationalError
from pytest_django.fixtures import Settings

from apps.eventlog import log
from apps.intake import views
from apps.intake.models import Rejection, RejectionCount
from apps.partners.services import create_credential
from tests.apps.intake.conftest import Door, event
from tests.apps.intake.test_events_door import NOW, problem

pytestmark = pytest.mark.django_db


def test_over_the_rate_it_is_429(db: None) -> None:
    door = Door(create_credential("fast", rate_limit_per_second=5))
    first = door.send(*[event(str(number)) for number in range(12)])
    assert (first.status, first.document["accepted"]) == (202, 12)  # a batch is paid for afterwards
    answer = door.send(event("x"))
    assert problem(answer) == (429, "The credential `fast` may send 5 events a second and has sent more.")
    assert answer.headers["Retry-After"] == "2"
    assert log.find("/oms", "x") is None


def test_a_backlog_over_its_bound_is_503(door: Door, settings: Settings) -> None:
    settings.INTAKE_PENDING_LIMIT = 1
    door.send(event("1"))
    views._backlog.forget()
    assert door.send(event("2")).status == 202
    views._backlog.forget()
    answer = door.send(event("3"))
    assert problem(answer)[0] == 503
    assert answer.headers["Retry-After"] == "5"
    assert log.find("/oms", "3") is None


def test_without_a_database_it_is_503(door: Door) -> None:
    with mock.patch.object(views.log, "append", side_effect=OperationalError("secret host")):
        answer = door.send(event())
    assert problem(answer) == (503, "The log cannot be reached now. Send this again.")
    assert answer.headers["Retry-After"] == "2"


# --- what was refused is shown


def test_what_is_refused_is_counted_and_sampled(door: Door) -> None:
    with time_machine.travel(NOW, tick=False):
        door.send(event("1"), {"id": "a"}, {"id": "b"}, event("c", time="soon"))
        door.send({"id": "d"})
    assert set(RejectionCount.objects.values_list("credential", "day", "code", "count")) == {
        ("oms", NOW.date(), "specversion", 3),
        ("oms", NOW.date(), "invalid_time", 1),
    }
    assert list(Rejection.objects.order_by("id").values_list("event_id", "code", "reason", "door", "received_at"))[-1] == (
        "d",
        "specversion",
        "the required attribute `specversion` is missing",
        "events",
        NOW,
    )
    assert {bytes(row.sample) for row in Rejection.objects.filter(event_id="a")} == {b'{"id": "a"}'}


def test_only_the_newest_samples_are_kept(door: Door) -> None:
    for start in (0, 15, 30):
        door.send(*[{"id": str(number)} for number in range(start, start + 15)], event("x", source=""))
    kept = Rejection.objects.filter(code="specversion").order_by("id").values_list("event_id", flat=True)
    assert list(kept) == [str(number) for number in range(25, 45)]
    assert Rejection.objects.filter(code="missing_attribute").count() == 3
    assert RejectionCount.objects.get(code="specversion").count == 45


def test_a_sample_that_cannot_be_kept_changes_no_answer(door: Door) -> None:
    with mock.patch("apps.intake.rejections._KEEP", "SELECT nonsense"):
        answer = door.send(event("1"), {"id": "a"})
    assert (answer.status, answer.document["accepted"]) == (202, 1)
    assert RejectionCount.objects.count() == 0
