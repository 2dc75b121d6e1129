"""A change of rules while orders are being judged: nothing stays as the old rules had it, and nobody waits in a circle."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from pytest_django import Settings

from apps.core.errors import Unavailable
from apps.exceptions import rules
from apps.exceptions.changes import set_calendar, set_ownership
from apps.exceptions.commitment_changes import set_commitment
from apps.pipeline import process, timers
from tests import messages as m
from tests.apps.exceptions.ruling import by, clocks, differing, hours, settle, within
from tests.apps.exceptions.test_changes import late_story

PATIENCE_SECONDS = 30


class Beside(threading.Thread):
    """Work on a connection of its own; `done` raises what went wrong there."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.work, self.problem = work, None
        self.start()

    def run(self) -> None:
        try:
            self.work()
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            self.problem = error
        finally:
            connections.close_all()

    def done(self) -> None:
        self.join(PATIENCE_SECONDS)
        assert not self.is_alive(), "it waits for ever"
        if self.problem is not None:
            raise self.problem


class Halt:
    """Stops whoever comes by, until told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, place: Any, name: str) -> None:
        self.came, self.go = threading.Event(), threading.Event()
        real = getattr(place, name)

        def halt(*arguments: Any, **named: Any) -> Any:
            answer = real(*arguments, **named)
            self.came.set()
            assert self.go.wait(PATIENCE_SECONDS)
            return answer

        monkeypatch.setattr(place, name, halt)


def test_an_order_that_was_being_judged_by_the_old_rules_is_judged_again(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    m.hear(*late_story("SO-2", 20))
    halt = Halt(monkeypatch, process, "judge")
    batch = Beside(m.process)
    assert halt.came.wait(PATIENCE_SECONDS)
    value = within("acknowledge", 30, effective_from=None)
    change = Beside(lambda: set_commitment("ours", value, author=by()))
    change.join(0.5)
    assert change.is_alive(), "it waits for what is being judged"
    halt.go.set()
    batch.done()
    change.done()
    assert clocks("acknowledge") == {"SO-2-A": ("acknowledge", "80")}
    settle()
    assert clocks("acknowledge") == {"SO-2-A": ("ours", "50")}
    assert differing() == []


def test_what_comes_while_rules_change_is_judged_by_the_new_ones(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.exceptions import sweep

    m.hear(*late_story("SO-2", 20))
    halt = Halt(monkeypatch, sweep, "ask_for_all")
    change = Beside(lambda: set_commitment("ours", within("acknowledge", 30, effective_from=None), author=by()))
    assert halt.came.wait(PATIENCE_SECONDS)
    batch = Beside(m.process)
    batch.join(0.5)
    assert batch.is_alive(), "it waits for the new rules"
    halt.go.set()
    change.done()
    batch.done()
    assert clocks("acknowledge") == {"SO-2-A": ("ours", "50")}
    assert differing() == []


def test_a_change_that_cannot_have_its_turn_says_so_and_changes_nothing(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "WAIT_SECONDS", 1)
    m.hear(*late_story("SO-2", 20))
    halt = Halt(monkeypatch, process, "judge")
    batch = Beside(m.process)
    assert halt.came.wait(PATIENCE_SECONDS)
    with pytest.raises(Unavailable, match="nothing was changed"):
        set_ownership([], author=by())
    halt.go.set()
    batch.done()


def test_batches_sweeps_and_changes_at_once_end_as_the_log_says(transactional_db: None, settings: Settings) -> None:
    settings.PIPELINE_HELP_FROM = 1  # nobody waits for a turn
    stories = [m.order_story(f"SO-{number}") + late_story(f"SL-{number}", number) for number in range(10)]
    m.hear(*(each for step in zip(*stories, strict=True) for each in step))
    is_over = threading.Event()

    def work() -> None:
        while process.process_batch(9, now=m.NOW):
            pass

    def sweep() -> None:
        while not is_over.is_set():
            timers.run(now=m.NOW)

    def change() -> None:
        for number in range(6):
            set_calendar("site:ATL", hours(f"{number + 1:02}:00", "20:00"), effective_from=None, author=by())
            set_ownership([{"team": "finance" if number % 2 else "planning"}], author=by())

    workers = [Beside(work) for _ in range(3)]
    others = [Beside(change), *(Beside(sweep) for _ in range(2))]
    for worker in (*workers, others[0]):
        worker.done()
    is_over.set()
    for other in others[1:]:
        other.done()
    settle()
    assert differing() == []
