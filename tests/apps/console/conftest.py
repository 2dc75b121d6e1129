"""Signed-in readers of every role, and the order story that they look at."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import User
from tests.messages import order_story, tell

SignedIn = Callable[..., Client]


@pytest.fixture
def signed_in(db: None) -> SignedIn:
    """`signed_in("finance")`, `signed_in("partner", partner="northstar")`: a client with that person's session."""

    def sign_in(role: str, *, partner: str = "", time_zone: str = "UTC") -> Client:
        user = User.objects.create_user(f"{role}-{partner or 'us'}", role=role, partner=partner, time_zone=time_zone)
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def story(db: None) -> None:
    tell(*order_story())
