"""A case's evidence as it is shown: when its clock started, when it was due, when it happened and when we heard. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from apps.console import words
from apps.console.access import Reader
from apps.console.pages.exceptions.presenters import ending_of
from apps.console.times import Instant, duration
from apps.exceptions.catalogue import TYPES
from apps.exceptions.queries import Case
from apps.exceptions.standing import Evidence as Word
from apps.exceptions.story import OPENED, Story
from apps.sla.clocks import Clock
from apps.sla.commitments import MEASURES

BASIS: Final = {
    "happened": "judged by when it happened: a late word alone does not break it",
    "heard": "judged by when we heard of it",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One moment. `kind` is happened, heard, due, overdue or missing, as the story of an order draws them. `message` is the
    address of the message that says so."""

    name: str
    kind: str
    at: Instant | None
    note: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class ShownEvidence:
    """`verdict` tells late word from late work in a sentence, `promise` says which commitment it is about."""

    lines: tuple[Line, ...]
    verdict: str
    promise: str


def clock_of(case: Case, clocks: Sequence[Clock]) -> Clock | None:
    """The clock that opened the case: of the type's measure, on its subject, due when the case says."""
    known = TYPES.get(case.code)
    if known is None or not known.measure or case.due_at is None:
        return None
    of_measure = [clock for clock in clocks if clock.measure == known.measure and clock.due_at == case.due_at]
    on_subject = [clock for clock in of_measure if clock.subject == case.subject]
    return next(iter(on_subject or of_measure), None)  # whoever asks for an order's hold does not know its number


Urls = Mapping[tuple[str, str], str]  # of messages, by source and id


def evidence_of(case: Case, story: Story, clock: Clock | None, reader: Reader, urls: Urls) -> ShownEvidence:
    """The moments in their order: what started it, what was due, what came. `urls`: of the messages that say so."""
    lines = [*_news(story, reader, urls), *_started(clock, reader)]
    if case.due_at is not None:
        is_missed = case.evidence_at is None or case.evidence_at > case.due_at
        lines.append(Line("Due", "overdue" if is_missed else "due", reader.clock.instant(case.due_at), _promised(clock)))
    lines += _came(case, story, reader, urls)
    return ShownEvidence(tuple(lines), _verdict(case), _commitment(clock))


def _news(story: Story, reader: Reader, urls: Urls) -> list[Line]:
    """The bad news that opened it last."""
    words_ = [entry.evidence for entry in story.entries if entry.kind == OPENED and entry.evidence]
    if not words_:
        return []
    word = words_[-1]
    found = []
    if word.occurred_at:
        found.append(Line("Happened", "happened", reader.clock.instant(word.occurred_at)))
    if word.heard_at:
        found.append(_heard(word, reader, urls))
    return found


def _started(clock: Clock | None, reader: Reader) -> list[Line]:
    if clock is None:
        return []
    name = words.plain(MEASURES[clock.measure].start)
    lag = _lag(clock.started_at, clock.started_heard_at)
    return [Line(f"{name}: the clock starts", "happened", reader.clock.instant(clock.started_at), lag)]


def _came(case: Case, story: Story, reader: Reader, urls: Urls) -> list[Line]:
    """What cleared it, or that nothing has."""
    word = story.evidence
    if word is None:
        if case.due_at is None:
            return []
        return [Line("Nothing heard so far", "missing", None, f"{duration(reader.clock.now - case.due_at)} after it was due")]
    found = []
    if word.occurred_at:
        late = case.due_at is not None and word.occurred_at > case.due_at
        note = f"{duration(word.occurred_at - case.due_at)} late" if late and case.due_at else "in time" if case.due_at else ""
        found.append(Line("Happened", "happened", reader.clock.instant(word.occurred_at), note))
    if word.heard_at:
        found.append(_heard(word, reader, urls))
    return found


def _heard(word: Word, reader: Reader, urls: Urls) -> Line:
    assert word.heard_at is not None
    lag = _lag(word.occurred_at, word.heard_at) if word.occurred_at else ""
    note = ", ".join(filter(None, (lag, f"from {word.source}" if word.source else "")))
    return Line("Heard", "heard", reader.clock.instant(word.heard_at), note, urls.get((word.source, word.message), ""))


def _lag(happened: datetime, heard: datetime) -> str:
    seconds = (heard - happened).total_seconds()
    return f"heard {duration(seconds)} later" if seconds >= 60 else ""


def _promised(clock: Clock | None) -> str:
    return (
        "" if clock is None else f"{MEASURES[clock.measure].title}, {duration(clock.due_at - clock.started_at)} after the start"
    )


def _commitment(clock: Clock | None) -> str:
    if clock is None:
        return ""
    name = words.plain(clock.commitment) if clock.commitment in MEASURES else clock.commitment
    return f"Commitment “{name}”, {BASIS.get(clock.basis, clock.basis)}."


def _verdict(case: Case) -> str:
    """Late work, late word, or not known yet which of the two."""
    if ending := ending_of(case):
        return f"{ending}."
    if case.due_at is not None:
        return "Nobody can tell yet whether the work is late or only the word of it."
    return ""
