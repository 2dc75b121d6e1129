"""The streams from outside: who may listen, and that a change of an order reaches them through the real broker."""

import json
from collections.abc import Iterator

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.live import hints
from apps.live.hub import hub
from tests.messages import order_story, tell


def client_of(role: str, partner: str = "") -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"{role}{partner}", role=role, partner=partner))
    return client


@pytest.fixture(autouse=True)
def an_empty_hub() -> Iterator[None]:
    yield
    hub._subscriptions.clear()
    if hub._thread is not None:
        hub._thread.join(5)


def changed(body: Iterator[bytes]) -> list[str] | None:
    """The orders of the next `changed` event."""
    for chunk in body:
        for part in chunk.decode().split("\n\n"):
            if part.startswith("event: changed\n"):
                orders: list[str] | None = json.loads(part.partition("data: ")[2])["orders"]
                return orders
    raise AssertionError("the stream ended")


@pytest.mark.parametrize("path", ["/live/orders", "/live/orders/SO-1", "/live/freshness"])
def test_a_stranger_hears_nothing(db: None, path: str) -> None:
    assert Client().get(path).status_code == 401


def test_an_order_that_one_may_not_see_has_no_stream(db: None) -> None:
    tell(*order_story())
    assert client_of("partner", "bluedock").get("/live/orders/SO-1").status_code == 404
    assert client_of("manager").get("/live/orders/SO-9").status_code == 404


def test_freshness_is_the_age_of_what_waits(db: None) -> None:
    assert client_of("manager").get("/live/freshness").json() == {"behind_seconds": 0.0, "unread": 0}


@pytest.mark.django_db(transaction=True)
def test_a_committed_change_reaches_the_listeners_that_may_hear_it() -> None:
    tell(*order_story("SO-1"), *order_story("SO-2"))
    every = client_of("manager").get("/live/orders")
    assert every["Content-Type"] == "text/event-stream"
    first = iter(every.streaming_content)
    assert changed(first) is None  # look again: the hub has just begun to listen
    one = client_of("finance").get("/live/orders/SO-2")
    partners = client_of("partner", "northstar").get("/live/orders")
    streams = [first, iter(one.streaming_content), iter(partners.streaming_content)]
    hints.publish(["SO-2", "SO-404"])
    assert changed(streams[0]) == ["SO-2", "SO-404"]
    assert changed(streams[1]) == ["SO-2"]
    assert changed(streams[2]) == ["SO-2"]
    for response in (every, one, partners):
        response.close()
    assert not hub._subscriptions


@pytest.mark.django_db(transaction=True)
def test_the_pipeline_hints_what_it_has_committed() -> None:
    response = client_of("manager").get("/live/orders")
    stream = iter(response.streaming_content)
    assert changed(stream) is None
    tell(*order_story("SO-3"))
    assert changed(stream) == ["SO-3"]
    response.close()
