"""SIGTERM, SIGINT and SIGHUP to real processes under load: nothing that was answered is lost, nothing is there twice."""

import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from distsync.stack import valkey
from distsync.stack.accounts import server_account
from distsync.stack.places import Places
from tests.operations.deployment import Deployment
from tests.operations.senders import Sender, batch

pytestmark = pytest.mark.xdist_group("operations")
QUIET = {"DISTSYNC_LOG_LEVEL": "WARNING"}
WEB_SECONDS = 15  # the grace of the web process in docker-compose.yml
WORKER_SECONDS = 30
BACKLOG = (
    30_000  # a batch of 5,000 outlasts a drain once each order takes a millisecond more; six outlast what two processes began
)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with Deployment(tmp_path_factory.mktemp("stopping"), "operations_stopping", settings=QUIET) as made:
        made.prepare()
        yield made


@pytest.fixture(autouse=True)
def nothing_left(deployment: Deployment) -> Iterator[None]:
    """What a failed test left running would hold the next one's port."""
    yield
    deployment.kill()


@pytest.fixture(scope="module")
def token(deployment: Deployment) -> str:
    return deployment.credential()


def assert_kept_once(deployment: Deployment, senders: list[Sender]) -> None:
    """Every message that was answered 2xx is in the log once; nothing is there that nobody sent; each has its effect once."""
    taken = {each for sender in senders for each in sender.taken}
    in_doubt = {each for sender in senders for each in sender.unanswered}
    rows = deployment.sql("SELECT id FROM eventlog_message WHERE id = ANY(%s)", sorted(taken | in_doubt))
    kept = [row[0] for row in rows]
    assert len(kept) == len(set(kept))
    assert taken <= set(kept)
    assert_effects(deployment)


def assert_effects(deployment: Deployment) -> None:
    """With nothing pending: an order for each message, told by one fact."""
    deployment.settle()
    ((messages,),) = deployment.sql("SELECT count(*) FROM eventlog_message")
    assert deployment.sql("SELECT count(*), count(DISTINCT position) FROM orders_fact") == [(messages, messages)]
    assert deployment.sql("SELECT count(*) FROM orders_order") == [(messages,)]


def fill(deployment: Deployment, token: str, count: int = BACKLOG) -> None:
    """A backlog that nobody works yet."""
    sender = Sender(deployment.port, token, keeps_alive=False)
    size = min(count, 1_000)
    while len(sender.taken) < count:
        sender.send(batch(size))
        assert set(sender.outcomes) == {"202"}, sender.outcomes
    assert sender.outcomes == {"202": count // size}


def flowing(deployment: Deployment, token: str, pause_seconds: float = 0.0) -> list[Sender]:
    """Four senders, two of which keep their connection and two of which make one each time."""
    senders = [
        Sender(deployment.port, token, keeps_alive=keeps_alive, pause_seconds=pause_seconds)
        for keeps_alive in (True, True, False, False)
    ]
    for sender in senders:
        sender.start()
    deployment.wait_for(lambda: all(sender.taken for sender in senders))
    return senders


def outcomes(senders: list[Sender]) -> "Counter[str]":
    for sender in senders:
        sender.stop()
    return sum((sender.outcomes for sender in senders), start=Counter())


def test_web_told_to_end_answers_what_it_took_and_refuses_the_rest(deployment: Deployment, token: str) -> None:
    web, worker = deployment.web(), deployment.worker()
    senders = flowing(deployment, token)
    web.end(within_seconds=WEB_SECONDS)
    assert set(outcomes(senders)) == {"202", "refused"}
    assert_kept_once(deployment, senders)
    worker.end(within_seconds=WORKER_SECONDS)


def test_a_rolling_restart_under_load_fails_no_request(deployment: Deployment, token: str) -> None:
    web, worker = deployment.web(), deployment.worker()
    senders = flowing(deployment, token, pause_seconds=0.01)
    before = {child.pid for child in web.children()}
    web.send(signal.SIGHUP)
    deployment.wait_for(lambda: not before & {child.pid for child in web.children()}, web)
    assert set(outcomes(senders)) == {"202"}
    assert_kept_once(deployment, senders)
    web.end(within_seconds=WEB_SECONDS)
    worker.end(within_seconds=WORKER_SECONDS)


# Each order takes longer: a batch lasts, whatever the machine, and the backlog outlasts a turn.
SLOW = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.001); RETURN NEW; END';
CREATE TRIGGER slow BEFORE INSERT ON orders_order FOR EACH ROW EXECUTE FUNCTION slow();
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 1)])
def test_a_worker_told_to_end_in_the_middle_of_a_drain_leaves_the_rest_to_the_next(
    deployment: Deployment, token: str, number: signal.Signals, status: int
) -> None:
    web = deployment.web()
    fill(deployment, token)
    deployment.sql(SLOW)
    first = deployment.worker()
    deployment.wait_for(lambda: deployment.pending() < BACKLOG, first)
    first.end(number, within_seconds=WORKER_SECONDS, status=status)
    assert 0 < deployment.pending() < BACKLOG
    assert deployment.sql("SELECT count(*) FROM orders_fact JOIN eventlog_pending USING (position)") == [(0,)]
    deployment.sql("DROP FUNCTION slow CASCADE")
    second = deployment.worker()
    assert_effects(deployment)
    web.end(within_seconds=WEB_SECONDS)
    second.end(within_seconds=WORKER_SECONDS)


def test_everything_ends_in_time_while_the_broker_is_down(deployment: Deployment, token: str, tmp_path: Path) -> None:
    binary = valkey.wheel_server(Places(tmp_path, server_account()))
    server = valkey.Valkey(binary, valkey.free_port(), "of-the-tests", None)
    broker = deployment.start(
        "broker",
        "-c",
        f"import os; os.execv({str(binary)!r}, [{str(binary)!r}, '--bind', '127.0.0.1', "
        f"'--port', '{server.port}', '--requirepass', '{server.password}', '--save', ''])",
    )
    deployment.wait_for(lambda: valkey.answers(server), broker)
    address = {"REDIS_URL": server.url()}
    web, worker = deployment.web(**address), deployment.worker(**address)
    broker.process.kill()
    broker.process.wait()
    fill(deployment, token, 500)  # the doors go on, and the sweep finds the work
    assert_effects(deployment)
    time.sleep(2)  # into the worker's attempts to find its broker again
    fill(deployment, token, 1_000)
    worker.end(within_seconds=WORKER_SECONDS)
    web.end(within_seconds=WEB_SECONDS)
    second = deployment.worker()
    assert_effects(deployment)
    second.end(within_seconds=WORKER_SECONDS)
