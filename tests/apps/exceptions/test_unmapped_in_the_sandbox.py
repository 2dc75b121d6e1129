"""The sandbox's systems share their SKUs and codes, and none numbers its messages: whatever else goes wrong there, nothing
is told as unmapped or missing. Broken content stays what it is."""

import json
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from django.test import Client
from django.utils import timezone

from apps.demo.seeding import name_the_network
from apps.demo.world.faults import FAULTS
from apps.demo.world.programme import Plan, Programme
from apps.demo.world.stream import stream
from apps.exceptions.models import CaseRow
from apps.partners.services import create_credential
from apps.pipeline import timers
from apps.pipeline.process import process_batch

pytestmark = pytest.mark.django_db
BEGAN = datetime(2026, 3, 2, 5, tzinfo=UTC)
RATES = {fault.code: min(fault.most, 8 * fault.rate) for fault in FAULTS}


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_unmapped_or_missing(seed: int) -> None:
    name_the_network()
    programme = Programme(Plan(seed, BEGAN, 8, 100), RATES)
    client = Client(headers={"authorization": f"Bearer {create_credential('teller', doors=['events'], may_send_history=True)}"})
    told = stream(programme, BEGAN - timedelta(days=1), programme.plan.born_at)
    while batch := [each.event(is_recorded=True) for each in islice(told, 500)]:
        answer = client.post("/api/v1/events", json.dumps(batch), content_type="application/cloudevents-batch+json")
        assert answer.status_code == 202
        while process_batch(now=timezone.now()):
            pass
    timers.settle(now=programme.plan.born_at)
    found = set(CaseRow.objects.values_list("code", flat=True))
    assert {"CONTRACT_VIOLATION", "SHORT_SHIP"} <= found
    assert found.isdisjoint({"SKU_UNMAPPED", "CODE_UNMAPPED", "SEQUENCE_GAP"})
