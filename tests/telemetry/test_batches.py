"""A batch's shares: whose trace it works for, and how many are shown."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from distsync.telemetry.batches import TRACES_LIMIT, _shares, traceparent_of
from distsync.telemetry.carriers import carried, context_of

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Message:
    position: int
    body: bytes = b"{}"
    attributes: dict[str, str] = field(default_factory=dict)
    received_at: datetime = NOW


def carrier(number: int) -> str:
    return f"00-{number:032x}-{number:016x}-01"


def test_messages_of_one_request_are_one_share() -> None:
    messages = [Message(position) for position in range(1, 7)]
    shares, count = _shares(messages, {1: carrier(1), 2: carrier(2), 3: carrier(1), 5: "no trace", 6: carrier(1)})
    assert [[message.position for message in share.messages] for share in shares] == [[1, 3, 6], [2]]
    assert ([share.appended_in.span_id for share in shares], count) == ([1, 2], 2)


def test_no_more_than_the_limit_are_shown() -> None:
    number = TRACES_LIMIT + 6
    shares, count = _shares([Message(n) for n in range(1, number + 1)], {n: carrier(n) for n in range(1, number + 1)})
    assert ([share.appended_in.trace_id for share in shares], count) == (list(range(1, TRACES_LIMIT + 1)), number)


def test_a_carrier_keeps_the_tracestate() -> None:
    found = context_of(f"{carrier(7)} vendor=opaque,other=1")
    assert found is not None
    assert found[1].trace_state.to_header() == "vendor=opaque,other=1"


@pytest.mark.parametrize(
    "text", ["", "00-0-0-01", f"00-{0:032x}-{1:016x}-01", "\x00", "00-" + "z" * 32 + "-" + "1" * 16 + "-01"]
)
def test_what_is_no_carrier_is_no_trace(text: str) -> None:
    assert context_of(text) is None


def test_nothing_is_carried_without_a_recorded_span() -> None:
    assert carried() is None


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (Message(1, b'{"id": "1", "traceparent": "00-a-b-01", "data": {}}'), "00-a-b-01"),
        (Message(1, b'{"id": "1", "traceparent": 5}'), None),
        (Message(1, b"no json"), None),
        (Message(1, b"\xff", {"id": "1", "traceparent": "00-a-b-01"}), "00-a-b-01"),
        (Message(1, b'{"traceparent": "of the data"}', {"id": "1"}), None),
    ],
)
def test_the_event_s_own_trace(message: Message, found: str | None) -> None:
    assert traceparent_of(message) == found
