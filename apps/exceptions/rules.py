"""The rules in force: commitments, calendars, ownership and thresholds, as people have set them; read anew when a setting
changes.

Orders are judged under a lock that whoever changes the rules holds alone (`keep`, `hold_alone`). So nothing is judged by
rules that have changed before it is committed: an order that was new then would be left as the old rules had it.
"""

from dataclasses import replace
from typing import Final

import psycopg
import structlog
from django.conf import settings
from django.db import OperationalError

from apps.acts import settings as kept
from apps.core.errors import Unavailable, Unreadable
from apps.core.sql import run
from apps.exceptions.ownership import Rule, rules_of
from apps.exceptions.rows import Owning
from apps.exceptions.subjects import thresholds
from apps.sla.policy import policy_of

logger = structlog.get_logger(__name__)

KINDS = ("commitment", "calendar", "partner", "ownership", thresholds.KIND)
OWNERSHIP = ("ownership", "rules")
RULES_LOCK: Final = 0x6469_7374_7379_6E63 + 3  # "distsync" and 3; the numbers before it are apps.pipeline's
WAIT_SECONDS: Final = 20  # for what is being judged; a batch takes a few
KEEP: Final = "SELECT pg_advisory_xact_lock_shared(%s)"
HOLD: Final = "SELECT pg_advisory_xact_lock(%s)"
WAIT: Final = "SELECT set_config('lock_timeout', %s, true)"

_held: tuple[tuple[int, str], Owning] | None = None


def in_force() -> Owning:
    """The rules as of the transaction's snapshot. One short statement while they have not changed."""
    global _held  # noqa: PLW0603 - one value a process, replaced whole
    mark = (kept.revision(), settings.DEPLOYMENT_TIME_ZONE)
    if _held is None or _held[0] != mark:
        _held = (mark, replace(_read(), mark=mark))
    return _held[1]


def forget() -> None:
    """Read the rules anew at the next question."""
    global _held  # noqa: PLW0603 - as above
    _held = None


def keep() -> None:
    """Keeps the rules as they are until the transaction ends. To be called before orders are locked, and before anything that
    somebody who changes rules may wait for; many keep them at once."""
    run(KEEP, (RULES_LOCK,))


def hold_alone() -> None:
    """Holds the rules for a change until the transaction ends, once nothing is being judged. Takes no orders' locks, so that
    nobody waits in a circle. Raises Unavailable where what is being judged does not end."""
    run(WAIT, (f"{WAIT_SECONDS}s",))
    try:
        run(HOLD, (RULES_LOCK,))
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
            raise Unavailable(
                "Orders are being judged and it takes longer than usual; nothing was changed. Try again in a minute.",
                retry_after_seconds=60,
            ) from error
        raise
    run(WAIT, ("0",))


def _read() -> Owning:
    found = kept.settings_of(KINDS)
    policy = policy_of({key: value for key, value in found.items() if key[0] != OWNERSHIP[0]}, settings.DEPLOYMENT_TIME_ZONE)
    limits = thresholds.thresholds_of(found)
    for flaw in (*policy.flaws, *limits.flaws):
        logger.warning("setting_unreadable", flaw=flaw)
    history = [(change.at, _ownership([] if change.is_removal else change.value)) for change in kept.history(*OWNERSHIP)]
    return Owning(policy, _ownership(found.get(OWNERSHIP, [])), history, thresholds=limits)


def _ownership(value: object) -> tuple[Rule, ...]:
    try:
        return rules_of(value)
    except Unreadable as error:  # the types' own defaults hold: nothing is ever unowned
        logger.warning("setting_unreadable", flaw=error.detail)
        return ()
