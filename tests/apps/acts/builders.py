"""Acts as a test says them: `claim("ada")`, `put("calendar", "ATL", {...})`."""

from datetime import UTC, datetime
from typing import Any

from apps.acts.types import SETTING_PUT, SETTING_REMOVE, Act, StampedAct

NOW = datetime(2026, 3, 2, 8, 0, 0, 123456, tzinfo=UTC)


def claim(who: str = "ada", **more: Any) -> Act:
    return Act(kind="case.claim", who=who, **more)


def put(setting: str, name: str, value: Any, who: str = "ada", reason: str = "") -> Act:
    return Act(kind=SETTING_PUT, who=who, setting=setting, name=name, value=value, reason=reason)


def remove(setting: str, name: str, who: str = "ada", reason: str = "") -> Act:
    return Act(kind=SETTING_REMOVE, who=who, setting=setting, name=name, reason=reason)


def stamped(act: Act, position: int, at: datetime = NOW) -> StampedAct:
    return StampedAct(act, position, at, f"act-{position}")
