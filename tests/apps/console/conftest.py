"""Signed-in readers of every role, and the order story that they look at."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.exceptions import measured
from apps.exceptions.queries import Case, cases_of_order
from apps.partners import discovery
from apps.partners.models import Partner
from tests.late_orders import unacknowledged
from tests.messages import NOW, order_story, tell

SignedIn = Callable[..., Client]


@pytest.fixture
def signed_in(db: None) -> SignedIn:
    """`signed_in("finance")`, `signed_in("partner", partner="northstar")`: a client with that person's session."""

    def sign_in(role: str, *, partner: str = "", time_zone: str = "UTC", name: str = "", team: str = "") -> Client:
        name = name or f"{role}-{partner or 'us'}"
        user = User.objects.create_user(name, role=role, partner=partner, time_zone=time_zone, team=team)
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def story(db: None) -> None:
    tell(*order_story())


@pytest.fixture(autouse=True)
def _learn_anew() -> Iterator[None]:
    """What is learned of who sends which milestone, and what people call whom, is learned anew by each test."""
    measured.forget()
    discovery.forget()
    yield
    measured.forget()


@pytest.fixture
def late(db: None) -> dict[str, Case]:
    """Two releases that nobody acknowledged, and two shipments that nobody posted; by order, and by shipment."""
    tell(*order_story(), *unacknowledged("SO-8"), *unacknowledged("SO-9", minute=1))
    Partner.objects.filter(code="northstar").update(name="NorthStar")
    found = [case for order in ("SO-1", "SO-8", "SO-9") for case in cases_of_order(order, now=NOW)]
    return {case.subject.value: case for case in found}


@pytest.fixture
def ops(late: dict[str, Case], signed_in: SignedIn) -> Client:
    return signed_in("partner_operations", name="ada", team="partner_operations")
