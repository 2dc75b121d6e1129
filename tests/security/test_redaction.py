"""What looks like a secret, or is one of ours, does not pass into a log line, however it got there."""

import io
import json
import logging
import logging.config
from typing import Any

import pytest
import structlog

from distsync.logs import configure
from distsync.redaction import HIDDEN, Redaction, secrets_of

TOKEN = "ds_" + "aB3-_" * 8 + "xyz"
REDIS, DATABASE = "redis://:v4lkey-secret@127.0.0.1:6379/0", "postgresql://app:p%40ss-w0rd-1@db:5432/distsync"
OURS = secrets_of("the-secret-key-of-this-deployment", REDIS, DATABASE, "")


def test_the_passwords_of_addresses_are_known_in_both_spellings() -> None:
    assert set(OURS) == {"the-secret-key-of-this-deployment", "v4lkey-secret", "p%40ss-w0rd-1", "p@ss-w0rd-1"}


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"Not Found: /hooks/{TOKEN}", TOKEN),
        (f"Authorization: Bearer {TOKEN}", TOKEN),
        ("Authorization: Basic bWlhOnB3bWlhOnB3", "bWlhOnB3bWlhOnB3"),
        ("{'HTTP_AUTHORIZATION': 'Bearer abcdefghijkl'}", "abcdefghijkl"),
        (f"Error 111 connecting to {REDIS}", "v4lkey-secret"),
        ("could not connect to postgresql://owner:hunter2@db/x", "hunter2"),
        ("https://mia:hunter2@example.com/", "hunter2"),
        ("login=mia&password=hunter2&next=/", "hunter2"),
        ('{"user": "mia", "password": "hunter2"}', "hunter2"),
        ('{\\"password\\": \\"hunter2\\"}', "hunter2"),
        ("Cookie: distsync-session=q1w2e3r4t5", "q1w2e3r4t5"),
        ("__Host-distsync-csrf=q1w2e3r4t5; Path=/", "q1w2e3r4t5"),
        ("DISTSYNC_SECRET_KEY=abcdef", "abcdef"),
        ("api_key: abcdef", "abcdef"),
        ("signed with the-secret-key-of-this-deployment.", "the-secret-key-of-this-deployment"),
        ("password p@ss-w0rd-1 was refused", "p@ss-w0rd-1"),
    ],
)
def test_a_secret_does_not_pass(text: str, secret: str) -> None:
    shown = Redaction(OURS).text(text)
    assert secret not in shown
    assert HIDDEN in shown


@pytest.mark.parametrize(
    "text",
    [
        "The sources of oms could not be noted as heard.",
        "Token 17 of mia is revoked.",
        "Not Found: /orders/SO-1/",
        "Send `Authorization: Bearer <token>`",
        "redis://127.0.0.1:6379/0",
        "2026-11-23T10:00:00Z [info] sealed [eventlog] block=17 messages=200",
    ],
)
def test_what_is_no_secret_is_told(text: str) -> None:
    assert Redaction(OURS).text(text) == text


def test_it_takes_no_longer_for_a_text_that_almost_looks_like_one() -> None:
    """Each pattern is bounded: none tries again and again over a long text."""
    for text in (
        "a" * 200_000,
        "a-" * 100_000,
        "http://" * 30_000,
        "bearer " * 30_000,
        "password=" * 20_000,
        "x://" + "y" * 200_000,
    ):
        Redaction(OURS).text(text)


class Failing(json.JSONDecoder):
    def decode(self, s: str, *_: Any) -> Any:
        raise ValueError(s)


@pytest.fixture
def lines(request: pytest.FixtureRequest) -> Any:
    """Logging set up as production does, written into a buffer; the run's own set-up is put back."""
    root = logging.getLogger()
    handlers, level, structured = root.handlers[:], root.level, structlog.get_config()
    buffer = io.StringIO()
    config = configure("INFO", as_json=request.param, secrets=OURS)
    config["handlers"]["stderr"]["stream"] = buffer
    logging.config.dictConfig(config)
    yield buffer
    root.handlers[:], root.level = handlers, level
    structlog.configure(**structured)


@pytest.mark.parametrize("lines", [True, False], indirect=True, ids=["json", "plain"])
def test_whoever_writes_and_whatever_fails_no_line_holds_a_secret(lines: io.StringIO) -> None:
    structlog.get_logger("ours").info(
        "asked", authorization="Bearer abc", password="hunter2", inner={"cookie": "q1w2"}, url=REDIS
    )
    logging.getLogger("theirs").warning("cannot connect to %s", DATABASE)
    try:
        json.loads(f"token {TOKEN} and {OURS[0]}", cls=Failing)
    except ValueError:
        logging.getLogger("theirs").exception("it failed")
        structlog.get_logger("ours").exception("it failed")
    told = lines.getvalue()
    for secret in ("Bearer abc", "hunter2", "q1w2", "v4lkey-secret", "p%40ss", TOKEN, *OURS):
        assert secret not in told, secret
    assert told.count("ValueError") >= 2, "the traceback is told, without the secret in it"
    if told.startswith("{"):
        assert json.loads(told.splitlines()[0])["password"] == HIDDEN
