"""From when on something is too much, too old or too quiet: the defaults, and what people set. Pure.

("threshold", "queue")    {"depth": 1000, "oldest_age_seconds": 900}     one queue's own: queue:NAME
("threshold", "silence")  {"seconds": 14400}                             one partner's own: silence:CODE
("threshold", "sequence") {"seconds": 900}       one source's own: sequence:NAME
("threshold", "transfer") {"seconds": 432000}
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

import msgspec

from apps.core.errors import Unreadable
from apps.core.text import printable
from apps.sla.reading import read_struct

KIND: Final = "threshold"
_HOUR: Final = 3_600
_YEAR: Final = 366 * 24 * _HOUR
Seconds = Annotated[int, msgspec.Meta(ge=60, le=_YEAR)]


class QueueThreshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A queue is a backlog with more messages waiting, or with an older one."""

    depth: Annotated[int, msgspec.Meta(ge=0, le=10**12)] = 1_000
    oldest_age_seconds: Annotated[int, msgspec.Meta(ge=0, le=_YEAR)] = 900


class _Lasting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    seconds: Seconds


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`queues` and `silences` are those of one queue and of one partner, `sequences` those of one source.
    `silence_seconds`: of the partner's open time; the others: of any time. `flaws`: settings that cannot be read, and why."""

    queue: QueueThreshold = field(default_factory=QueueThreshold)
    queues: Mapping[str, QueueThreshold] = field(default_factory=dict)
    silence_seconds: int = 4 * _HOUR
    silences: Mapping[str, int] = field(default_factory=dict)
    sequence_seconds: int = _HOUR // 4
    sequences: Mapping[str, int] = field(default_factory=dict)
    transfer_seconds: int = 5 * 24 * _HOUR
    flaws: tuple[str, ...] = ()

    def of_queue(self, name: str) -> QueueThreshold:
        return self.queues.get(name, self.queue)

    def of_silence(self, partner: str) -> int:
        return self.silences.get(partner, self.silence_seconds)

    def of_sequence(self, source: str) -> int:
        return self.sequences.get(source, self.sequence_seconds)

    def is_backlog(self, queue: str, depth: int, age_seconds: int | None) -> bool:
        """Whether a queue so deep, with its oldest message so old, is a backlog."""
        threshold = self.of_queue(queue)
        return depth > threshold.depth or (age_seconds is not None and age_seconds > threshold.oldest_age_seconds)


def thresholds_of(settings: Mapping[tuple[str, str], object]) -> Thresholds:
    """The thresholds that settings make. It never raises: what cannot be read is left out and stands in `flaws`."""
    whole: dict[str, object] = {}
    queues: dict[str, QueueThreshold] = {}
    lasting: dict[str, dict[str, int]] = {"silence": {}, "sequence": {}}
    flaws = []
    for (kind, name), value in sorted(settings.items(), key=lambda setting: setting[0]):
        if kind != KIND or value is None:
            continue
        try:
            threshold = threshold_of(name, value)
        except Unreadable as error:
            flaws.append(f"{KIND} {printable(name)}: {error.detail}")
            continue
        about, _, own = name.partition(":")
        if isinstance(threshold, QueueThreshold):
            (queues if own else whole)[own or "queue"] = threshold
        elif own:
            lasting[about][own] = threshold
        else:
            whole[f"{about}_seconds"] = threshold
    own_times = {"silences": lasting["silence"], "sequences": lasting["sequence"]}
    return Thresholds(queues=queues, flaws=tuple(flaws), **own_times, **whole)  # type: ignore[arg-type]  # by name


def threshold_of(name: str, value: object) -> QueueThreshold | int:
    """What a setting's value says: of a queue, or seconds. Raises Unreadable, also for a name that is none."""
    about, colon, own = name.partition(":")
    if about == "queue" and bool(own) == bool(colon):
        return read_struct(value, QueueThreshold, "A queue's threshold")
    if (about in {"silence", "sequence"} and bool(own) == bool(colon)) or name == "transfer":
        return read_struct(value, _Lasting, "A threshold of time").seconds
    raise Unreadable(
        f"There is no threshold {printable(name)!r}: there are queue, queue:NAME, silence, silence:PARTNER, sequence, "
        "sequence:SOURCE and transfer."
    )
