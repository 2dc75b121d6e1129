"""Which of the waiting messages are worked next: whole orders, the longest wait first, each message once."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from queue import Queue
from random import Random

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.acts.types import Act
from apps.eventlog import log, pending
from apps.eventlog.types import NewMessage, StoredMessage
from apps.orders.mentions import key_of
from apps.pipeline import lanes as lanes_of
from apps.pipeline import process
from apps.pipeline.lanes import FEWEST, LANES, Lanes
from tests import messages as m
from tests.apps.acts.acting import perform

pytestmark = pytest.mark.django_db
ORDERS = [f"SO-{number}" for number in range(40)]
LIMIT = process.BATCH_LIMIT


def stories(orders: list[str]) -> list[NewMessage]:
    """Their events, interleaved."""
    told = [m.order_story(order) for order in orders]
    return [event for events in zip(*told, strict=True) for event in events]


def rounds(lanes: Lanes) -> list[list[StoredMessage]]:
    """Claims and settles until nothing is due."""
    found = []
    while claimed := lanes.claim(LIMIT, now=m.NOW):
        found.append(claimed)
        log.settle([each.position for each in claimed])
    return found


def order_of(message: StoredMessage) -> str:
    """The order whose story it is of: every number in it begins with the order's."""
    return next(order for order in sorted(ORDERS, key=len, reverse=True) if order.encode() in message.body)


def an_act_that_waits() -> None:
    """As one does that was performed while a rebuild ran."""
    performed = perform(Act(kind="setting.put", who="ann", setting="view", name="mine", value={}))
    log.enqueue([each.position for each in performed])


def test_an_order_is_worked_once_a_round_and_the_longest_wait_comes_first() -> None:
    m.hear(*stories(ORDERS))
    waiting = [each.position for each in log.due(LIMIT, now=m.NOW)]
    claims = rounds(Lanes())
    assert sorted(each.position for claim in claims for each in claim) == waiting
    batches = defaultdict(set)
    for number, claim in enumerate(claims):
        assert min(each.position for each in claim) == min(each.position for later in claims[number:] for each in later)
        for each in claim:
            batches[order_of(each)].add(number)
    assert 1 < len(claims) <= LANES + 1
    assert [order for order, numbers in batches.items() if len(numbers) > 1] == []


def test_a_process_that_begins_knows_what_others_have_worked() -> None:
    """What names a leg alone goes to the lane of the order that was released on it."""
    leg = {"site": "ATL", "partner": "northstar", "lines": []}
    m.tell(*(m.message("leg.released", m.MIDDLEWARE, order=order, leg=f"{order}-A", **leg) for order in ORDERS))
    m.hear(*(m.message("leg.acknowledged", m.NORTH, leg=f"{order}-A", minute=n) for n in range(14) for order in ORDERS))
    claimed = {order_of(each) for each in Lanes().claim(LIMIT, now=m.NOW) or []}
    (lane,) = {key_of("order", order)[0] % LANES for order in claimed}
    assert claimed == {order for order in ORDERS if key_of("order", order)[0] % LANES == lane}


def test_few_messages_are_not_divided() -> None:
    m.hear(*stories(ORDERS)[: FEWEST - 1])
    lanes = Lanes()
    assert len(lanes.claim(LIMIT, now=m.NOW) or []) == FEWEST - 1
    assert lanes.left == 0


def test_bodies_that_fill_a_claim_are_not_all_read(monkeypatch: pytest.MonkeyPatch) -> None:
    m.hear(*stories(ORDERS))
    sizes = [each.size_bytes for each in log.due(LIMIT, now=m.NOW)]
    monkeypatch.setattr(pending, "CLAIM_LIMIT_BYTES", sum(sizes[: FEWEST + 10]))
    lanes = Lanes()
    claimed = lanes.claim(LIMIT, now=m.NOW) or []
    assert len(claimed) + lanes.left == FEWEST + 10


def test_a_backlog_is_looked_at_as_far_as_the_window_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes_of, "WINDOW", FEWEST + 5)
    m.hear(*stories(ORDERS))
    lanes = Lanes()
    claimed = lanes.claim(LIMIT, now=m.NOW) or []
    assert len(claimed) + lanes.left == FEWEST + 5


def test_what_came_meanwhile_is_told_with_its_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes_of, "FEWEST", 200)
    first, second = stories(ORDERS)[:300], stories(ORDERS)[300:]
    m.hear(*first)
    lanes = Lanes()
    claimed = lanes.claim(LIMIT, now=m.NOW) or []
    assert lanes.left == 300 - len(claimed)
    log.settle([each.position for each in claimed])
    m.hear(*second)
    again = lanes.claim(LIMIT, now=m.NOW) or []
    assert {order_of(each) for each in again} & {order_of(each) for each in claimed} == set()
    assert len(again) > len([each for each in again if each.position <= claimed[-1].position])


