"""When a condition held that good and bad words tell: held against its definition, moment by moment, and the database's
statement against the function."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.exceptions.history import Course
from apps.exceptions.standing import Evidence
from apps.exceptions.subjects import store
from apps.exceptions.subjects.names import CIRCUIT, DELIVERY, QUEUE, Named, key_of
from apps.exceptions.subjects.signals import Signal, Spell, course_of_spells, place_of, queue_words, signal_of
from apps.exceptions.subjects.thresholds import QueueThreshold, Thresholds
from apps.orders.ordering import is_later
from tests.builders import said

BEGAN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
NAMED = Named(CIRCUIT, "northstar", "/mw")
DEFAULTS = Thresholds()


def at(minute: float) -> datetime:
    return BEGAN + timedelta(minutes=minute)


def word(place: int, heard: int, *, is_bad: bool) -> Signal:
    return Signal(NAMED, place, f"{place:04}", at(place), at(heard), is_bad, f"m{place:04}", "northstar", "")


@st.composite
def stories(draw: st.DrawFn) -> list[Signal]:
    count = draw(st.integers(0, 9))
    heard = draw(st.lists(st.integers(0, 12), min_size=count, max_size=count))
    bad = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    return [word(place, heard[place], is_bad=bad[place]) for place in range(count)]


def spells_in(words: list[Signal]) -> list[Spell]:
    """The spells, one a bad word: those of bad words in a row say the same together."""
    found = []
    for bad in words:
        later = [each for each in words if not each.is_bad and each.place > bad.place]
        good = min(later, key=lambda each: (each.heard_at, each.place), default=None)
        if bad.is_bad:
            found.append(Spell(evidence(bad), bad.partner, bad.text, evidence(good) if good else None))
    return found


def evidence(each: Signal) -> Evidence:
    return Evidence(each.occurred_at, each.heard_at, each.named.issuer, each.message)


def is_bad_at(words: list[Signal], moment: datetime) -> bool:
    known = [each for each in words if each.heard_at <= moment]
    return bool(known) and max(known, key=lambda each: each.place).is_bad


def holds_at(course: Course | None, moment: datetime) -> bool:
    spans = course.spans if course else ()
    return any(s.opened_at <= moment and (s.cleared_at is None or moment < s.cleared_at) for s in spans)


@settings(max_examples=400)
@given(words=stories(), shuffled=st.randoms(use_true_random=False))
def test_it_holds_while_the_latest_word_that_had_been_heard_is_bad(words: list[Signal], shuffled: Any) -> None:
    told = list(words)
    shuffled.shuffle(told)
    course = course_of_spells(NAMED, spells_in(told))
    for minute in range(14):
        assert holds_at(course, at(minute)) == is_bad_at(words, at(minute)), minute
    assert course == course_of_spells(NAMED, spells_in(words))


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(words=stories(), split=st.integers(0, 9))
@pytest.mark.django_db
def test_the_database_finds_the_same_spells_and_knows_which_words_may_change_them(words: list[Signal], split: int) -> None:
    key = key_of(NAMED)
    subject = store.Subject(key, NAMED)
    try:
        standing: Any = None
        for part in (words[:split], words[split:]):
            store.add_signals(part)
            found = course_of_spells(NAMED, store.read_spells([subject]).get(key, ()))
            may_have_changed = store.turns(part)
            assert found == standing or may_have_changed == {key}
            standing = found
        assert standing == course_of_spells(NAMED, spells_in(words))
    finally:
        store.run("DELETE FROM exceptions_signal", [])


sequences = st.one_of(st.none(), st.integers(-(10**12), 10**12).map(str), st.sampled_from(["a", "b", "10a", "-", "0x1"]))


@settings(max_examples=300)
@given(
    sequence=st.tuples(sequences, sequences),
    times=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    recorded=st.tuples(st.one_of(st.none(), st.integers(0, 3)), st.one_of(st.none(), st.integers(0, 3))),
    ids=st.tuples(st.sampled_from("ab"), st.sampled_from("cd")),
)
def test_places_sort_as_the_latest_word_is_chosen(sequence: Any, times: Any, recorded: Any, ids: Any) -> None:
    one, other = (
        said(
            "circuit.changed",
            source="/mw",
            at=at(times[n]),
            recorded=None if recorded[n] is None else at(recorded[n]),
            sequence=sequence[n],
            id=ids[n],
            partner="p",
            state="open",
        )
        for n in (0, 1)
    )
    assert (place_of(one).encode() > place_of(other).encode()) == is_later(one, other)


def test_places_of_long_names_keep_apart_and_fit_an_index() -> None:
    ends = [said("circuit.changed", source="/mw", id="é" * 900 + end, partner="p", state="open") for end in "ab"]
    places = [place_of(each) for each in ends]
    assert places[0] != places[1]
    assert max(len(place.encode()) for place in places) < 1_000


@pytest.mark.parametrize(
    ("name", "fields", "named", "is_bad", "text"),
    [
        ("circuit.changed", {"partner": "p", "state": "open", "reason": "x"}, Named(CIRCUIT, "p", "/mw"), True, "x"),
        ("circuit.changed", {"partner": "p", "state": "closed"}, Named(CIRCUIT, "p", "/mw"), False, ""),
        ("queue.measured", {"queue": "q", "depth": 1_000}, Named(QUEUE, "q", "/mw"), False, "1,000 waiting"),
        ("queue.measured", {"queue": "q", "depth": 1_001}, Named(QUEUE, "q", "/mw"), True, "1,001 waiting"),
        (
            "queue.measured",
            {"queue": "q", "depth": 0, "oldest_age_seconds": Decimal("900.1")},
            Named(QUEUE, "q", "/mw"),
            True,
            "0 waiting, the oldest for 15 min",
        ),
        ("message.dead_lettered", {"message": "m", "flow": "f"}, Named(DELIVERY, "m", "/mw"), True, "f"),
        ("message.dead_lettered", {"message": "m", "flow": "f", "error": "e"}, Named(DELIVERY, "m", "/mw"), True, "f: e"),
        ("message.delivered", {"message": "m", "flow": "f"}, Named(DELIVERY, "m", "/mw"), False, ""),
        ("message.retried", {"message": "m", "flow": "f"}, Named(DELIVERY, "m", "/mw"), False, ""),
    ],
)
def test_what_a_fact_says(name: str, fields: dict[str, Any], named: Named, is_bad: bool, text: str) -> None:
    signal = signal_of(said(name, source="/mw", **fields), DEFAULTS)
    assert signal is not None
    assert (signal.named, signal.is_bad, signal.text) == (named, is_bad, text)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("circuit.changed", {"partner": "p", "state": "half_open"}),
        ("message.retried", {"message": "m", "flow": "f", "error": "e"}),
        ("message.failed", {"message": "m", "flow": "f"}),
        ("order.validated", {"order": "SO-1"}),
    ],
)
def test_what_says_neither_good_nor_bad(name: str, fields: dict[str, Any]) -> None:
    assert signal_of(said(name, source="/mw", **fields), DEFAULTS) is None


def test_a_queues_own_threshold_goes_before_the_one_for_all() -> None:
    own = Thresholds(queues={"q": QueueThreshold(depth=5, oldest_age_seconds=10)})
    asked = [("q", 5, None), ("q", 6, None), ("q", 0, 11), ("r", 6, 11)]
    assert [own.is_backlog(*each) for each in asked] == [False, True, True, False]


def test_how_full_a_queue_is_in_words() -> None:
    assert [queue_words(1, None), queue_words(12_345, 5_400)] == ["1 waiting", "12,345 waiting, the oldest for 90 min"]
