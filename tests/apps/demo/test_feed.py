"""The feed: what it sends when, what it remembers, how it is steered, and that a restart neither forgets nor repeats."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from apps.demo.client import AwayError, Taken
from apps.demo.feed import PAUSE, Feed, Tokens
from apps.demo.memory import ORDERS_PER_HOUR, Memory, Steering, new_memory
from apps.demo.world.stream import stream

BORN = datetime(2026, 3, 4, 15, tzinfo=UTC)
TOKENS = Tokens("h", "l")
NORTHSTAR = "/northstar/wms"
Event = dict[str, Any]


class Door:
    """Keeps what it is sent. While `is_shut` it answers as a server that is away; with `kills` the sender dies before
    it reads the answer."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, Event]] = []
        self.is_shut = False
        self.kills = False

    def send(self, events: Sequence[Event], token: str) -> Taken:
        if self.is_shut:
            raise AwayError("DistSync answered 503", 1)
        self.taken += [(token, event) for event in events]
        if self.kills:
            raise KeyboardInterrupt
        return Taken(len(events), 0, 0, 0)


class Disk:
    def __init__(self, memory: Memory) -> None:
        self.remember(memory)

    def remember(self, memory: Memory) -> None:
        self.kept = msgspec.json.encode(memory)

    def feed(self, door: Door) -> Feed:
        return Feed(msgspec.json.decode(self.kept, type=Memory), door, TOKENS, self.remember)


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def disk() -> Disk:
    return Disk(new_memory(1, BORN, days=4, orders=40))


def run(feed: Feed, *, until: datetime, start: datetime = BORN) -> datetime:
    """Steps as the runner does, with a clock of its own: every five seconds at the latest, at once while there is more."""
    now = start
    while now < until:
        now = max(feed.step(now), now)
    return now


def expected(memory: Memory, until: datetime) -> list[Event]:
    plan = memory.plan
    return [told.event(is_recorded=False) for told in stream(memory.programme(), plan.began_at - timedelta(days=1), until)]


def without_record(events: Sequence[tuple[str, Event]]) -> list[Event]:
    return [{name: value for name, value in event.items() if name != "recordedtime"} for _, event in events]


def test_history_goes_by_its_own_credential_with_recorded_times_and_is_told_once(door: Door, disk: Disk) -> None:
    feed = disk.feed(door)
    run(feed, until=BORN + timedelta(seconds=1))
    assert {token for token, _ in door.taken} == {"h"}
    assert all(event["recordedtime"] <= "2026-03-04T15:00:00Z" for _, event in door.taken)
    assert without_record(door.taken) == expected(feed.memory, BORN)
    assert len(door.taken) > 600
    count = len(door.taken)
    run(disk.feed(door), until=BORN + timedelta(seconds=1))
    assert len(door.taken) == count


def test_live_messages_come_when_they_are_due_in_the_order_of_hearing(door: Door, disk: Disk) -> None:
    feed = disk.feed(door)
    run(feed, until=BORN + timedelta(hours=2))
    fresh = [event for token, event in door.taken if token == "l"]
    assert len(fresh) > 60
    assert all("recordedtime" not in event for event in fresh)
    assert without_record(door.taken) == expected(feed.memory, feed.memory.told_until)
    new = {event["data"]["order"] for event in fresh if event["type"] == "distsync.order.placed.v1"}
    assert len(new) >= 2 * ORDERS_PER_HOUR - 4


def test_a_restart_every_few_minutes_leaves_nothing_out_and_says_nothing_twice(door: Door, disk: Disk) -> None:
    now = BORN
    for _ in range(25):
        feed = disk.feed(door)
        now = run(feed, start=now, until=now + timedelta(minutes=4))
    assert without_record(door.taken) == expected(feed.memory, feed.memory.told_until)


