"""The ground truth of five worlds equals what the API says of them, told through the door in the order of hearing."""

import json
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.roles import Role
from apps.accounts.services import create_user, issue_token
from apps.demo.checking import check
from apps.demo.seeding import name_the_network
from apps.demo.truth.book import Book
from apps.demo.world.faults import FAULTS
from apps.demo.world.programme import Plan, Programme
from apps.demo.world.stream import Told, stream
from apps.partners.services import create_credential
from apps.pipeline.process import process_batch

pytestmark = pytest.mark.django_db

ORDERS = int(os.environ.get("DEMO_TRUTH_ORDERS") or 200)
RATES = {fault.code: min(fault.most, 6 * fault.rate) for fault in FAULTS}  # so that a few orders meet them all
BEGAN = datetime(2026, 3, 2, 5, tzinfo=UTC)


def world(seed: int, *, days: int = 12) -> Programme:
    return Programme(Plan(seed, BEGAN, days, ORDERS), RATES)


def batches(told: Iterator[Told], size: int) -> Iterator[Sequence[Told]]:
    while batch := list(islice(told, size)):
        yield batch


def tell(programme: Programme, until: datetime, size: int = 400) -> None:
    token = create_credential("teller", doors=["events"], may_send_history=True)
    client = Client(headers={"authorization": f"Bearer {token}"})
    for batch in batches(stream(programme, BEGAN - timedelta(days=1), until), size):
        body = json.dumps([told.event(is_recorded=True) for told in batch])
        answer = client.post("/api/v1/events", body, content_type="application/cloudevents-batch+json")
        assert answer.status_code == 202, answer.content
        assert answer.json()["rejected"] == []
        while process_batch(now=timezone.now()):
            pass


def reader() -> Any:
    _, token = issue_token(create_user("auditor", role=Role.ADMINISTRATOR))
    client = Client(headers={"authorization": f"Bearer {token}"})

    def get(path: str) -> Any:
        answer = client.get(f"/api/v1/{path}")
        assert answer.status_code in (200, 404), answer.content
        return answer.json() if answer.status_code == 200 else None

    return get


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_what_the_api_says_is_what_happened_as_far_as_it_was_told(seed: int) -> None:
    name_the_network()
    programme = world(seed)
    tell(programme, programme.plan.born_at)
    truth = Book(programme, programme.plan.born_at).write()
    assert len(truth["orders"]) == ORDERS
    assert list(check(truth, reader(), now=timezone.now)) == []


def test_a_truth_that_is_not_true_is_found_out() -> None:
    name_the_network()
    programme = Programme(Plan(6, BEGAN, 10, 20), RATES)
    tell(programme, programme.plan.born_at)
    truth = Book(programme, programme.plan.born_at).write()
    get = reader()
    assert list(check(truth, get, now=timezone.now)) == []
    number, order = next((number, order) for number, order in truth["orders"].items() if order["status"] == "delivered")
    leg = next(iter(order["legs"].values()))
    leg["milestones"]["shipped"]["occurred_at"] += timedelta(seconds=1)
    order["lines"]["1"]["shipped"] += 1
    order["money"] = "none"
    truth["messages"]["not_applied"].append({"source": "/x", "id": f"{number}-x", "state": "unmatched", "why": ""})
    truth["orders"]["SO-nobody"] = order
    found = {(difference.order, difference.where.rpartition(".")[2]) for difference in check(truth, get, now=timezone.now)}
    assert found == {(number, "occurred_at"), (number, "shipped"), (number, "money"), ("", f"/x {number}-x"), ("SO-nobody", "")}
