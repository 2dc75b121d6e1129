"""`manage.py verify-log`: names what was changed behind the log's back, and counts what is not sealed."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.eventlog import verification
from apps.eventlog.append import append
from apps.eventlog.sealing import seal
from apps.eventlog.verification import Broken, verify
from tests.apps.eventlog.builders import NOW, Tamper, message


@pytest.fixture
def sealed(db: None) -> list[int]:
    """Positions of four messages, two in each of two blocks."""
    positions = []
    for pair in ("ab", "cd"):
        positions += append([message(name, f"content of {name}", attributes={"a": "b"}) for name in pair], now=NOW).positions
        seal(now=NOW)
    return positions


def run(*arguments: str) -> tuple[Any, str]:
    """Exit status and output."""
    out = StringIO()
    try:
        call_command("verify-log", *arguments, stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def head_of(number: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT encode(hash, 'hex') FROM eventlog_block WHERE number = %s", (number,))
        return cursor.fetchone()[0]


def test_an_empty_log_is_whole(db: None) -> None:
    assert run() == (0, "Sealed: 0 blocks, 0 messages\nUnsealed: none\nThe log is whole.\n")


def test_a_whole_log_names_its_unsealed_tail(sealed: list[int]) -> None:
    tail = append([message("e"), message("f")], now=NOW).positions

    assert run() == (
        0,
        (
            f"Sealed: 2 blocks, 4 messages, head {head_of(2)}\n"
            f"Unsealed: 2 messages, positions {tail[0]} to {tail[1]}, the oldest received 2026-03-02T12:00:00+00:00\n"
            "The log is whole.\n"
        ),
    )


def test_json_says_the_same(sealed: list[int]) -> None:
    tail = append([message("e")], now=NOW).positions

    status, output = run("--json")

    assert (status, json.loads(output)) == (
        0,
        {
            "ok": True,
            "blocks": 2,
            "messages": 4,
            "head": head_of(2),
            "tail": {
                "count": 1,
                "first_position": tail[0],
                "last_position": tail[0],
                "oldest_received_at": "2026-03-02T12:00:00Z",
            },
            "broken": None,
        },
    )


@pytest.mark.parametrize(
    "change",
    [
        "body = 'content of C'",
        "id = 'C'",
        "type = 'other'",
        "subject = ''",
        "time = received_at",
        "heard_at = heard_at - interval '1 microsecond'",
        "received_at = received_at + interval '1 microsecond'",
        "is_history = true",
        """attributes = '{"a": "b"}'""",
        "credential = 'someone'",
        "digest = ''",
        "content_type = ''",
        "door = 'x'",
    ],
)
def test_a_changed_message_is_named(sealed: list[int], tamper: Tamper, change: str) -> None:
    tamper(f"UPDATE eventlog_message SET {change} WHERE position = %s", (sealed[2],))

    name = "C" if change.startswith("id") else "c"
    assert verify().broken == Broken("the message is not what was appended", 2, sealed[2], "urn:oms:main", name)


def test_a_broken_log_ends_with_status_1_and_names_the_message(sealed: list[int], tamper: Tamper) -> None:
    tamper("UPDATE eventlog_message SET body = 'x' WHERE position = ANY(%s)", ([sealed[1], sealed[2]],))

    status, output = run()

    assert (status, output.splitlines()[-1]) == (
        1,
        f"BROKEN: block 1, message {sealed[1]} (source urn:oms:main, id b): the message is not what was appended.",
    )
    assert json.loads(run("--json")[1])["ok"] is False


def test_two_messages_that_changed_places_are_found(sealed: list[int], tamper: Tamper) -> None:
    swap = "UPDATE eventlog_message SET position = CASE position WHEN %s THEN 1000000000 ELSE position END"
    tamper(swap, (sealed[0],))
    tamper("UPDATE eventlog_message SET position = %s WHERE position = %s", (sealed[0], sealed[1]))
    tamper("UPDATE eventlog_message SET position = %s WHERE position = 1000000000", (sealed[1],))

    assert verify().broken == Broken("the message is not what was appended", 1, sealed[0], "urn:oms:main", "b")


def test_a_lost_message_is_named(sealed: list[int], tamper: Tamper) -> None:
    tamper("DELETE FROM eventlog_message WHERE position = %s", (sealed[3],))

    assert verify().broken == Broken("the message is missing", 2, sealed[3])


def test_a_changed_message_of_the_tail_is_named(sealed: list[int], tamper: Tamper) -> None:
    (position,) = append([message("e")], now=NOW).positions
    tamper("UPDATE eventlog_message SET body = 'x' WHERE position = %s", (position,))

    assert verify().broken == Broken("the message is not what was appended", None, position, "urn:oms:main", "e")


def test_a_message_that_was_not_appended_is_named(sealed: list[int], tamper: Tamper) -> None:
    tamper(
        "INSERT INTO eventlog_message SELECT 1000000000, received_at, heard_at, time, is_history, source, 'forged', type,"
        " subject, content_type, attributes, body, digest, credential, door FROM eventlog_message WHERE position = %s",
        (sealed[0],),
    )

    assert verify().broken == Broken(
        "the message is in no block and does not wait for one", None, 1_000_000_000, "urn:oms:main", "forged"
    )


def test_a_message_lost_before_it_was_sealed_is_missed_by_its_key(sealed: list[int], tamper: Tamper) -> None:
    (position,) = append([message("e")], now=NOW).positions
    tamper("DELETE FROM eventlog_message WHERE position = %s", (position,))
    tamper("DELETE FROM eventlog_unsealed")

    assert verify().broken == Broken("its key is there and the message is not", None, position)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("previous = hash", "it does not follow the block before it"),
        ("root = hash", "its leaves do not give its root"),
        ("leaves = leaves || leaves", "it says 2 messages, lists 2 and has 4 leaves"),
        ("sealed_at = sealed_at + interval '1 hour'", "its content does not give its hash"),
    ],
)
def test_a_changed_block_is_named(sealed: list[int], tamper: Tamper, change: str, what: str) -> None:
    tamper(f"UPDATE eventlog_block SET {change} WHERE number = 2")

    assert verify().broken == Broken(what, 2)


def test_a_missing_block_is_named(sealed: list[int], tamper: Tamper) -> None:
    tamper("DELETE FROM eventlog_block WHERE number = 1")

    assert verify().broken == Broken("block 1 is missing: after it comes block 2", 1)


def test_a_head_noted_earlier_must_be_in_the_chain(sealed: list[int], tamper: Tamper) -> None:
    head = head_of(2)
    assert run("--head", head)[0] == 0

    tamper("DELETE FROM eventlog_block WHERE number = 2")
    tamper("DELETE FROM eventlog_message WHERE position = ANY(%s)", (sealed[2:],))
    tamper("DELETE FROM eventlog_key WHERE position = ANY(%s)", (sealed[2:],))

    assert run()[0] == 0
    status, output = run("--head", head)
    assert (status, f"no block has the hash {head}" in output) == (1, True)


@pytest.mark.parametrize("head", ["", "zz", "ab" * 31])
def test_a_head_that_is_no_hash_is_refused(db: None, head: str) -> None:
    with pytest.raises(CommandError, match="64 hex digits"):
        run("--head", head)


def test_a_block_larger_than_one_read_is_checked_to_its_end(
    sealed: list[int], tamper: Tamper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "READ_LIMIT_MESSAGES", 1)
    assert verify().broken is None

    tamper("UPDATE eventlog_message SET door = 'x' WHERE position = %s", (sealed[3],))

    assert verify().broken == Broken("the message is not what was appended", 2, sealed[3], "urn:oms:main", "d")
