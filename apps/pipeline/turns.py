"""Who works what: one batch at a time of each lane, or one of everything. Held until the batch's transaction ends."""

from collections.abc import Iterable
from typing import Final

from apps.core.sql import fetch
from apps.eventlog.maintenance import MAINTENANCE_LOCK

TURN_LOCK: Final = MAINTENANCE_LOCK + 2  # whoever takes everything, alone; + 1 is distsync.stack's, + 3 and + 4 rooms' above
LANE_LOCKS: Final = MAINTENANCE_LOCK + 0x100  # and the lane's number

_ALONE: Final = "SELECT pg_try_advisory_xact_lock(%s)"
_BESIDE_OTHERS: Final = "SELECT pg_try_advisory_xact_lock_shared(%s)"
_FIRST_FREE: Final = "SELECT lane FROM unnest(%b::bigint[]) AS lane WHERE pg_try_advisory_xact_lock(%s + lane) LIMIT 1"

AT_WORK: Final = """
    SELECT EXISTS (
        SELECT FROM pg_locks JOIN pg_database AS here ON here.oid = database
        WHERE locktype = 'advisory' AND classid = %s::bigint::oid AND objid = %s::bigint::oid AND objsubid = 1
            AND here.datname = current_database() AND pid <> pg_backend_pid()
    )
"""


def take_everything() -> bool:
    """Whether nobody else is at work on anything, and nobody will be."""
    return _is_taken(_ALONE)


def take_first_free(lanes: Iterable[int]) -> int | None:
    """The first of `lanes` that nobody else works: it is the caller's. None where somebody is at each, or at everything."""
    if not _is_taken(_BESIDE_OTHERS):
        return None
    return next((lane for (lane,) in fetch(_FIRST_FREE, (list(lanes), LANE_LOCKS))), None)


def is_at_work() -> bool:
    """True while another session works a batch, or rebuilds."""
    high, low = divmod(MAINTENANCE_LOCK, 2**32)
    ((answer,),) = fetch(AT_WORK, [high, low])
    return bool(answer)


def _is_taken(how: str) -> bool:
    ((answer,),) = fetch(how, (TURN_LOCK,))
    return bool(answer)
