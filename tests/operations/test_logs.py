"""The lines of the real processes: JSON, one event a line, tied together by ids, and silent about what is secret."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.operations.deployment import Deployment, Running
from tests.operations.senders import Sender, batch

pytestmark = pytest.mark.xdist_group("operations")
SETTINGS = {"DISTSYNC_LOG_FORMAT": "json", "DISTSYNC_LOG_TRAFFIC": "1"}
SECRET = "what-nobody-may-read"
FAREWELL = ("", "worker: Warm shutdown (MainProcess)")  # written inside a signal handler, where nobody may log


def lines(running: Running) -> list[dict[str, Any]]:
    """Every line that the process wrote but Celery's farewell. Fails on one that is not a JSON object of its own."""
    told = [line for line in running.output.splitlines() if line not in FAREWELL]
    written: list[dict[str, Any]] = [json.loads(line) for line in told]
    assert all({"event", "level", "logger", "timestamp"} <= line.keys() for line in written), written
    return written


def test_each_request_and_each_batch_is_one_line(tmp_path: Path) -> None:
    with Deployment(tmp_path, "operations_logs", settings=SETTINGS) as deployment:
        deployment.prepare()
        web, worker = deployment.web(), deployment.worker()
        token = deployment.credential("the-oms")
        _, headers, _ = deployment.get(
            f"/orders/?search={SECRET}", {"X-Request-ID": "given-0123456789", "Cookie": f"a={SECRET}"}
        )
        assert headers["x-request-id"] == "given-0123456789"
        _, made, _ = deployment.get(f"/accounts/password/reset/key/{SECRET}/", {"X-Request-ID": "ill formed\t{}"})
        assert len(made["x-request-id"]) == 32
        sender = Sender(deployment.port, token, keeps_alive=False)
        sender.send(batch(7))
        deployment.settle()
        deployment.wait_for(lambda: '"batch"' in worker.output)
        web.end(within_seconds=15)
        worker.end(within_seconds=30)
        assert SECRET not in web.output
        assert token not in web.output + worker.output
        requests = [line for line in lines(web) if line["event"] == "request"]
        assert [(line["method"], line["path"], line["status"]) for line in requests] == [
            ("GET", "/orders/", 302),
            ("GET", "/accounts/", 404),
            ("POST", "/api/v1/events", 202),
        ]  # and none of /readyz, which the start asked for
        assert [line["request_id"] for line in requests[:2]] == ["given-0123456789", made["x-request-id"]]
        posted = requests[2]
        assert (posted["credential"], posted["logger"]) == ("the-oms", "distsync.access")
        assert posted["milliseconds"] > 0
        assert posted["bytes"] > 0
        worked = [line for line in lines(worker) if line["event"] == "batch"]
        assert sum(line["messages"] for line in worked) == 7
        assert sum(line["orders"] for line in worked) == 7
        assert (worked[0]["first"], worked[-1]["last"]) == deployment.sql(
            "SELECT min(position), max(position) FROM orders_fact"
        )[0]
        assert all(len(line["batch"]) == 8 and line["milliseconds"] > 0 and line["quarantined"] == 0 for line in worked)
