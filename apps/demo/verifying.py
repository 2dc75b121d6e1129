"""Tells whole worlds to a running system and holds what its API says against their truth."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, Final

from apps.core.errors import DistSyncError
from apps.demo.case_checking import Checked, Tally, check_cases, listed, own
from apps.demo.checking import Difference, check
from apps.demo.client import Client
from apps.demo.feed import BATCH
from apps.demo.running import patiently
from apps.demo.truth.book import Book
from apps.demo.world.programme import Programme
from apps.demo.world.stream import Told, stream

SHOWN: Final = 200  # differences of one world that are printed; all are counted
_TIMEOUT_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.5
_DUE_SECONDS: Final = 5.0  # from the due moment of a promise to its case on screen
_LOOKS: Final = 2  # at cases: while one looks, a case may go to another team
Say = Callable[[str], None]


class ReadingError(DistSyncError):
    """The API did not answer as it should."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One world: how much was told, how long that and the rest took (seconds), and what differs. `cases`: of each type how
    many are expected, found and right, with recall and precision (shares)."""

    seed: int
    orders: int
    messages: int
    faults: int
    expected_exceptions: int
    told_seconds: float
    visible_seconds: float
    checked_seconds: float
    cases: dict[str, dict[str, float]]
    differences: int
    shown: list[dict[str, Any]]


def tell(programme: Programme, port: int, token: str, say: Say) -> int:
    """The world's whole history, as history; how many messages that were."""
    client, count = Client(port), 0
    messages = told_in(programme)
    while batch := list(islice(messages, BATCH)):
        events = [told.event(is_recorded=True) for told in batch]
        patiently(partial(client.send, events, token), say)
        count += len(batch)
        days = (batch[-1].at - programme.plan.began_at) / timedelta(days=1)
        say(f"{days:.1f} of {programme.plan.days} days told, {count:,} messages.")
    return count


def told_in(programme: Programme) -> Iterator[Told]:
    """All that is heard up to the end of the world's history."""
    return stream(programme, programme.plan.began_at - timedelta(days=1), programme.plan.born_at)


class Reader:
    """The API as somebody who may see all. One connection, kept open."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    def get(self, path: str) -> Any:
        """The JSON at that path below /api/v1/, None for 404. Raises ReadingError."""
        response, body = self._ask(path) or self._ask(path) or (None, b"")  # a server closes connections that are idle
        if response is None:
            raise ReadingError(f"GET {path} got no answer. Is the system up?")
        if response.status == http.HTTPStatus.NOT_FOUND:
            return None
        if response.status != http.HTTPStatus.OK:
            raise ReadingError(f"GET {path} answered {response.status}: {body[:200].decode(errors='replace')}")
        return json.loads(body)

    def _ask(self, path: str) -> tuple[http.client.HTTPResponse, bytes] | None:
        """None where the connection had been closed by the other side."""
        try:
            self._connection.request("GET", f"/api/v1/{path}", headers=self._headers)
            response = self._connection.getresponse()
            return response, response.read()
        except http.client.RemoteDisconnected:
            self._connection.close()
            return None
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise ReadingError(f"GET {path} failed ({type(error).__name__}). Is the system up?") from error

    def wait_until_all_is_visible(self) -> None:
        while self.get("messages?state=pending&page_size=1")["results"]:
            time.sleep(_POLL_SECONDS)


def verify(programme: Programme, port: int, tokens: tuple[str, str], now: Callable[[], datetime], say: Say) -> Outcome:
    """Tells the world, waits until it is visible, and compares. `tokens`: one that may send history, one that may read."""
    started = time.monotonic()
    count = tell(programme, port, tokens[0], say)
    told = time.monotonic()
    reader = Reader(port, tokens[1])
    reader.wait_until_all_is_visible()
    visible = time.monotonic()
    truth, cases = _cases(programme, reader, now)
    say(f"{len(truth['orders']):,} orders to compare.")
    found: list[Difference] = [*cases.differences, *check(truth, reader.get, now=now)]
    return Outcome(
        seed=programme.plan.seed,
        orders=len(truth["orders"]),
        messages=count,
        faults=len(truth["faults"]) + len(truth["spells"]),
        expected_exceptions=sum(tally.expected for tally in cases.tallies.values()),
        told_seconds=round(told - started, 1),
        visible_seconds=round(visible - started, 1),
        checked_seconds=round(time.monotonic() - visible, 1),
        cases={code: _shares(tally) for code, tally in cases.tallies.items()},
        differences=len(found),
        shown=[asdict(difference) for difference in found[:SHOWN]],
    )


def _cases(programme: Programme, reader: Reader, now: Callable[[], datetime]) -> tuple[dict[str, Any], Checked]:
    """The truth as of a moment, and the cases held against it: what fell due by then is shown a little later."""
    for look in range(_LOOKS):
        judged_at = now()
        time.sleep(_DUE_SECONDS)
        shown = [*listed(reader.get)]
        truth = Book(programme, programme.plan.born_at, judged_at).write()
        checked = check_cases(truth, own(truth, shown, judged_at), is_alone=False)
        if not checked.differences or look == _LOOKS - 1:
            break
    return truth, checked


def _shares(tally: Tally) -> dict[str, float]:
    return asdict(tally) | {"recall": tally.recall, "precision": tally.precision}
