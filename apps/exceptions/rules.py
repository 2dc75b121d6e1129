"""The rules in force: commitments, calendars, ownership and thresholds, as people have set them; read anew when a setting
changes."""

import structlog
from django.conf import settings

from apps.acts import settings as kept
from apps.core.errors import Unreadable
from apps.exceptions.ownership import Rule, rules_of
from apps.exceptions.rows import Owning
from apps.exceptions.subjects import thresholds
from apps.sla.policy import policy_of

logger = structlog.get_logger(__name__)

KINDS = ("commitment", "calendar", "partner", "ownership", thresholds.KIND)
OWNERSHIP = ("ownership", "rules")

_held: tuple[tuple[int, str], Owning] | None = None


def in_force() -> Owning:
    """The rules as of the transaction's snapshot. One short statement while they have not changed."""
    global _held  # noqa: PLW0603 - one value a process, replaced whole
    mark = (kept.revision(), settings.DEPLOYMENT_TIME_ZONE)
    if _held is None or _held[0] != mark:
        _held = (mark, _read())
    return _held[1]


def _read() -> Owning:
    found = kept.settings_of(KINDS)
    policy = policy_of({key: value for key, value in found.items() if key[0] != OWNERSHIP[0]}, settings.DEPLOYMENT_TIME_ZONE)
    limits = thresholds.thresholds_of(found)
    for flaw in (*policy.flaws, *limits.flaws):
        logger.warning("setting_unreadable", flaw=flaw)
    return Owning(policy, _ownership(found.get(OWNERSHIP, [])), limits)


def _ownership(value: object) -> tuple[Rule, ...]:
    try:
        return rules_of(value)
    except Unreadable as error:  # the types' own defaults hold: nothing is ever unowned
        logger.warning("setting_unreadable", flaw=error.detail)
        return ()
