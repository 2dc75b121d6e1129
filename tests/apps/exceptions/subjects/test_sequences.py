"""Numbers that a source skips: missed once they are a quarter of an hour late, and closed when they come. Times are minutes
after START."""

import itertools
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.acts.settings import put
from apps.eventlog.types import NewMessage
from apps.exceptions.catalogue import Severity
from apps.exceptions.filters import CaseFilter
from apps.exceptions.known import find_cases_as_known
from apps.exceptions.queries import find_cases
from apps.exceptions.subjects import numbers as table
from apps.exceptions.subjects.names import SEQUENCE, Named
from apps.exceptions.subjects.sequences import LOOKED_AT, SKIPPED_MOST, Heard, gap_course, number_of, words_of
from apps.exceptions.sweep import ask_for_all, watch_partners
from apps.partners.models import Source
from apps.pipeline import timers
from apps.pipeline.process import process_batch
from apps.pipeline.rebuild import rebuild
from tests.apps.exceptions.subjects.telling import cases, minutes, tell
from tests.messages import NORTH, NOW, OMS, START, hear, message

TOLERANCE = timedelta(minutes=15)
BLOCK = Named(SEQUENCE, "0-9999", OMS)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def numbered(number: Any, minute: int, *, source: str = OMS, name: str = "queue.measured", **data: Any) -> NewMessage:
    """A message with a `sequence`; its content says nothing that opens a case."""
    told = message(name, source, minute=minute, **(data or {"queue": "inbound", "depth": 1}))
    body = msgspec.json.encode(msgspec.json.decode(told.body) | {"sequence": number})
    return NewMessage(**{**{field: getattr(told, field) for field in NewMessage.__slots__}, "body": body})


def run_of(numbers: Sequence[int], *, minute: int = 0, **more: Any) -> list[NewMessage]:
    return [numbered(f"{number:08}", minute, **more) for number in numbers]


class TestNumbers:
    @pytest.mark.parametrize(
        ("sequence", "number"),
        [("7", 7), ("00000012", 12), ("999999999999", 999_999_999_999), ("1772438400000", None), ("-1", None), ("a7", None)],
    )
    def test_what_is_a_count(self, sequence: str, number: int | None) -> None:
        assert number_of(sequence) == number

    def test_words(self) -> None:
        heard = [Heard(number, at(0)) for number in range(40) if number not in {21, 23, 24, 26, 28, 30, 32, 33}]
        course, fires_at = gap_course(BLOCK, heard, TOLERANCE, None, at(20))
        assert course is not None
        assert (course.about.reason, fires_at) == ("21, 23 to 24", None)  # from then on too many are missing to count by one
        assert words_of([]) == ""


