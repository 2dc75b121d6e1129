"""The lock that keeps a rebuild and whoever writes derived rows apart: the rebuild holds it alone, all others share it."""

from typing import Final

from apps.core.sql import fetch

LOCK: Final = 0x6469_7374_7379_6E63  # "distsync"


def shares() -> bool:
    """True where no rebuild is under way: then none begins before the caller's transaction ends. Never waits."""
    ((is_ours,),) = fetch("SELECT pg_try_advisory_xact_lock_shared(%s)", (LOCK,))
    return bool(is_ours)
