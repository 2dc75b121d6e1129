"""What belongs to no order, from messages to cases: circuits, queues, transfers, messages given up, messages that cannot be
used. Each opens by its word or its time, and is closed by the word that was missing."""

import itertools
import random
from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import User
from apps.acts.settings import put
from apps.core.errors import NotFound
from apps.eventlog.types import NewMessage
from apps.exceptions.catalogue import Severity
from apps.exceptions.filters import CaseFilter
from apps.exceptions.known import find_cases_as_known, get_case_as_known
from apps.exceptions.queries import find_cases, get_case
from apps.exceptions.services import Wish, act
from apps.exceptions.subjects import batch
from apps.exceptions.subjects.names import CIRCUIT, Named, key_of
from apps.exceptions.sweep import ask_for_all
from apps.pipeline import timers
from apps.pipeline.process import process_batch
from apps.pipeline.replay import Choice, replay
from apps.sla.clocks import Subject
from apps.translation import canonical
from tests.apps.exceptions.subjects.telling import cases, circuit, delivery, queue, tell, transfer
from tests.messages import MIDDLEWARE, NORTH, NOW, OMS, START, derived_rows, hear, message, process

pytestmark = pytest.mark.django_db
DAY = 24 * 60


class TestCircuits:
    def test_it_opens_when_heard_open_and_is_verified_when_heard_closed(self) -> None:
        tell(circuit("closed", 0), circuit("open", 10, reason="no answer"), circuit("half_open", 20))
        assert cases() == [("CIRCUIT_OPEN", "northstar", "new", 10, None, "northstar", "no answer")]
        tell(circuit("closed", 30, reason="answers again"))
        assert cases() == [("CIRCUIT_OPEN", "northstar", "resolved_verified", 10, 30, "northstar", "no answer")]

    def test_within_the_grace_it_is_one_case_that_has_come_back_and_later_another(self) -> None:
        tell(circuit("open", 10), circuit("closed", 30), circuit("open", 60))
        assert [case[2:5] for case in cases()] == [("regressed", 10, None)]
        tell(circuit("closed", 90), circuit("open", 90 + DAY + 1))
        assert [case[2:5] for case in cases()] == [("resolved_verified", 10, 90), ("new", 90 + DAY + 1, None)]

    def test_two_middlewares_have_a_circuit_each(self) -> None:
        tell(circuit("open", 10), circuit("closed", 20, source="/other"), circuit("open", 30, source="/third"))
        assert [case[2:5] for case in cases()] == [("new", 10, None), ("new", 30, None)]

    def test_a_late_word_opens_nothing_where_a_later_one_had_been_heard(self) -> None:
        late = message("circuit.changed", MIDDLEWARE, minute=10, partner="northstar", state="open")
        heard_late = NewMessage(**{**_fields(late), "heard_at": START + timedelta(minutes=40)})
        tell(circuit("closed", 30), heard_late)
        assert cases() == []

    def test_its_severity_team_and_subject(self) -> None:
        tell(circuit("open", 10))
        (case,) = find_cases(CaseFilter(), now=NOW).rows
        assert (case.severity, case.team, case.subject) == (
            Severity.CRITICAL,
            "integration",
            Subject("partner", "northstar", MIDDLEWARE),
        )
        assert (case.handle, case.order, case.worth, case.key) == (
            "",
            "",
            None,
            key_of(Named(CIRCUIT, "northstar", MIDDLEWARE)).hex(),
        )


