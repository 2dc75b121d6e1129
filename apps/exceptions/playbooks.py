"""What to do next about a case, step by step: the type's own steps, or those that people have written for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from apps.acts import settings as kept
from apps.core.errors import Unreadable
from apps.exceptions.catalogue import TYPES, type_of

logger = structlog.get_logger(__name__)

KIND: Final = "playbook"  # settings: name the type's code, value a list of texts
MOST_STEPS: Final = 12
STEP_LIMIT: Final = 300


@dataclass(frozen=True, slots=True)
class Playbook:
    """`is_own`: somebody has written these steps; else they are the type's."""

    code: str
    steps: tuple[str, ...]
    is_own: bool


def playbook_of(code: str) -> Playbook:
    """The steps in force for a type."""
    known = TYPES.get(code)
    value = kept.settings_of([KIND]).get((KIND, code))
    if value is not None:
        try:
            return Playbook(code, steps_of(value), is_own=True)
        except Unreadable as error:  # the type's own steps are never wrong
            logger.warning("setting_unreadable", flaw=f"{KIND} {code}: {error.detail}")
    return Playbook(code, known.steps if known else (), is_own=False)


def steps_of(value: object) -> tuple[str, ...]:
    """The steps of a setting's value. Raises Unreadable."""
    if not isinstance(value, list) or not all(isinstance(step, str) for step in value):
        raise Unreadable("A playbook is a list of texts, a step each.")
    steps = tuple(" ".join(step.split()) for step in value)
    if not steps or not all(steps):
        raise Unreadable("A playbook needs at least one step, and no step may be empty.")
    if len(steps) > MOST_STEPS:
        raise Unreadable(f"A playbook has at most {MOST_STEPS} steps, so that somebody reads them; {len(steps)} came.")
    if too_long := next((step for step in steps if len(step) > STEP_LIMIT), None):
        raise Unreadable(f"A step has at most {STEP_LIMIT} characters; “{too_long[:40]}…” has {len(too_long)}.")
    return steps


def put_playbook(code: str, steps: list[str], *, who: str, reason: str, now: datetime) -> Playbook:
    """Sets the steps of a type. Raises Unreadable, and KeyError for a code that is none."""
    found = steps_of(steps)
    kept.put(KIND, type_of(code).code, list(found), who=who, reason=_reason(reason), now=now)
    return Playbook(code, found, is_own=True)


def reset_playbook(code: str, *, who: str, reason: str, now: datetime) -> Playbook:
    """Back to the type's own steps."""
    kept.remove(KIND, type_of(code).code, who=who, reason=_reason(reason), now=now)
    return Playbook(code, type_of(code).steps, is_own=False)


def _reason(text: str) -> str:
    if not text.strip():
        raise Unreadable("Say why: the reason stands in the audit log beside the change.")
    return text.strip()
