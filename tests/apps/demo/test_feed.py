"""The feed: what it sends when, what it remembers, and that a restart neither forgets nor changes anything."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from apps.demo import programme
from apps.demo.client import AwayError, Taken
from apps.demo.feed import OPEN_LIMIT, START_EVERY, Feed, Memory, Tokens

BORN = datetime(2026, 3, 4, 15, tzinfo=UTC)
TOKENS = Tokens("h", "l")


class Door:
    """Keeps what it is sent. While `is_shut` it answers as a server that is away; with `kills` the sender dies before
    it reads the answer."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.is_shut = False
        self.kills = False

    def send(self, events: Sequence[dict[str, Any]], token: str) -> Taken:
        if self.is_shut:
            raise AwayError("DistSync answered 503", 1)
        self.taken += [(token, event) for event in events]
        if self.kills:
            raise KeyboardInterrupt
        return Taken(len(events), 0, 0, 0)


class Disk:
    def __init__(self, memory: Memory) -> None:
        self.kept = msgspec.json.encode(memory)

    def remember(self, memory: Memory) -> None:
        self.kept = msgspec.json.encode(memory)

    def feed(self, door: Door) -> Feed:
        return Feed(msgspec.json.decode(self.kept, type=Memory), door, TOKENS, self.remember)


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def disk() -> Disk:
    return Disk(Memory(seed=1, born_at=BORN))


def tell_all_history(feed: Feed) -> None:
    while feed.tell_history():
        pass


def run(feed: Feed, *, until: datetime, start: datetime = BORN) -> None:
    now = start
    while now < until:
        now = max(feed.step(now), now + timedelta(milliseconds=1))


def test_history_is_told_once_in_the_order_of_hearing_with_its_recorded_times(door: Door, disk: Disk) -> None:
    tell_all_history(disk.feed(door))
    tell_all_history(disk.feed(door))
    expected = [told for told in programme.history(1, BORN) if told.heard_at <= BORN]
    assert [token for token, _ in door.taken] == ["h"] * len(expected)
    assert [event for _, event in door.taken] == [told.event | {"recordedtime": told.heard_at.isoformat()} for told in expected]


def test_live_messages_come_when_they_are_due_without_a_recorded_time(door: Door, disk: Disk) -> None:
    feed = disk.feed(door)
    tell_all_history(feed)
    door.taken.clear()
    run(feed, until=BORN + timedelta(minutes=2))
    assert {token for token, _ in door.taken} == {"l"}
    assert all("recordedtime" not in event for _, event in door.taken)
    first = programme.live_story(1, programme.FIRST_LIVE_NUMBER, BORN)
    assert [event for _, event in door.taken if event["subject"] == first.number] == [told.event for told in first.told]


def test_a_watcher_sees_something_every_other_second(door: Door, disk: Disk) -> None:
    feed = disk.feed(door)
    tell_all_history(feed)
    door.taken.clear()
    run(feed, until=BORN + timedelta(minutes=10))
    assert 300 <= len(door.taken) <= 600
    assert len({event["subject"] for _, event in door.taken}) >= 10 * 60 / START_EVERY.total_seconds() - OPEN_LIMIT


def test_a_restart_leaves_nothing_out_and_says_nothing_twice(door: Door, disk: Disk) -> None:
    tell_all_history(disk.feed(door))
    for start in range(0, 240, 20):  # a new process every 20 seconds
        run(disk.feed(door), start=BORN + timedelta(seconds=start), until=BORN + timedelta(seconds=start + 20))
    first = programme.live_story(1, programme.FIRST_LIVE_NUMBER, BORN)
    assert [event for _, event in door.taken if event["subject"] == first.number] == [told.event for told in first.told]
    live = [event["id"] for token, event in door.taken if token == "l"]
    assert len(set(live)) == len(live)


def test_a_sender_that_dies_before_the_answer_sends_the_same_again(door: Door, disk: Disk) -> None:
    feed = disk.feed(door)
    tell_all_history(feed)
    run(feed, until=BORN + timedelta(seconds=40))
    door.kills = True
    with pytest.raises(KeyboardInterrupt):
        run(feed, start=BORN + timedelta(seconds=40), until=BORN + timedelta(seconds=60))
    door.kills = False
    unheard = door.taken[-1][1]
    run(disk.feed(door), start=BORN + timedelta(seconds=70), until=BORN + timedelta(seconds=72))
    assert [event for _, event in door.taken if event["id"] == unheard["id"]] == [unheard, unheard]


def test_nothing_is_counted_as_told_while_the_door_is_shut(door: Door, disk: Disk) -> None:
    feed = disk.feed(door)
    door.is_shut = True
    with pytest.raises(AwayError):
        feed.tell_history()
    with pytest.raises(AwayError):
        feed.step(BORN + timedelta(seconds=5))
    assert (feed.memory.told, [order.told for order in feed.memory.open]) == (0, [0])
    door.is_shut = False
    tell_all_history(feed)
    feed.step(BORN + timedelta(seconds=30))
    assert feed.memory.told > 0


def test_no_more_orders_are_under_way_than_a_watcher_can_follow(door: Door, disk: Disk) -> None:
    feed = disk.feed(door)
    for second in range(0, 600, 5):
        feed.step(BORN + timedelta(seconds=second))
        assert len(feed.memory.open) <= OPEN_LIMIT