class TestQueues:
    def test_depth_or_age_over_the_threshold_opens_it_and_a_measure_under_it_closes_it(self) -> None:
        tell(queue(1_000, 0, age=900), queue(1_001, 10, age=5), queue(4_000, 20), queue(1_000, 30), queue(3, 40))
        assert cases() == [
            ("QUEUE_BACKLOG", "inbound", "resolved_verified", 10, 30, None, "1,001 waiting, the oldest for 0 min")
        ]
        tell(queue(2, 50, age=900.5, name="outbound"))
        assert cases()[1] == ("QUEUE_BACKLOG", "outbound", "new", 50, None, None, "2 waiting, the oldest for 15 min")

    def test_a_threshold_that_somebody_sets_holds_for_what_was_measured(self) -> None:
        tell(queue(500, 0), queue(20, 10), queue(500, 20, name="bulk"))
        assert cases() == []
        put("threshold", "queue", {"depth": 100, "oldest_age_seconds": 60}, who="ada", reason="small", now=NOW)
        put("threshold", "queue:bulk", {"depth": 10_000, "oldest_age_seconds": 60}, who="ada", reason="large", now=NOW)
        assert ask_for_all() == 2
        timers.settle(now=NOW)
        assert [case[:5] for case in cases()] == [("QUEUE_BACKLOG", "inbound", "resolved_verified", 0, 10)]

    def test_measures_that_change_nothing_are_not_judged(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tell(queue(1, 0), queue(5_000, 10))
        judged: list[int] = []
        monkeypatch.setattr(
            "apps.exceptions.subjects.batch.judge_subjects", lambda keys, **_: judged.append(len(keys)) or set()
        )
        tell(queue(6_000, 20))
        tell(queue(1, 30))
        tell(queue(2, 40))
        assert judged == [0, 1, 0]


class TestTransfers:
    def test_it_opens_when_it_is_due_and_is_verified_by_the_receipt(self) -> None:
        tell(transfer("shipped", 10), transfer("shipped", 20, number="T-2"), transfer("received", 3 * DAY, number="T-2"))
        assert cases() == [("TRANSFER_UNRECEIVED", "T-1", "new", 10 + 5 * DAY, None, None, "from ATL, 2 lines")]
        (case,) = find_cases(CaseFilter(), now=NOW).rows
        assert (case.site, case.team, case.due_at) == ("CHI", "inventory_control", START + timedelta(days=5, minutes=10))
        tell(transfer("received", 6 * DAY))
        assert cases()[0][2:5] == ("resolved_verified", 10 + 5 * DAY, 6 * DAY)

    def test_the_sweep_finds_it_by_its_time(self) -> None:
        at = START + timedelta(days=1)
        hear(transfer("shipped", 10))
        process_batch(now=at)
        timers.run(now=START + timedelta(days=5, minutes=9))
        assert cases() == []
        assert timers.run(now=START + timedelta(days=5, minutes=10)) == 1
        assert [case[:4] for case in cases()] == [("TRANSFER_UNRECEIVED", "T-1", "new", 10 + 5 * DAY)]
        assert timers.run(now=START + timedelta(days=5, minutes=11)) == 0

    def test_a_time_that_somebody_sets(self) -> None:
        put("threshold", "transfer", {"seconds": DAY * 60}, who="ada", reason="near", now=NOW)
        tell(transfer("shipped", 10))
        assert cases()[0][3] == 10 + DAY

    def test_a_receipt_alone_opens_nothing(self) -> None:
        tell(transfer("received", 10))
        assert cases() == []


class TestMiddlewaresMessages:
    def test_given_up_and_delivered_after_all(self) -> None:
        tell(delivery("failed", 0), delivery("dead_lettered", 10, error="timeout"), delivery("retried", 20, error="timeout"))
        assert cases() == [("DEAD_LETTER", "MSG-1", "new", 10, None, "northstar", "releases: timeout")]
        tell(delivery("delivered", 30))
        assert cases()[0][2:5] == ("resolved_verified", 10, 30)

    def test_a_retry_without_an_error_is_one_that_went_through(self) -> None:
        tell(delivery("dead_lettered", 10), delivery("retried", 20))
        assert cases() == [("DEAD_LETTER", "MSG-1", "resolved_verified", 10, 20, "northstar", "releases")]

    def test_that_of_an_order_is_the_orders_case_with_its_worth(self) -> None:
        lines = [{"line": "1", "sku": "GLV", "quantity": 40, "unit_price": "2.50"}]
        tell(
            message("order.placed", OMS, order="SO-1", lines=lines, currency="USD"),
            delivery("dead_lettered", 10, order="SO-1", error="timeout"),
        )
        assert cases() == []
        (case,) = find_cases(CaseFilter(order="SO-1"), now=NOW).rows
        assert (case.code, case.subject, case.worth, case.partner, case.reason) == (
            "DEAD_LETTER",
            Subject("message", "MSG-1", MIDDLEWARE),
            100,
            "northstar",
            "releases: timeout",
        )
        tell(delivery("delivered", 20, order="SO-1"))
        assert get_case(case.id, now=NOW).state == "resolved_verified"


class TestMessagesThatCannotBeUsed:
    def test_an_unknown_type_is_a_dead_letter_and_a_missing_field_breaks_the_contract(self) -> None:
        tell(
            message("order.teleported", OMS, id="x1", minute=5, order="SO-1"),
            message("leg.acknowledged", NORTH, id="x2", minute=7),
        )
        assert [case[:5] for case in cases()] == [
            ("DEAD_LETTER", "x1", "new", 5, None),
            ("CONTRACT_VIOLATION", "x2", "new", 7, None),
        ]
        assert cases()[1][6] == "distsync.leg.acknowledged.v1: data.leg: is missing; it is required."
        (first, second) = find_cases(CaseFilter(), now=NOW, sort="age").rows
        assert [(c.severity, c.team, c.subject.issuer) for c in (first, second)] == [
            (Severity.HIGH, "integration", OMS),
            (Severity.MEDIUM, "integration", NORTH),
        ]

    def test_replayed_and_used_it_is_verified_from_the_replay_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tell(message("order.teleported", OMS, id="x1", minute=5, order="SO-1"))
        assert replay(Choice(), who="ada", now=NOW - timedelta(hours=2)) == 1
        tell()
        assert cases()[0][2:5] == ("new", 5, None)  # it still cannot be used
        monkeypatch.setitem(
            canonical._READERS, "distsync.order.teleported.v1", canonical._READERS["distsync.order.validated.v1"]
        )
        assert replay(Choice(), who="ada", now=NOW - timedelta(hours=1)) == 1
        tell()
        assert cases()[0][:5] == ("DEAD_LETTER", "x1", "resolved_verified", 5, 30 * DAY - 60)

    def test_made_pending_by_hand_and_used_it_never_was_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from apps.eventlog import log

        tell(message("order.teleported", OMS, id="x1", minute=5, order="SO-1"))
        monkeypatch.setitem(
            canonical._READERS, "distsync.order.teleported.v1", canonical._READERS["distsync.order.validated.v1"]
        )
        log.enqueue()
        tell()
        assert cases() == []
        assert derived_rows()["exceptions_subject"] == []

    def test_more_than_a_batch_has_locks_for_are_judged_by_the_sweep(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(batch, "LOCKS_LIMIT", 3)
        hear(*(message("leg.acknowledged", NORTH, id=f"x{n}", minute=n) for n in range(5)))
        process()
        assert len(cases()) == 3
        timers.run(now=NOW)
        assert len(cases()) == 5


class TestPeople:
    def test_they_act_on_such_a_case_as_on_any_other(self) -> None:
        User.objects.create(username="ada")
        tell(circuit("open", 10))
        (case,) = find_cases(CaseFilter(), now=NOW).rows
        claimed = act(case.id, Wish("claim", version=0), who="ada", now=NOW)
        assert (claimed.state, claimed.assignee) == ("in_progress", "ada")
        tell(circuit("closed", 30))
        assert get_case(case.id, now=NOW).state == "resolved_verified"

    def test_it_is_shown_as_it_was_known_then(self) -> None:
        User.objects.create(username="ada")
        tell(circuit("open", 10), circuit("closed", 30))
        (case,) = find_cases(CaseFilter(state=None), now=NOW).rows
        then = START + timedelta(minutes=20)
        assert (get_case_as_known(case.id, then).state, get_case_as_known(case.id, NOW).state) == ("new", "resolved_verified")
        assert [each.state for each in find_cases_as_known(CaseFilter(), then).rows] == ["new"]
        with pytest.raises(NotFound):
            get_case_as_known(case.id, START)

    def test_while_somebody_acts_on_it_a_batch_leaves_it_to_the_sweep(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(batch.store, "try_locks", lambda _keys: set())
        hear(circuit("open", 10))
        process()
        assert cases() == []
        monkeypatch.undo()
        timers.run(now=NOW)
        assert [case[:4] for case in cases()] == [("CIRCUIT_OPEN", "northstar", "new", 10)]


def story() -> list[NewMessage]:
    return [
        circuit("open", 10, reason="a"),
        circuit("closed", 30),
        circuit("open", 31, reason="b"),
        circuit("closed", 32),
        queue(2_000, 5),
        queue(1, 15),
        queue(3_000, 25, age=1_800),
        transfer("shipped", 1),
        transfer("shipped", 2, number="T-2"),
        transfer("received", 7 * DAY, number="T-2"),
        delivery("dead_lettered", 3),
        delivery("delivered", 4),
        delivery("dead_lettered", 6, number="MSG-2", error="gone"),
        message("leg.acknowledged", NORTH, id="broken", minute=8),
    ]


def _fields(told: NewMessage) -> dict[str, Any]:
    return {name: getattr(told, name) for name in NewMessage.__slots__}


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_arrival_makes_no_difference(seed: int) -> None:
    messages = story()
    chance = random.Random(seed)
    chance.shuffle(messages)
    cuts = sorted(chance.sample(range(1, len(messages)), 4))
    for begin, end in itertools.pairwise([0, *cuts, len(messages)]):
        tell(*messages[begin:end])
    assert sorted(case[:5] for case in cases()) == [
        ("CIRCUIT_OPEN", "northstar", "resolved_verified", 10, 32),
        ("CONTRACT_VIOLATION", "broken", "new", 8, None),
        ("DEAD_LETTER", "MSG-1", "resolved_verified", 3, 4),
        ("DEAD_LETTER", "MSG-2", "new", 6, None),
        ("QUEUE_BACKLOG", "inbound", "regressed", 5, None),
        ("TRANSFER_UNRECEIVED", "T-1", "new", 1 + 5 * DAY, None),
        ("TRANSFER_UNRECEIVED", "T-2", "resolved_verified", 2 + 5 * DAY, 7 * DAY),
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::3])
def test_words_that_are_heard_late_show_what_was_known_whatever_comes_first(order: tuple[int, ...]) -> None:
    """Known from 25 on: closed. From 35 on: open, until the word from 40 is heard at 60. The one from 10 comes too late."""
    said = [circuit("open", 10), circuit("closed", 20), circuit("open", 30), circuit("closed", 40)]
    heard = [50, 25, 35, 60]
    words = [
        NewMessage(**{**_fields(each), "heard_at": START + timedelta(minutes=at)}) for each, at in zip(said, heard, strict=True)
    ]
    for place in order:
        tell(words[place])
    assert [case[2:5] for case in cases()] == [("resolved_verified", 35, 60)]