@pytest.mark.django_db
class TestCases:
    def test_it_opens_a_quarter_of_an_hour_after_it_shows_and_is_verified_when_the_last_has_come(self) -> None:
        tell(*run_of(range(1, 31)), *run_of([33, 34], minute=10))
        assert cases() == [("SEQUENCE_GAP", "0-9999", "new", 25, None, None, "31 to 32")]
        (case,) = find_cases(CaseFilter(), now=NOW).rows
        assert (case.severity, case.team, case.subject.issuer) == (Severity.MEDIUM, "integration", OMS)
        tell(numbered(32, 40))
        assert cases()[0][2:] == ("new", 25, None, None, "31")
        tell(numbered(31, 50))
        assert cases() == [("SEQUENCE_GAP", "0-9999", "resolved_verified", 25, 50, None, "31 to 32")]

    def test_what_comes_in_time_and_what_comes_in_its_turn_opens_nothing(self) -> None:
        tell(*run_of(range(1, 31)), *run_of([32], minute=10))
        tell(*run_of([31], minute=25))
        tell(*run_of(range(33, 60), minute=30))
        assert cases() == []

    def test_the_sweep_finds_it_by_its_time(self) -> None:
        hear(*run_of([*range(1, 31), 32]))
        process_batch(now=at(1))
        timers.settle(now=at(14))
        assert cases() == []
        assert timers.run(now=at(15)) == 1
        assert [case[:4] for case in cases()] == [("SEQUENCE_GAP", "0-9999", "new", 15)]
        assert timers.run(now=at(16)) == 0

    def test_a_message_that_cannot_be_used_has_come_all_the_same(self) -> None:
        tell(*run_of(range(1, 31)), numbered(31, 0, name="leg.acknowledged", order="SO-1"), *run_of([32]))
        tell(numbered(33, 1, name="no.such.type"), numbered("34", 1))
        assert {case[0] for case in cases()} == {"CONTRACT_VIOLATION", "DEAD_LETTER"}

    def test_sources_that_do_not_count_by_one_open_nothing(self) -> None:
        tell(*(numbered(str(number * 3), number) for number in range(60)))  # others get the numbers between
        tell(*(numbered(str(1_772_438_400_000 + 977 * number), number, source=NORTH) for number in range(60)))
        tell(*(numbered(str(number), 10 * order, source="/erp") for order in range(3) for number in [*range(1, 30), 31]))
        assert cases() == []

    def test_too_few_numbers_before_it_are_no_count(self) -> None:
        tell(*run_of(range(LOOKED_AT - 1)), *run_of([LOOKED_AT]))
        assert cases() == []
        tell(*run_of(range(LOOKED_AT)), *run_of([LOOKED_AT + 1]), *run_of(range(LOOKED_AT), source=NORTH))
        tell(*run_of([LOOKED_AT + 1], source=NORTH))
        assert [case[0] for case in cases()] == ["SEQUENCE_GAP"]

    def test_a_gap_across_two_blocks_is_one_in_each(self) -> None:
        tell(*run_of(range(9_970, 9_998)), *run_of(range(10_003, 10_010)))
        assert [case[1:2] + case[6:] for case in cases()] == [("0-9999", "9998 to 9999"), ("10000-19999", "10000 to 10002")]
        tell(*run_of([9_998, 9_999, 10_000, 10_001, 10_002], minute=60))
        assert [case[2] for case in cases()] == ["resolved_verified", "resolved_verified"]

    def test_a_longer_jump_is_a_new_count(self) -> None:
        tell(*run_of(range(1, 31)), *run_of(range(40_000, 40_030)))
        assert cases() == []

    def test_a_tolerance_that_somebody_sets(self) -> None:
        tell(*run_of(range(1, 31)), *run_of([32]), *run_of([31], minute=30))
        assert cases()[0][3:5] == (15, 30)
        put("threshold", f"sequence:{OMS}", {"seconds": 3_600}, who="ada", reason="slow", now=NOW)
        ask_for_all()
        timers.settle(now=NOW)
        assert cases() == []

    def test_it_is_the_partners_whose_source_it_is(self) -> None:
        tell(*run_of([*range(1, 31), 32], source=NORTH))
        assert cases()[0][5] is None
        Source.objects.update_or_create(name=NORTH, defaults={"partner": "northstar"})
        watch_partners()
        timers.settle(now=NOW)
        assert {case[0]: case[5] for case in cases()}["SEQUENCE_GAP"] == "northstar"

    def test_as_known_then(self) -> None:
        tell(*run_of([*range(1, 31), 32]), *run_of([31], minute=30))
        states = [
            [(case.code, case.state) for case in find_cases_as_known(CaseFilter(state=None), at(minute)).rows]
            for minute in (14, 20, 30)
        ]
        assert states == [[], [("SEQUENCE_GAP", "new")], [("SEQUENCE_GAP", "resolved_verified")]]

    def test_messages_without_numbers_and_numbers_in_their_turn_cost_no_judging(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[int] = []
        ran: list[str] = []
        monkeypatch.setattr(table.store, "ask", lambda keys: asked.append(len(keys)))
        monkeypatch.setattr(table, "fetch", lambda statement, _: ran.append(statement) or [])
        tell(message("queue.measured", OMS, queue="inbound", depth=1))
        assert ran == []
        monkeypatch.undo()
        monkeypatch.setattr(table.store, "ask", lambda keys: asked.append(len(keys)) if keys else None)
        asked.clear()
        tell(*run_of(range(1, 31)))
        tell(*run_of(range(31, 40)))
        assert asked == []
        tell(*run_of([41]))
        assert asked == [2]

    @pytest.mark.parametrize("seed", range(6))
    def test_the_order_of_arrival_makes_no_difference(self, seed: int) -> None:
        messages = [
            *run_of([*range(1, 31), 34]),
            *run_of([32, 5, 9], minute=40),
            *run_of(range(35, 50), minute=50),
            *run_of([33], minute=90),
            *run_of(range(52, 60), minute=100),
        ]
        chance = random.Random(seed)
        chance.shuffle(messages)
        cuts = sorted(chance.sample(range(1, len(messages)), 5))
        for begin, end in itertools.pairwise([0, *cuts, len(messages)]):
            tell(*messages[begin:end])
        assert cases() == [("SEQUENCE_GAP", "0-9999", "new", 15, None, None, "31, 50 to 51")]


def test_a_rebuild_gives_the_same_numbers_and_cases(transactional_db: None) -> None:
    for each in [*run_of([9, 34]), *run_of([33], minute=90), *run_of(range(10, 32))]:
        tell(each)
    tell(numbered(35, 1, name="leg.problem", leg="L", code="?"))
    before = cases()
    assert [(case[0], case[6]) for case in before if case[0] == "SEQUENCE_GAP"] == [("SEQUENCE_GAP", "32")]
    compared = {table.table: (table.is_equal, table.standing_rows) for table in rebuild(is_dry_run=False, progress=_silent)}
    assert compared["exceptions_number"] == (True, 1)
    assert all(is_equal for is_equal, _ in compared.values())
    assert cases() == before


def _silent(_done: int, _total: int) -> None:
    pass


def held(heard: Sequence[Heard], now: datetime) -> bool:
    """By the definition, number by number: one has been missing for the tolerance, and the source counted by one by then."""
    last = max((each.number for each in heard), default=0)
    for number in range(last):
        lower = [each.heard_at for each in heard if each.number < number]
        higher = [each.heard_at for each in heard if each.number > number]
        if not lower or not higher:
            continue
        due_at = max(min(lower), min(higher)) + TOLERANCE
        came = [each.heard_at for each in heard if each.number == number and each.heard_at <= max(now, due_at)]
        if due_at > now or (came and (min(came) <= now or min(came) <= due_at)):
            continue
        below = sorted((each for each in heard if each.number < number and each.heard_at <= due_at), key=lambda e: -e.number)
        below = below[:LOOKED_AT]
        repeated = [each for each in below if each.again_at is not None and each.again_at <= due_at]
        is_dense = len(below) == LOOKED_AT and below[0].number - below[-1].number < LOOKED_AT + SKIPPED_MOST
        if is_dense and len(repeated) <= SKIPPED_MOST:
            return True
    return False


minutes_heard = st.one_of(st.just(0), st.integers(0, 90))


@settings(deadline=None)
@given(
    st.dictionaries(st.integers(0, 45), st.tuples(minutes_heard, st.none() | st.integers(1, 50)), min_size=24),
    st.sampled_from([30, 60, 120]),
)
def test_it_holds_just_when_a_number_has_been_missing_for_too_long(told: dict[int, tuple[int, int | None]], until: int) -> None:
    heard = [Heard(number, at(first), None if more is None else at(first + more)) for number, (first, more) in told.items()]
    course, fires_at = gap_course(BLOCK, heard, TOLERANCE, None, at(until))
    spans = course.spans if course else ()
    for minute in range(until + 1):
        shown = any(
            minutes(span.opened_at) <= minute and (span.cleared_at is None or minute < minutes(span.cleared_at))
            for span in spans
        )
        assert shown == held(heard, at(minute)), minute
    assert fires_at is None or fires_at > at(until)
