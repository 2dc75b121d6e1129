"""Writes what people's acts have made of cases, from the cases and acts that are kept: an act changes nothing of what is true
of the order, so nothing needs to be folded again. `judge` gives the same columns; a test holds the two together."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import msgspec

from apps.acts.types import StampedAct
from apps.core.sql import fetch
from apps.exceptions.rows import HANDLED, Kept, handled, unpack
from apps.exceptions.rules import in_force

_READ: Final = "SELECT id, key, region, detail FROM exceptions_case WHERE id = ANY(%b::bytea[]) ORDER BY id FOR UPDATE"
_ACTS: Final = """
    SELECT "case", payload FROM exceptions_act WHERE key = ANY(%b::bytea[]) AND "case" = ANY(%b::bytea[]) ORDER BY position
"""
_NAMES: Final = [name for name, _ in HANDLED]
_WRITE: Final = f"""
    UPDATE exceptions_case AS c SET {", ".join(f"{name} = new.{name}" for name in _NAMES)}
    FROM unnest(%b::bytea[], {", ".join(f"%b::{kind}[]" for _, kind in HANDLED)}) AS new(id, {", ".join(_NAMES)})
    WHERE c.id = new.id AND ({", ".join(f"c.{name}" for name in _NAMES)})
        IS DISTINCT FROM ({", ".join(f"new.{name}" for name in _NAMES)})
    RETURNING c.handle
"""  # noqa: S608 - names of our own columns
_unpack_act = msgspec.msgpack.Decoder(StampedAct).decode


def write_handling(numbers: Sequence[bytes]) -> set[str]:
    """Brings the columns of these cases that acts and ownership rules decide to what the kept acts and the rules in force
    say; the handles of the orders whose cases changed."""
    kept = [Kept(number, key, region, unpack(detail)) for number, key, region, detail in fetch(_READ, [list(numbers)])]
    if not kept:
        return set()
    acts: defaultdict[bytes, list[StampedAct]] = defaultdict(list)
    for number, payload in fetch(_ACTS, [sorted({case.key for case in kept}), [case.number for case in kept]]):
        acts[number].append(_unpack_act(payload))
    owning = in_force()
    rows = [(case.number, *handled(case.episode, case.region, acts[case.number], owning)) for case in kept]
    return {handle for (handle,) in fetch(_WRITE, [[row[i] for row in rows] for i in range(len(HANDLED) + 1)])}