def test_a_sender_that_dies_before_the_answer_sends_the_same_again(door: Door, disk: Disk) -> None:
    run(disk.feed(door), until=BORN + timedelta(minutes=10))
    door.kills = True
    with pytest.raises(KeyboardInterrupt):
        run(disk.feed(door), start=BORN + timedelta(minutes=10), until=BORN + timedelta(hours=1))
    door.kills = False
    unheard = door.taken[-1][1]
    run(disk.feed(door), start=BORN + timedelta(minutes=11), until=BORN + timedelta(hours=1))
    again = [event for _, event in door.taken if (event["source"], event["id"]) == (unheard["source"], unheard["id"])]
    assert len(again) == 2
    assert {name: again[1].get(name) for name in unheard} == unheard


def test_nothing_counts_as_told_while_the_door_is_shut(door: Door, disk: Disk) -> None:
    feed = disk.feed(door)
    door.is_shut = True
    before = msgspec.json.encode(feed.memory)
    with pytest.raises(AwayError):
        feed.step(BORN)
    assert msgspec.json.encode(feed.memory) == before
    door.is_shut = False
    run(feed, until=BORN + timedelta(seconds=1))
    assert without_record(door.taken) == expected(feed.memory, BORN)


def test_what_came_while_the_feed_was_off_is_told_as_it_was_then(door: Door, disk: Disk) -> None:
    run(disk.feed(door), until=BORN + timedelta(minutes=5))
    door.taken.clear()
    back = BORN + timedelta(hours=30)
    feed = disk.feed(door)
    run(feed, start=back, until=back + timedelta(minutes=10))
    old = [event for token, event in door.taken if token == "h"]
    assert len(old) > 500
    assert max(event["recordedtime"] for event in old) <= (back - PAUSE).isoformat().replace("+00:00", "Z")
    assert {token for token, _ in door.taken} == {"h", "l"}


def test_another_rate_holds_from_now_on_and_changes_nothing_that_was_told(door: Door, disk: Disk) -> None:
    feed = disk.feed(door)
    now = run(feed, until=BORN + timedelta(minutes=30))
    assert feed.steer(Steering(orders_per_hour=240.0), now) is True
    assert feed.steer(Steering(orders_per_hour=240.0), now) is False
    now = run(feed, start=now, until=now + timedelta(minutes=30))
    placed = [event for event in expected(feed.memory, now) if event["type"].startswith("distsync.order.placed")]
    since = (BORN + timedelta(minutes=30)).isoformat()
    assert 110 <= sum(event["time"] >= since for event in placed) <= 130
    assert without_record(door.taken) == expected(feed.memory, feed.memory.told_until)


def test_a_fault_turned_up_happens_and_is_counted(door: Door, disk: Disk) -> None:
    feed = disk.feed(door)
    now = run(feed, until=BORN + timedelta(minutes=1))
    before = feed.memory.faults.get("duplicate", 0)
    feed.steer(Steering(orders_per_hour=120.0, rates={"duplicate": 0.5}), now)
    run(feed, start=now, until=now + timedelta(hours=2))  # the second telling comes up to five hours after the first
    assert feed.memory.faults["duplicate"] - before > 60
    assert "duplicate" in {recent.fault for recent in feed.memory.recent}


def test_an_outage_by_hand_silences_a_partner_and_ends_in_a_burst(door: Door, disk: Disk) -> None:
    feed = disk.feed(door)
    now = run(feed, until=BORN + timedelta(minutes=5))
    feed.steer(Steering(away=(NORTHSTAR,)), now)
    count = len(door.taken)
    now = run(feed, start=now, until=now + timedelta(hours=3))
    silent = door.taken[count:]
    assert NORTHSTAR not in {event["source"] for _, event in silent}
    assert "circuit-northstar" in "".join(event["id"] for _, event in silent)
    feed.steer(Steering(), now)
    count = len(door.taken)
    run(feed, start=now, until=now + timedelta(minutes=4))
    burst = [event for _, event in door.taken[count:] if event["source"] == NORTHSTAR]
    assert len(burst) >= 5
    assert min(event["time"] for event in burst) < (now - timedelta(hours=1)).isoformat()
    assert without_record(door.taken) == expected(feed.memory, feed.memory.told_until)


def test_the_memory_stays_small(door: Door, disk: Disk) -> None:
    run(disk.feed(door), until=BORN + timedelta(hours=8))
    assert len(disk.kept) < 4_000
