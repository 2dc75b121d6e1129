"""Judges orders: works out the clocks and cases of those that a batch, an act or the passing of time has touched, and writes
what differs. The caller holds the orders' locks."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import connection

from apps.acts.types import StampedAct
from apps.core import tracing
from apps.core.sql import fetch, run
from apps.exceptions import memory
from apps.exceptions.cases import case_id, episodes_of
from apps.exceptions.history import Course, History, history_of
from apps.exceptions.rows import COLUMNS, Owning, Row, row_of
from apps.exceptions.rules import in_force
from apps.exceptions.steps import Step, heard_elsewhere
from apps.orders.refold import ToldOrder
from apps.sla import sent
from apps.sla import store as clocks_store
from apps.sla.sent import sent_besides

_NAMES: Final = ", ".join(name for name, _ in COLUMNS)
_READ: Final = f"SELECT {_NAMES} FROM exceptions_case WHERE key = ANY(%b::bytea[])"  # noqa: S608 - names of our own columns
_COPY: Final = f"COPY exceptions_case ({_NAMES}) FROM STDIN (FORMAT BINARY)"
_REMOVE: Final = "DELETE FROM exceptions_case WHERE id = ANY(%b::bytea[])"
_ACTS: Final = 'SELECT key, "case", payload FROM exceptions_act WHERE key = ANY(%b::bytea[]) ORDER BY position'
_KEEP_ACTS: Final = """
    INSERT INTO exceptions_act (key, position, "case", payload)
    SELECT * FROM unnest(%b::bytea[], %b::bigint[], %b::bytea[], %b::bytea[]) ON CONFLICT DO NOTHING
"""
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(StampedAct).decode


def judge(orders: Mapping[bytes, ToldOrder], gone: Iterable[bytes] = (), *, now: datetime) -> set[str]:
    """Writes the clocks and cases of `orders` as they are by `now`, and takes away those of orders that are no more. The
    handles of the orders whose cases changed.

    What is heard was heard by now: a caller that has waited for its turn or for locks may have looked at its watch before."""
    keys = {*orders, *gone}
    if not keys:
        return set()
    now = max([now, *_heard(orders.values())])
    with tracing.phase("judge"):
        owning = in_force()
        acts = acts_of_orders(keys)
        remembered = memory.recall(keys)
        histories = {key: _history(told, owning, now, remembered.get(key, ())) for key, told in orders.items()}
        wanted: dict[bytes, Row] = {}
        for key, told in orders.items():
            wanted |= case_rows(key, told, histories[key].courses, acts.get(key, {}), owning)
        clocks_store.write(keys, {key: history.clocks for key, history in histories.items()}, now=now)
        sent.write(keys, {key: sent_besides(told.state, told.facts, histories[key].clocks) for key, told in orders.items()})
        memory.keep({key: history.steps for key, history in histories.items()}, remembered)
        return write(keys, wanted)


def _heard(orders: Iterable[ToldOrder]) -> Iterator[datetime]:
    for told in orders:
        if told.state.last_heard_at is not None:
            yield told.state.last_heard_at
        yield from (moment for moment, _ in heard_elsewhere(told.state))


def _history(told: ToldOrder, owning: Owning, until: datetime, kept: Sequence[Step]) -> History:
    return history_of(
        told.state, told.facts, owning.policy, told.known_at, until=until, kept=kept, rules=repr(owning.mark).encode()
    )


def judged(
    key: bytes, told: ToldOrder, acts: Mapping[bytes, Sequence[StampedAct]], owning: Owning, *, until: datetime
) -> dict[bytes, Row]:
    """The rows of one order's cases by id, as of `until`, from all that is told of it. Pure."""
    return case_rows(key, told, _history(told, owning, until, ()).courses, acts, owning)


def case_rows(
    key: bytes, told: ToldOrder, courses: Iterable[Course], acts: Mapping[bytes, Sequence[StampedAct]], owning: Owning
) -> dict[bytes, Row]:
    """The rows of an order's cases, by id. Pure."""
    rows = {}
    for course in courses:
        for episode in episodes_of(course):
            number = case_id(key, episode.code, episode.name, episode.number)
            rows[number] = row_of(key, told, episode, acts.get(number, ()), owning)
    return rows


def keep_acts(acts: Sequence[StampedAct]) -> set[bytes]:
    """Keeps acts on cases under their orders' keys; the keys. What is kept already stays as it is."""
    about = [stamped for stamped in acts if stamped.act.kind.startswith("case.") and stamped.act.key and stamped.act.case]
    rows = [(bytes.fromhex(s.act.key), s.position, bytes.fromhex(s.act.case), _pack(s)) for s in about]
    if rows:
        run(_KEEP_ACTS, [[row[i] for row in rows] for i in range(4)])
    return {row[0] for row in rows}


def acts_of(key: bytes) -> dict[bytes, list[StampedAct]]:
    """The acts on an order's cases, by case, in the log's order; also those whose case no longer exists."""
    return acts_of_orders({key}).get(key, {})


def acts_of_orders(keys: set[bytes]) -> dict[bytes, dict[bytes, list[StampedAct]]]:
    """As `acts_of`, for several orders, by their keys."""
    found: defaultdict[bytes, defaultdict[bytes, list[StampedAct]]] = defaultdict(lambda: defaultdict(list))
    for key, case, payload in fetch(_ACTS, [list(keys)]):
        found[key][case].append(_unpack(payload))
    return {key: dict(cases) for key, cases in found.items()}


def write(keys: set[bytes], wanted: Mapping[bytes, Row]) -> set[str]:
    """Makes the cases under these keys what `wanted` says; the handles of the orders whose cases changed."""
    standing: dict[bytes, Row] = {row[0]: row for row in fetch(_READ, [list(keys)])}
    gone = [number for number, row in standing.items() if wanted.get(number) != row]
    new = [row for number, row in sorted(wanted.items()) if standing.get(number) != row]
    if gone:
        run(_REMOVE, [gone])
    if new:
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            copy.set_types([kind for _, kind in COLUMNS])
            for row in new:
                copy.write_row(row)
    return {_handle(row) for row in (*(standing[number] for number in gone), *new)}


def _handle(row: tuple[Any, ...]) -> str:
    return str(row[2])
