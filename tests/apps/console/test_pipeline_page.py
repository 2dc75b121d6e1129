"""The pipeline page as its readers see it: who may, what it answers in each state, and that every figure opens its list."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import override_settings
from django.utils import timezone

from apps.accounts.roles import MATRIX, Permission, Role
from apps.console.pages.pipeline.presenters import rate, seconds, spark
from apps.pipeline import rollup
from apps.pipeline.tallies import Tallies, minute_of
from tests import messages as m
from tests.apps.console.conftest import SignedIn
from tests.apps.console.test_charts import held_to_the_schema

pytestmark = pytest.mark.django_db


def measure(ago: timedelta = timedelta(minutes=1), source: str = "/oms", **more: int) -> None:
    minute = minute_of(timezone.now() - ago)
    tallies = Tallies()
    tally = tallies.source(minute, source)
    for name, count in more.items():
        setattr(tally, name, count)
    tally.freshness.add(0.25, more.get("worked", 0))
    done = tallies.worker(minute, "host/1")
    done.batches, done.worked = 1, more.get("worked", 0)
    done.freshness.add(0.25, more.get("worked", 0))
    rollup.write(tallies)


def beat(ago: timedelta = timedelta()) -> None:
    now = timezone.now() - ago
    rollup.beat("host/1", started_at=now, now=now, worked_at=now)


def text_of(page: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<script.*?</script>|<[^>]+>", " ", page.decode(), flags=re.DOTALL))


def figures(page: bytes) -> list[dict[str, Any]]:
    return [json.loads(found) for found in re.findall(r'<script type="application/json">(.*?)</script>', page.decode())]


@pytest.mark.parametrize("role", Role)
def test_those_who_run_the_pipeline_see_it(signed_in: SignedIn, role: Role) -> None:
    may = Permission.SEE_PIPELINE in MATRIX[role]
    assert may == (role in {Role.INTEGRATION, Role.ADMINISTRATOR, Role.MANAGER})
    client = signed_in(role, partner="northstar" if role == Role.PARTNER else "")
    assert (client.get("/pipeline/").status_code == 200) == may
    assert (b'href="/pipeline/"' in client.get("/account/").content) == may


def test_an_empty_system_says_why_and_what_to_do(signed_in: SignedIn) -> None:
    page = signed_in("integration").get("/pipeline/").content
    assert "Nothing has come through yet" in text_of(page)
    assert figures(page) == []


@pytest.mark.parametrize("name", ["hour", "day", "month", "", "century"])
def test_every_range_draws_figures_that_keep_to_the_schema(signed_in: SignedIn, name: str) -> None:
    measure(accepted=120, worked=60)
    beat()
    rollup.sample(now=timezone.now())
    rollup.roll_up(now=timezone.now(), since=timezone.now() - timedelta(minutes=5))
    response = signed_in("integration").get(f"/pipeline/?range={name}")
    drawn = figures(response.content)
    assert len(drawn) == 4
    for each in drawn:
        held_to_the_schema(each)
        assert {len(column["texts"]) for column in each["columns"]} == {len(each["moments"])}
    assert response.context["range"] == (name if name in {"hour", "day", "month"} else "hour")


def test_times_are_the_readers(signed_in: SignedIn) -> None:
    with time_machine.travel(datetime(2026, 11, 23, 10, 7, 30, tzinfo=UTC), tick=False):
        measure(accepted=120, worked=60)
        beat()
        page = signed_in("integration", time_zone="Asia/Kathmandu").get("/pipeline/").content
    assert figures(page)[0]["moments"][-1] == "23 Nov 15:52"


def test_a_calm_pipeline_has_caught_up(signed_in: SignedIn) -> None:
    measure(accepted=120, worked=120)
    beat()
    page = signed_in("integration").get("/pipeline/")
    assert page.context["answer"].word == "Caught up"
    assert page.context["answer"].text.endswith("Over the last hour 95 of 100 messages were seen within 0.23 s.")


def test_what_waits_is_behind_and_opens_the_list_that_it_counts(signed_in: SignedIn) -> None:
    beat()
    m.hear(*[m.message("order.validated", m.OMS, order=f"SO-{number}") for number in range(3)])
    client = signed_in("integration")
    page = client.get("/pipeline/")
    (tile,) = [each for each in page.context["tiles"] if each.name == "Pending"]
    assert (page.context["answer"].word, tile.value) == ("Behind", "3")
    assert len(client.get(tile.url).context["rows"]) == 3


def test_quarantined_messages_are_counted_by_source_and_listed(signed_in: SignedIn) -> None:
    measure(source=m.OMS, accepted=3)
    m.tell(*[m.message("order.teleported", source, order="SO-1") for source in (m.OMS, m.OMS, m.ERP)])
    client = signed_in("integration")
    page = client.get("/pipeline/")
    (tile,) = [each for each in page.context["tiles"] if each.name == "Quarantined"]
    (row,) = page.context["sources"]
    assert (tile.value, row.quarantined) == ("3", "2")
    assert len(client.get(tile.url).context["rows"]) == 3
    assert len(client.get(row.quarantined_url).context["rows"]) == 2


def test_a_worker_that_falls_silent_is_told(signed_in: SignedIn) -> None:
    measure(accepted=120, worked=60)
    beat(timedelta(minutes=4))
    m.hear(m.message("order.validated", m.OMS, order="SO-1"))
    page = signed_in("integration").get("/pipeline/")
    assert page.context["answer"].word == "No worker"
    assert "the last one was heard 4 m ago" in page.context["answer"].text
    assert "Silent" in text_of(page.content)


def test_a_backlog_that_grows_is_told(signed_in: SignedIn) -> None:
    beat()
    rollup.sample(now=timezone.now() - timedelta(minutes=6))
    m.hear(*[m.message("order.validated", m.OMS, order="SO-1") for _ in range(1_001)])
    assert signed_in("integration").get("/pipeline/").context["answer"].word == "Growing"


@override_settings(INTAKE_PENDING_LIMIT=2)
def test_doors_that_refuse_are_told(signed_in: SignedIn) -> None:
    beat()
    m.hear(*[m.message("order.validated", m.OMS, order="SO-1") for _ in range(3)])
    page = signed_in("integration").get("/pipeline/")
    assert page.context["answer"].word == "Doors closed"
    assert page.context["tiles"][0].value == "over 2"


@override_settings(REDIS_URL="redis://127.0.0.1:1/0")
def test_a_broker_that_is_away_is_told(signed_in: SignedIn) -> None:
    measure(accepted=120, worked=60)
    assert "The broker does not answer." in text_of(signed_in("integration").get("/pipeline/").content)


def test_a_quiet_hour_leads_to_the_month(signed_in: SignedIn) -> None:
    beat()
    assert "No source sent anything in the last hour. Look at the last 30 days" in text_of(
        signed_in("integration").get("/pipeline/").content
    )


def test_many_sources_are_shown_together_and_lead_to_the_sources(signed_in: SignedIn) -> None:
    for number in range(15):
        measure(source=f"/shop/{number:02}", accepted=100 - number)
    assert "3 further sources" in text_of(signed_in("manager").get("/pipeline/").content)
    page = signed_in("integration").get("/pipeline/").content
    assert b'<a class="soft" href="/sources/" id="source-others">3 further sources</a>' in page


def test_figures_are_said_as_people_read_them() -> None:
    assert [rate(value) for value in (0, 0.001, 0.04, 3.24, 9.94, 9.96, 118.4, 8_120)] == [
        "0",
        "under 0.01",
        "0.04",
        "3.2",
        "9.9",
        "10",
        "118",
        "8,120",
    ]
    told = [seconds(value) for value in (None, 0.004, 0.84, 4.23, 42.9, 185, 7_500)]
    assert told == ["\N{EN DASH}", "4 ms", "0.84 s", "4.2 s", "42 s", "3 m 05 s", "2 h 05 m"]


def test_a_spark_has_a_bar_for_each_slot_with_something() -> None:
    assert spark([0, 0]) == ""
    assert spark([0, 5, 10]) == "M40.0 24v-12.0h32.00V24zM80.0 24v-24.0h32.00V24z"
