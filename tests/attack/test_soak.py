"""The soak finds what it is there to find: each promise is broken on purpose, and it must say so."""

import random
import time

import pytest

from soak.client import Door
from soak.ledger import Ledger
from soak.load import Feed, Shape
from soak.stories import Event, expected, shown, story


def orders_own(events: list[Event], name: str) -> list[Event]:
    return [event for event in events if event.name == name]


def test_a_story_is_the_same_for_the_same_seed_and_every_id_is_its_own() -> None:
    first, again = (story("SO-1", random.Random(7)) for _ in range(2))
    assert first == again
    assert len({event.key for event in first}) == len(first) == 22
    assert story("SO-1", random.Random(8)) != first


def test_what_is_expected_of_a_whole_story() -> None:
    events = story("SO-1", random.Random(7))
    whole = expected(events)
    assert (whole["status"], whole["is_invoiced"]) == ("delivered", True)
    for line in whole["lines"].values():
        assert len(set(line.values())) == 1
    assert set(whole["shipments"]) == {"SO-1/A-1", "SO-1/A-2", "SO-1/B-1"}


@pytest.mark.parametrize("name", ["order.allocated", "leg.acknowledged", "leg.picked", "shipment.delivered", "shipment.posted"])
def test_one_event_more_or_less_is_seen(name: str) -> None:
    events = story("SO-1", random.Random(7))
    lost = next(event for event in events if event.name == name)
    assert expected([event for event in events if event is not lost]) != expected(events)


def test_an_allocation_that_counts_twice_is_seen() -> None:
    events = story("SO-1", random.Random(7))
    assert expected([*events, orders_own(events, "order.allocated")[0]]) != expected(events)


def test_a_feed_tells_every_begun_order_to_its_end() -> None:
    feed = Feed("S", random.Random(1), Shape(orders_at_once=3))
    told = [event for _ in range(20) for event in feed.take()]
    feed.end()
    while events := feed.take():
        told += events
    assert len(told) == 22 * len(feed.orders)
    assert {event.order for event in told} == set(feed.orders)


def test_the_ledger_measures_the_longest_silence() -> None:
    ledger = Ledger()
    now = time.monotonic()
    ledger.answered = [now - 9, now - 8, now - 2]
    assert ledger.longest_silence_since(now - 10) == pytest.approx(6, abs=0.1)


def test_a_door_is_this_machines_unless_it_names_a_namespace() -> None:
    assert Door("127.0.0.1", 1, "", "").namespace is None


def test_what_the_api_shows_is_read_in_the_terms_of_the_story() -> None:
    document = {
        "status": "shipped",
        "money": "invoiced",
        "lines": [{"line": "1", "ordered": 4, "allocated": 4, "released": 4, "picked": 4, "shipped": 4, "delivered": 0}],
        "legs": [
            {
                "leg": "A",
                "milestones": {"released": {"occurred_at": "2026-01-05T08:00:00Z"}},
                "shipments": [
                    {
                        "shipment": "A-1",
                        "shipped_at": "2026-01-05T09:00:00Z",
                        "delivered_at": None,
                        "posted": {"posting": "P", "occurred_at": "2026-01-05T10:00:00Z"},
                    }
                ],
            }
        ],
    }
    assert shown(document) == {
        "status": "shipped",
        "is_invoiced": True,
        "lines": {"1": {"ordered": 4, "allocated": 4, "released": 4, "picked": 4, "shipped": 4, "delivered": 0}},
        "milestones": {"A": {"released": "2026-01-05T08:00:00Z", "acknowledged": None, "picked": None, "shipped": None}},
        "shipments": {
            "A-1": {"shipped_at": "2026-01-05T09:00:00Z", "delivered_at": None, "posted": ("P", "2026-01-05T10:00:00Z")}
        },
    }
