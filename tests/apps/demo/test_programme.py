"""The sample's messages: the same for the same seed, readable but for those that are meant not to be, every shape told."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from apps.contracts.registry import CONTRACTS
from apps.demo import programme
from apps.demo.feed import recorded
from apps.demo.network import WAREHOUSES
from apps.demo.telling import Told
from apps.eventlog.types import NewMessage, StoredMessage
from apps.intake.envelope import Arrival, read_structured
from apps.translation.canonical import Refusal, translate

BORN = datetime(2026, 3, 4, 15, tzinfo=UTC)
ARRIVAL = Arrival(BORN + timedelta(days=30), "demo-history", "events", is_history=True)


def refusal(told: Told) -> str | None:
    message = read_structured(json.dumps(recorded(told)).encode(), ARRIVAL)
    assert isinstance(message, NewMessage)
    assert message.heard_at == told.heard_at
    stored = StoredMessage(
        position=1,
        received_at=ARRIVAL.now,
        heard_at=told.heard_at,
        source=message.source,
        id=message.id,
        type=message.type,
        time=message.time,
        is_history=True,
        subject=message.subject,
        content_type=message.content_type,
        attributes=message.attributes,
        body=message.body,
        digest=message.digest,
        credential="",
        door="",
    )
    translated = translate(stored)
    return translated.code if isinstance(translated, Refusal) else None


def events_of(number: int) -> list[Told]:
    place = number - programme.FIRST_HISTORY_NUMBER
    story, hours = programme.HISTORY[place]
    return programme.tell(story, 1, number, BORN - timedelta(hours=hours), is_live=False).told


def test_the_same_seed_tells_the_same_and_another_does_not() -> None:
    assert programme.history(7, BORN) == programme.history(7, BORN)
    assert programme.history(7, BORN) != programme.history(8, BORN)
    number = programme.FIRST_LIVE_NUMBER + 3
    assert programme.live_story(7, number, BORN).told == programme.live_story(7, number, BORN).told


def test_only_two_messages_of_the_history_are_unusable() -> None:
    refusals = Counter(refusal(told) for told in programme.history(1, BORN))
    del refusals[None]
    assert refusals == {"unknown_type": 1, "bad_number": 1}


def test_every_live_story_is_usable_and_moves_within_half_a_minute() -> None:
    for number in range(programme.FIRST_LIVE_NUMBER, programme.FIRST_LIVE_NUMBER + len(programme.LIVE)):
        told = programme.live_story(1, number, BORN).told
        assert {refusal(each) for each in told} == {None}
        gaps = [later.heard_at - earlier.heard_at for earlier, later in pairwise(told)]
        assert max(gaps) <= timedelta(seconds=25)
        assert told[-1].heard_at - BORN <= timedelta(minutes=4)


def test_the_history_knows_every_kind_of_message_about_orders() -> None:
    told = {each.event["type"] for each in programme.history(1, BORN)}
    unspoken = {type_ for type_ in CONTRACTS if type_ not in told}
    stock_and_telemetry = ("inventory.", "transfer.", "message.", "queue.", "circuit.")
    assert [type_ for type_ in unspoken if not type_.removeprefix("distsync.").startswith(stock_and_telemetry)] == []


def test_a_few_dozen_orders_at_all_three_warehouses() -> None:
    history = programme.history(1, BORN)
    orders = {
        each.event["data"]["order"]
        for each in history
        if each.event["type"] == "distsync.order.placed.v1" and "order" in each.event["data"]
    }
    partners = {each.event["data"]["partner"] for each in history if each.event["type"] == "distsync.leg.released.v1"}
    assert 45 <= len(orders) <= 60
    assert partners == {warehouse.partner for warehouse in WAREHOUSES}


def test_some_stories_have_more_to_say_after_the_beginning_and_none_begins_after_it() -> None:
    history = programme.history(1, BORN)
    later = [each for each in history if each.heard_at > BORN]
    assert len({each.event["subject"] for each in later}) >= 5
    assert all(hours > 0 for _, hours in programme.HISTORY)


def test_the_odd_messages_are_odd_in_the_way_that_they_are_meant_to_be() -> None:
    history = programme.history(1, BORN)
    ids = Counter((each.event["source"], each.event["id"]) for each in history)
    repeated = [[each.event for each in history if each.event["id"] == id_] for (_, id_), count in ids.items() if count > 1]
    assert sorted(first == second for first, second in repeated) == [False, True]  # one conflict, one duplicate
    ahead = [each for each in history if datetime.fromisoformat(each.event["time"]) - each.heard_at > timedelta(hours=24)]
    assert [each.event["type"] for each in ahead] == ["distsync.leg.picked.v1"]
    late_word = [each for each in history if each.heard_at - datetime.fromisoformat(each.event["time"]) >= timedelta(hours=5)]
    assert "distsync.leg.shipped.v1" in {each.event["type"] for each in late_word}
