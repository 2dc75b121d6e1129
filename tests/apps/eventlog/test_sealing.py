"""Sealing: every committed message ends in exactly one block, whatever commits late."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from apps.eventlog import sealing
from apps.eventlog.append import append
from apps.eventlog.sealing import Sealed, seal
from apps.eventlog.verification import verify
from tests.apps.eventlog.builders import NOW, Elsewhere, message


def blocks() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, count, positions::text, sealed_at FROM eventlog_block ORDER BY number")
        return cursor.fetchall()


def test_nothing_new_makes_no_block(db: None) -> None:
    append([message("1")], now=NOW)

    assert [seal(now=NOW), seal(now=NOW)] == [Sealed(1, 1), Sealed(0, 0)]
    assert len(blocks()) == 1


def test_a_block_lists_what_it_holds(db: None) -> None:
    first = append([message("1"), message("2")], now=NOW).positions
    append([message("1", "two"), message("2")], now=NOW)
    last = append([message("3")], now=NOW).positions

    seal(now=NOW)

    assert blocks() == [(1, 3, f"{{[{first[0]},{first[1] + 1}),[{last[0]},{last[0] + 1})}}", NOW)]


def test_many_messages_are_several_blocks_in_one_chain(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BLOCK_LIMIT_MESSAGES", 4)
    monkeypatch.setattr(sealing, "TURN_LIMIT_APPENDS", 2)
    for batch in range(3):
        append([message(f"{batch}/{number}") for number in range(3)], now=NOW)

    assert seal(now=NOW) == Sealed(3, 9)
    assert [(number, count) for number, count, _, _ in blocks()] == [(1, 4), (2, 2), (3, 3)]
    assert (verify().broken, verify().messages) == (None, 9)


def test_a_position_that_commits_late_falls_into_a_later_block(elsewhere: Elsewhere) -> None:
    with transaction.atomic():
        low = append([message("slow")], now=NOW).positions
        high = elsewhere(lambda: append([message("fast")], now=NOW)).result().positions
        assert low < high
        assert elsewhere(lambda: seal(now=NOW)).result() == Sealed(1, 1)

    later = NOW + timedelta(seconds=10)
    assert seal(now=later) == Sealed(1, 1)
    assert blocks() == [
        (1, 1, f"{{[{high[0]},{high[0] + 1})}}", NOW),
        (2, 1, f"{{[{low[0]},{low[0] + 1})}}", later),
    ]
    assert verify().broken is None


def test_an_append_does_not_wait_for_the_sealer(elsewhere: Elsewhere) -> None:
    append([message("1")], now=NOW)
    with transaction.atomic():
        seal(now=NOW)
        assert elsewhere(lambda: append([message("2")], now=NOW)).result(20).accepted == 1


def test_only_one_sealer_is_at_it(elsewhere: Elsewhere) -> None:
    append([message("1")], now=NOW)
    with transaction.atomic():
        assert seal(now=NOW) == Sealed(1, 1)
        append([message("2")], now=NOW)
        assert elsewhere(lambda: seal(now=NOW)).result(20) == Sealed(0, 0)

    assert seal(now=NOW) == Sealed(1, 1)


def test_a_sealing_that_fails_leaves_the_messages_unsealed(committed: None) -> None:
    append([message("1")], now=NOW)
    with transaction.atomic():
        seal(now=NOW)
        transaction.set_rollback(True)

    assert (blocks(), verify().tail.count) == ([], 1)
