"""Hints of inboxes: everybody hears of their own, and no order is chosen by them."""

from collections.abc import Iterable

from apps.live.hints import is_persons, of_person
from apps.live.hub import Hub, News, Subscription
from apps.live.streams import EventStream, event


def told(inbox: str, *handles: str, everything: bool = False) -> list[bytes]:
    asked: list[list[str]] = []

    def choose(changed: Iterable[str]) -> Iterable[str]:
        asked.append(sorted(changed))
        return changed

    stream = EventStream(Hub(), Subscription(), choose, inbox=inbox)
    found = list(stream._events(News(set(handles), is_everything=everything)))
    assert all(not is_persons(handle) for each in asked for handle in each)
    return found


def test_everybody_hears_of_their_own_inbox_alone() -> None:
    own = of_person("ada")
    assert told(own, of_person("bob")) == []
    assert told(own, own, of_person("bob")) == [event("inbox", {})]
    assert told(own, own, "SO-1", "ada") == [event("changed", {"orders": ["SO-1", "ada"]}), event("inbox", {})]


def test_everything_is_everything() -> None:
    assert told(of_person("ada"), everything=True) == [event("changed", {"orders": None})]
