"""The lock between those who write what messages mean and a rebuild, which makes all of it again beside them."""

from typing import Final

from apps.core.sql import fetch

MAINTENANCE_LOCK: Final = 0x6469_7374_7379_6E63  # "distsync"; a rebuild holds it alone, batches share it


def rebuild_waits() -> bool:
    """True when a rebuild begins only after the caller's transaction has ended, so that it finds what that writes. False
    while one is under way: it may or may not find it."""
    ((answer,),) = fetch("SELECT pg_try_advisory_xact_lock_shared(%s)", (MAINTENANCE_LOCK,))
    return bool(answer)
