"""Judges subjects that are no order: works out their cases from what is kept of them, and writes what differs."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from apps.core import tracing
from apps.exceptions.history import Course
from apps.exceptions.rows import Owning, Row
from apps.exceptions.rules import in_force
from apps.exceptions.store import acts_of_orders, case_rows, write
from apps.exceptions.subjects import hearings, numbers, store
from apps.exceptions.subjects.conditions import Refused, due_by, event_course, silence, transfer_courses
from apps.exceptions.subjects.names import CIRCUIT, DELIVERY, EVENT, QUEUE, SEQUENCE, SILENCE, TRANSFER
from apps.exceptions.subjects.sequences import gap_course
from apps.exceptions.subjects.signals import course_of_spells
from apps.exceptions.subjects.store import Subject
from apps.exceptions.subjects.watches import partners_of
from apps.orders.refold import ToldOrder
from apps.orders.state import OrderState

NO_ORDER: Final = ToldOrder("", OrderState(order="", issuer=None, status="", money=""), (), {})
_SIGNALLED: Final = frozenset({CIRCUIT, QUEUE, DELIVERY})
_OF_FACTS: Final = frozenset({TRANSFER, EVENT})
_OF_SOURCES: Final = frozenset({SEQUENCE, EVENT})
Times = tuple[datetime | None, datetime | None]  # fires at, heard until


def judge_subjects(keys: Collection[bytes], *, now: datetime, weighs_anew: bool = False) -> set[str]:
    """Writes the cases of these subjects as they are by `now`, none for those that are subjects no more. The caller holds their
    locks. `weighs_anew`: thresholds may have changed since queues were measured. {""} where cases changed, as of an order
    without a handle."""
    if not keys:
        return set()
    subjects = store.read_subjects(keys)
    with tracing.phase("judge subjects"):
        owning = in_force()
        if weighs_anew:
            _weigh(subjects, owning)
        courses, times = _courses(subjects, owning, now)
        acts = acts_of_orders({subject.key for subject in subjects})
        wanted: dict[bytes, Row] = {}
        for key, own in courses.items():
            wanted |= case_rows(key, NO_ORDER, own, acts.get(key, {}), owning)
        store.schedule([(key, *own) for key, own in times.items()])
        return write(set(keys), wanted)


def _weigh(subjects: Collection[Subject], owning: Owning) -> None:
    found = [(s.key, owning.thresholds.of_queue(s.named.value)) for s in subjects if s.named.kind == QUEUE]
    store.reweigh([(key, threshold.depth, threshold.oldest_age_seconds) for key, threshold in found])


def _courses(
    subjects: Collection[Subject], owning: Owning, now: datetime
) -> tuple[dict[bytes, list[Course]], dict[bytes, Times]]:
    spells = store.read_spells([subject for subject in subjects if subject.named.kind in _SIGNALLED])
    kept = store.read_facts([subject.key for subject in subjects if subject.named.kind in _OF_FACTS])
    heard = numbers.read({subject.key: subject.named for subject in subjects if subject.named.kind == SEQUENCE})
    partners = partners_of({subject.named.issuer for subject in subjects if subject.named.kind in _OF_SOURCES})
    courses: dict[bytes, list[Course]] = {}
    times: dict[bytes, Times] = {}
    for subject in subjects:
        key, named = subject.key, subject.named
        if named.kind in _SIGNALLED:
            course = course_of_spells(named, spells.get(key, ()))
        elif named.kind == TRANSFER:
            facts = kept[key].facts
            until = _by(now, (stamped.stamp.heard_at for stamped in facts))
            courses[key], fires_at = transfer_courses(named, facts, owning.thresholds.transfer_seconds, until)
            times[key] = (fires_at, None)
            continue
        elif named.kind == SILENCE:
            course, times[key] = _silence(subject, owning, now)
        elif named.kind == SEQUENCE:
            tolerance = timedelta(seconds=owning.thresholds.of_sequence(named.issuer))
            course, fires_at = gap_course(named, heard[key], tolerance, partners.get(named.issuer), now)
            times[key] = (fires_at, None)
        else:
            course = _event(subject, kept, partners)
        courses[key] = [course] if course is not None else []
    return courses, times


def _by(now: datetime, heard: Iterable[datetime | None]) -> datetime:
    """What is heard was heard by now (as in `exceptions.store.judge`)."""
    return max([now, *filter(None, heard)])


def _silence(subject: Subject, owning: Owning, now: datetime) -> tuple[Course | None, Times]:
    partner = subject.named.value
    seconds = owning.thresholds.of_silence(partner)
    found = hearings.gaps(subject.sources, timedelta(seconds=seconds))  # open time is never longer than time
    until = _by(now, (gap.heard_at for gap in found))
    quiet = silence(partner, found, due_by(owning.policy, partner, subject.sites, seconds), until)
    return quiet.course, (quiet.fires_at, max((gap.last for gap in found), default=None))


def _event(subject: Subject, kept: Mapping[bytes, store.Kept], partners: Mapping[str, str]) -> Course | None:
    own = kept.get(subject.key, store.Kept())
    refused: Refused | None = own.refused
    return event_course(subject.named, refused, own.replays, partners.get(subject.named.issuer))
