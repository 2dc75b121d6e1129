"""What a person does to a case or a setting, as a plain value: before it is in the log, and with its place there."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

SETTING_PUT = "setting.put"
SETTING_REMOVE = "setting.remove"

# The bounds are checked when an act is performed. A time without a zone would mean another instant to each reader; what
# stands in an index has to fit there.
Kind = Annotated[str, msgspec.Meta(pattern=r"^[a-z_]+(\.[a-z_]+)+$", max_length=100)]
Hex = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{2})*$", max_length=128)]
Line = Annotated[str, msgspec.Meta(max_length=2_000)]
Words = Annotated[str, msgspec.Meta(max_length=10_000)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class Act(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One act. Fields that it has no use for keep their defaults, and are not in its message.

    `kind` such as `case.claim`; `who`: the username. `key`: hex of the key that it belongs to (an order's), under whose
    lock its effect is written. `case`: hex id of the exception case, `version`: of it, that the person saw. `order`: the
    order's handle and `subject`: in words what it was about, both as the person saw them. `to`, `text`, `until`,
    `reason`: as the kind needs them. `setting`, `name`, `value` (any JSON value): of acts about settings.
    """

    kind: Kind
    who: Annotated[str, msgspec.Meta(min_length=1, max_length=150)]
    key: Hex = ""
    case: Hex = ""
    order: Line = ""
    subject: Line = ""
    to: Line = ""
    text: Words = ""
    until: Instant | None = None
    reason: Words = ""
    version: int | None = None
    setting: Annotated[str, msgspec.Meta(max_length=100)] = ""
    name: Annotated[str, msgspec.Meta(max_length=500)] = ""
    value: Any = None


class StampedAct(msgspec.Struct, frozen=True):
    """An act with its place in the log: acts on one thing take effect in the order of `position`. `at`: when the log
    received it; `id`: of its message, whose source is the same for all."""

    act: Act
    position: int
    at: datetime
    id: str
