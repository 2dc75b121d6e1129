"""What people do to cases: which acts each state allows, who wins a race, what is kept, and what a partner's user may."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.core.errors import Conflict, NotFound, Unreadable
from apps.exceptions import services
from apps.exceptions.cases import ACTS, OPEN_STATES, RESOLVED_STATES, STATES
from apps.exceptions.services import Wish, act, act_on_many, check
from apps.pipeline.rebuild import rebuild
from tests.apps.exceptions.worked import DAY, cancelled, done, people, problem, problems, seen, shipped
from tests.messages import NOW

WISHES = {
    "claim": Wish("claim"),
    "assign": Wish("assign", to="bob"),
    "comment": Wish("comment", text="called them"),
    "snooze": Wish("snooze", until=NOW + 9 * DAY),
    "wait": Wish("wait"),
    "escalate": Wish("escalate", to="finance"),
    "resolve": Wish("resolve", reason="accepted"),
    "reopen": Wish("reopen"),
    "take_out": Wish("take_out"),
    "put_back": Wish("put_back"),
    "wake": Wish("wake"),
    "give_back": Wish("give_back"),
}
# How a case comes into each state; it is looked at two days later.
LATER = NOW + 2 * DAY
WAYS: dict[str, Callable[[str], object]] = {
    "new": lambda _number: None,
    "acknowledged": lambda number: done(number, Wish("comment", text="seen")),
    "in_progress": lambda number: done(number, Wish("claim")),
    "waiting": lambda number: done(number, Wish("wait")),
    "snoozed": lambda number: done(number, Wish("snooze", until=NOW + 5 * DAY)),
    "regressed": lambda number: done(number, Wish("resolve", reason="accepted")),
    "resolved_manual": lambda number: done(number, Wish("resolve", reason="accepted"), now=LATER - timedelta(hours=1)),
    "resolved_verified": lambda _number: shipped(),
    "resolved_obsolete": lambda _number: cancelled(),
}
AFTER = {  # in an open state
    "claim": "in_progress",
    "assign": "acknowledged",  # also where it was snoozed: whoever gets it sees it
    "snooze": "snoozed",
    "wait": "waiting",
    "escalate": "acknowledged",
    "give_back": "acknowledged",
    "resolve": "resolved_manual",
}


def test_every_act_and_every_state_has_its_line() -> None:
    assert (set(WISHES), set(WAYS)) == (set(ACTS), set(STATES))


@pytest.mark.django_db
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("word", ACTS)
def test_what_each_state_allows(state: str, word: str) -> None:
    people("ada", "bob")
    number = problem()
    WAYS[state](number)
    before = seen(number, LATER)
    assert before.state == state
    allowed = {"reopen": {"resolved_manual"}, "wake": {"snoozed", "waiting"}, "comment": set(STATES)}.get(
        word, set(OPEN_STATES)
    )
    is_allowed = state in allowed
    try:
        after = done(number, WISHES[word], now=LATER)
    except Conflict:
        assert not is_allowed
        assert seen(number, LATER) == before
        return
    assert is_allowed
    assert (after.version > before.version, after.last_act_by, after.last_act_at) == (True, "ada", LATER)
    if word in AFTER:
        assert after.state == AFTER[word]
    elif word == "reopen" or (word == "wake" and state in {"snoozed", "waiting"}):
        assert after.state == "acknowledged"
    elif word == "comment" and state == "new":
        assert (after.state, after.comment_count) == ("acknowledged", 1)
    else:
        assert after.state == state


@pytest.mark.django_db
def test_what_an_act_writes_into_the_case() -> None:
    people("ada", "bob")
    number = problem()
    assert done(number, Wish("claim")).assignee == "ada"
    assert done(number, Wish("assign", to="bob")).assignee == "bob"
    assert done(number, Wish("assign")).assignee == ""
    assert done(number, Wish("snooze", until=NOW + DAY)).snoozed_until == NOW + DAY
    escalated = done(number, Wish("escalate", to="bob"))
    assert (escalated.team, escalated.assignee) == ("customer_service", "bob")
    escalated = done(number, Wish("escalate", to="planning"))
    assert (escalated.team, escalated.assignee) == ("planning", "")
    resolved = done(number, Wish("resolve", reason="duplicate", text="see the other"))
    assert (resolved.resolved_at, resolved.resolved_by, resolved.resolution) == (NOW, "ada", "duplicate")
    reopened = done(number, Wish("reopen"))
    assert (reopened.state, reopened.resolved_at) == ("acknowledged", None)


@pytest.mark.django_db
def test_whoever_saw_another_version_hears_who_was_first() -> None:
    people("ada", "bob", "cleo")
    number = problem()
    claimed = done(number, Wish("claim", version=0), who="bob")
    with pytest.raises(Conflict) as caught:
        done(number, Wish("comment", text="mine", version=0))
    assert caught.value.detail == "bob was first: look at the case again, then decide."
    assert caught.value.errors == [
        {"by": "bob", "at": "2026-04-01T08:00:00Z", "version": claimed.version, "state": "in_progress", "assignee": "bob"}
    ]
    assert seen(number) == claimed
    assert done(number, Wish("comment", text="mine", version=claimed.version)).comment_count == 1


@pytest.mark.django_db
def test_a_case_has_one_who_claimed_it() -> None:
    people("ada", "bob")
    number = problem()
    done(number, Wish("claim"), who="bob")
    with pytest.raises(Conflict, match="bob has this case"):
        done(number, Wish("claim"))
    assert done(number, Wish("claim"), who="bob").assignee == "bob"
    assert done(number, Wish("assign", to="ada")).assignee == "ada"


@pytest.mark.parametrize("version", [0, None])
def test_of_two_who_claim_at_once_one_wins_and_the_other_hears_who(transactional_db: None, version: int | None) -> None:
    names = ("ada", "bob")
    people(*names)
    number = problem()
    won, lost, failures = [], [], []
    start = threading.Barrier(len(names))

    def claim(who: str) -> None:
        try:
            start.wait()
            won.append(act(number, Wish("claim", version=version), who=who, now=NOW).assignee)
        except Conflict as error:
            lost.append((who, error.errors[0]["by"]))
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=claim, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    ((winner,), ((loser, first),)) = won, lost
    assert {winner, loser} == set(names)
    assert (first, seen(number).assignee) == (winner, winner)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wish", "field", "words"),
    [
        (Wish("dance"), "act", "There is no act dance"),
        (Wish("comment", text=" "), "text", "A comment needs `text`."),
        (Wish("comment", text="x" * 4_001), "text", "4,000 characters; 4,001 came"),
        (Wish("wait", reason="x" * 2_001), "reason", "2,000 characters; 2,001 came"),
        (Wish("resolve"), "reason", "nothing came"),
        (Wish("resolve", reason="because"), "reason", "`because` came"),
        (Wish("snooze"), "until", "a time that is still to come"),
        (Wish("snooze", until=NOW), "until", "a time that is still to come"),
        (Wish("assign", to="nobody"), "to", "nobody who works exceptions is called so"),
        (Wish("assign", to="pia"), "to", "nobody who works exceptions is called so"),
        (Wish("assign", to="gone"), "to", "nobody who works exceptions is called so"),
        (Wish("assign", to="a\x00b"), "to", "nobody who works exceptions is called so"),
        (Wish("assign", to="finance"), "to", "nobody who works exceptions is called so"),
        (Wish("escalate"), "to", "a team (customer_service, finance"),
        (Wish("escalate", to="pia"), "to", "`pia` came"),
    ],
)
def test_a_wish_that_says_too_little_names_its_field(wish: Wish, field: str, words: str) -> None:
    User.objects.create(username="pia", role="partner", partner="northstar")
    User.objects.create(username="gone", role="finance", is_active=False)
    with pytest.raises(Unreadable) as caught:
        check(wish, now=NOW)
    assert [error["field"] for error in caught.value.errors] == [field]
    assert words in caught.value.detail


@pytest.mark.django_db
def test_a_partners_user_reaches_its_own_cases_alone() -> None:
    own, other = problem("SO-1", "northstar"), problem("SO-2", "polaris")
    comment = Wish("comment", text="on its way")
    assert act(own, comment, who="pia", now=NOW, visible_partner="northstar").comment_count == 1
    with pytest.raises(NotFound):
        act(other, comment, who="pia", now=NOW, visible_partner="northstar")
    with pytest.raises(NotFound):
        act(own, comment, who="pia", now=NOW, visible_partner="")
    assert seen(other).comment_count == 0


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["", "zz", "A" * 32, "0" * 32, "0" * 31, "\x00" * 32])
def test_what_is_no_case_is_not_found(number: str) -> None:
    people("ada")
    with pytest.raises(NotFound):
        done(number, Wish("claim"))


@pytest.mark.django_db
def test_of_many_each_is_done_for_itself() -> None:
    people("ada", "bob")
    first, second, third = problems("SO-1", "SO-2", "SO-3")
    done(second, Wish("claim"), who="bob")
    outcomes = act_on_many([third, second, "0" * 32, first, third], Wish("claim"), who="ada", now=NOW)
    assert [(each.id, each.case.assignee if each.case else None) for each in outcomes] == [
        (third, "ada"),
        (second, None),
        ("0" * 32, None),
        (first, "ada"),
    ]
    assert [each.problem.detail if each.problem else "" for each in outcomes] == [
        "",
        "bob has this case. Ask them, or assign it to yourself.",
        f"No exception {'0' * 32} is known here, or you may not see it.",
        "",
    ]


@pytest.mark.django_db
def test_of_many_each_may_have_been_seen_in_its_own_version() -> None:
    people("ada", "bob")
    first, second = problems("SO-1", "SO-2")
    version = done(first, Wish("comment", text="seen"), who="bob").version
    outcomes = act_on_many([first, second], Wish("wait"), who="ada", now=NOW, versions={first: version - 1, second: 0})
    assert [each.problem is None for each in outcomes] == [False, True]


@pytest.mark.django_db
def test_the_number_of_statements_does_not_grow_with_the_cases() -> None:
    people("ada", "bob")
    numbers = problems(*(f"SO-{place}" for place in range(24)))
    counts = []
    for few in (numbers[:2], numbers[2:]):
        with CaptureQueriesContext(connection) as captured:
            act_on_many(few, Wish("assign", to="bob"), who="ada", now=NOW)
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert {seen(number).assignee for number in numbers} == {"bob"}


@pytest.mark.django_db
def test_every_act_is_in_the_audit_log() -> None:
    people("ada", "bob")
    number = problem()
    for word in ("claim", "comment", "assign", "wait", "snooze", "escalate", "resolve", "reopen", "take_out", "put_back"):
        done(number, WISHES[word])
    with connection.cursor() as cursor:
        cursor.execute('SELECT kind, who, "order", subject, case_id FROM acts_audit ORDER BY position')
        rows = cursor.fetchall()
    told = ("ada", "SO-1", "Problem at the 3PL: leg SO-1-A", number)
    words = ("claim", "comment", "assign", "wait", "snooze", "escalate", "resolve", "reopen", "take_out", "put_back")
    assert rows == [(f"case.{word}", *told) for word in words]


@pytest.mark.django_db(transaction=True)
def test_who_listens_hears_of_it_after_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Any] = []
    monkeypatch.setattr(services, "_listeners", [heard.append])
    people("ada")
    first, second = problems("SO-1", "SO-2")
    act_on_many([second, first], Wish("claim"), who="ada", now=NOW)
    assert heard == [["SO-1", "SO-2"]]


def test_acts_come_again_from_the_log(transactional_db: None) -> None:
    people("ada", "bob")
    numbers = problems(*(f"SO-{place}" for place in range(len(ACTS))))
    for number, word in zip(numbers, ACTS, strict=True):
        if word in {"reopen", "wake"}:
            done(number, WISHES["resolve" if word == "reopen" else "wait"])
        done(number, WISHES[word])
        done(number, Wish("comment", text="and then"))
    shipped("SO-1")
    cancelled("SO-2")
    compared = {table.table: table.is_equal for table in rebuild(is_dry_run=True, progress=lambda _done, _total: None)}
    assert compared == dict.fromkeys(compared, True)


def test_resolved_states_are_those_that_are_not_open() -> None:
    assert {*OPEN_STATES, *RESOLVED_STATES} == set(STATES)