@pytest.fixture
def others(transactional_db: None) -> Iterator[Callable[[], list[StoredMessage] | None]]:
    """Each call: what one more worker process claims, which holds it until the test ends."""
    done = threading.Event()
    threads: list[threading.Thread] = []

    def work(claims: Queue[list[StoredMessage] | None]) -> None:
        with transaction.atomic():
            claims.put(Lanes().claim(LIMIT, now=m.NOW))
            done.wait(30)
        connections.close_all()

    def claim() -> list[StoredMessage] | None:
        claims: Queue[list[StoredMessage] | None] = Queue()
        threads.append(threading.Thread(target=work, args=(claims,)))
        threads[-1].start()
        return claims.get(timeout=30)

    yield claim
    done.set()
    for thread in threads:
        thread.join()


Claims = Callable[[], list[StoredMessage] | None]


def test_workers_take_a_lane_each_and_meet_at_no_order(others: Claims) -> None:
    m.hear(*stories(ORDERS))
    claims = [others() or [] for _ in range(LANES)]
    assert [len(claim) > 0 for claim in claims] == [True] * LANES
    worked = [{order_of(each) for each in claim} for claim in claims]
    assert sorted(order for orders in worked for order in orders) == sorted(ORDERS)
    assert sum(map(len, claims)) == len(stories(ORDERS))
    assert others() is None


def test_who_works_all_that_waits_works_it_alone(others: Claims) -> None:
    few = stories(ORDERS)[: FEWEST - 1]
    m.hear(*few)
    assert len(others() or []) == len(few)
    m.hear(*stories(ORDERS)[FEWEST - 1 :])
    assert others() is None


def test_nobody_works_all_that_waits_while_others_are_at_lanes(others: Claims) -> None:
    m.hear(*stories(ORDERS))
    assert others()
    an_act_that_waits()
    assert others() is None


def test_a_persons_act_is_worked_with_what_waits_beside_it() -> None:
    """Its settings hold for what comes after it, in whichever lane that is."""
    m.hear(*stories(ORDERS))
    an_act_that_waits()
    lanes = Lanes()
    claimed = lanes.claim(LIMIT, now=m.NOW) or []
    assert len(claimed) == len(stories(ORDERS)) + 1
    assert lanes.left == 0


def test_a_lane_whose_last_worker_settled_it_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    m.hear(*stories(ORDERS))
    monkeypatch.setattr(log, "claim_these", lambda messages, now: [])
    assert Lanes().claim(LIMIT, now=m.NOW) is None


def test_what_was_looked_at_is_translated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    m.hear(*stories(ORDERS))
    translated = []
    translate = lanes_of.translate
    monkeypatch.setattr(lanes_of, "translate", lambda message: translated.append(message.position) or translate(message))
    lanes = Lanes()
    claimed = lanes.claim(LIMIT, now=m.NOW) or []
    assert [lanes.translated(message) for message in claimed] == [translate(message) for message in claimed]
    assert len(translated) == len(stories(ORDERS))


def test_what_it_remembers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes_of, "NAMES", 20)
    m.hear(*stories(ORDERS))
    lanes = Lanes()
    claims = rounds(lanes)
    assert 0 < len(lanes._lanes) <= 30
    assert sum(len(claim) for claim in claims) == len(stories(ORDERS))


def test_a_message_that_names_no_order_is_worked_all_the_same() -> None:
    strange = [m.message("source.heartbeat", m.OMS) for _ in range(FEWEST)]
    broken = [m.message("order.placed", m.OMS, nonsense=True) for _ in range(FEWEST)]
    m.hear(*strange, *broken)
    assert sum(len(claim) for claim in rounds(Lanes())) == 2 * FEWEST


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False), st.integers(20, 200))
def test_orders_worked_in_lanes_are_as_those_worked_at_once(random: Random, heard: int) -> None:
    orders = ORDERS[:8]
    told = stories(orders)
    m.empty()
    m.tell(*told)
    expected = m.shown(orders)
    m.empty()
    random.shuffle(told)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lanes_of, "FEWEST", 2)
        while told:
            m.hear(*told[:heard])
            process.process_batch(now=m.NOW)
            told = told[heard:]
        m.process(LIMIT)
    assert m.shown(orders) == expected
