"""Webhooks as they arrive, and where they never go."""

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from apps.acts.models import AuditRow
from apps.core.errors import NotFound, Unreadable
from apps.delivery import changes, outbound, telling
from apps.delivery.models import DeliveryRow, PreferenceRow
from apps.delivery.outbox import form, work
from apps.delivery.preferences import Preferences
from apps.delivery.sending import send
from apps.exceptions.services import Wish
from tests.apps.exceptions.worked import done, problem
from tests.messages import NOW

pytestmark = pytest.mark.django_db


@dataclass
class Receiver:
    """A server on the loopback that keeps what it gets. `answers`: statuses, the last one for ever; `headers` go with each."""

    answers: list[int] = field(default_factory=lambda: [204])
    headers: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.calls.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            status = found.answers.pop(0) if len(found.answers) > 1 else found.answers[0]
            self.send_response(status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if status != 204:
                self.wfile.write(b"said so")

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/hook?key=abc"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join(5)


def team_of(url: str) -> str:
    wanted = Preferences(webhooks=frozenset({"escalated"}), webhook_url=url)
    return changes.save_team("finance", wanted, who="mia", reason="to the pager", now=NOW)


def escalated() -> None:
    done(problem(), Wish("escalate", to="finance"))
    telling.sweep(now=NOW)
    assert form(now=NOW) == 1


def test_a_call_is_signed_and_says_what_was_told(receiver: Receiver, settings: Settings) -> None:
    settings.WEBHOOKS_TO_PRIVATE, settings.PUBLIC_URL = True, "https://distsync.example.org"
    secret = team_of(receiver.url)
    escalated()
    assert work(send, lambda: NOW, at_most=5) == 1
    ((path, headers, body),) = receiver.calls
    assert path == "/hook?key=abc"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    assert headers["content-type"] == "application/json"
    row = DeliveryRow.objects.get()
    assert (row.state, row.answer, headers["webhook-id"]) == ("sent", "204", f"msg_{row.id.hex}")
    told = json.loads(body)
    assert (told["type"], told["data"]["team"]) == ("distsync.notifications.v1", "finance")
    (notification,) = told["data"]["notifications"]
    assert notification["title"] == "Escalated to Finance: Problem at the 3PL: leg SO-1-A"
    assert notification["url"].startswith("https://distsync.example.org/exceptions/")


def test_a_retry_has_the_same_id_and_body(receiver: Receiver, settings: Settings) -> None:
    settings.WEBHOOKS_TO_PRIVATE = True
    receiver.answers = [503, 200]
    receiver.headers = {"Retry-After": "120"}
    team_of(receiver.url)
    escalated()
    work(send, lambda: NOW, at_most=5)
    row = DeliveryRow.objects.get()
    assert (row.state, row.attempts, row.answer) == ("waiting", 1, "503 said so")
    assert (row.next_at - NOW).total_seconds() == 120
    work(send, lambda: row.next_at, at_most=5)
    assert DeliveryRow.objects.get().state == "sent"
    first, second = receiver.calls
    assert (first[1]["webhook-id"], first[2]) == (second[1]["webhook-id"], second[2])


@pytest.mark.parametrize(("status", "state"), [(410, "given_up"), (404, "waiting"), (302, "waiting"), (500, "waiting")])
def test_what_an_answer_means(receiver: Receiver, settings: Settings, status: int, state: str) -> None:
    settings.WEBHOOKS_TO_PRIVATE = True
    receiver.answers, receiver.headers = [status], {"Location": "/elsewhere"}
    team_of(receiver.url)
    escalated()
    work(send, lambda: NOW, at_most=1)
    assert DeliveryRow.objects.get().state == state
    assert [path for path, _, _ in receiver.calls] == ["/hook?key=abc"], "no redirect is followed"


def test_nobody_there_is_tried_again(settings: Settings) -> None:
    settings.WEBHOOKS_TO_PRIVATE = True
    team_of("http://127.0.0.1:1/")
    escalated()
    work(send, lambda: NOW, at_most=1)
    row = DeliveryRow.objects.get()
    assert row.state == "waiting"
    assert "refused" in row.answer.lower()


def test_an_answer_without_end_does_not_keep_us(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WEBHOOKS_TO_PRIVATE = True
    monkeypatch.setattr(outbound, "WHOLE_SECONDS", 0.5)
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        peer, _ = listener.accept()
        with peer:
            while not stop.wait(0.1):
                try:
                    peer.sendall(b"H")
                except OSError:
                    return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    try:
        with pytest.raises(outbound.Unreached):
            outbound.post(f"http://127.0.0.1:{listener.getsockname()[1]}/", b"{}", {})
    finally:
        stop.set()
        thread.join(5)
        listener.close()


def test_an_answer_that_is_no_http_is_told_as_such(settings: Settings) -> None:
    settings.WEBHOOKS_TO_PRIVATE = True
    listener = socket.create_server(("127.0.0.1", 0))

    def shout() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.sendall(b"HELO I am a mail server\r\n")
            peer.shutdown(socket.SHUT_WR)
            while peer.recv(4096):  # a close with something unread would be a reset
                pass

    thread = threading.Thread(target=shout, daemon=True)
    thread.start()
    try:
        with pytest.raises(outbound.Unreached, match="BadStatusLine"):
            outbound.post(f"http://127.0.0.1:{listener.getsockname()[1]}/", b"{}", {})
    finally:
        thread.join(5)
        listener.close()


def test_an_address_inside_is_refused_when_it_is_called(receiver: Receiver, settings: Settings) -> None:
    settings.WEBHOOKS_TO_PRIVATE = True
    team_of(receiver.url.replace("http:", "https:"))
    escalated()
    settings.WEBHOOKS_TO_PRIVATE = False
    work(send, lambda: NOW, at_most=1)
    row = DeliveryRow.objects.get()
    assert (row.state, receiver.calls) == ("given_up", [])
    assert row.answer == "127.0.0.1 is an address inside a network, and none on the internet; only those are called."


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::a00:1",
    ],
)
def test_addresses_that_are_not_called(address: str) -> None:
    assert not outbound.is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"])
def test_addresses_that_are_called(address: str) -> None:
    assert outbound.is_public(address)


def test_a_name_with_one_address_inside_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(_host: str, port: int, **_: Any) -> list[Any]:
        return [(2, 1, 6, "", ("93.184.216.34", port)), (2, 1, 6, "", ("10.0.0.1", port))]

    monkeypatch.setattr(outbound.socket, "getaddrinfo", resolve)
    with pytest.raises(outbound.Refused):
        outbound.post("https://hooks.example.com/", b"{}", {})


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "https:///nothing",
        "https://user:pass@hooks.example.com/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com:0/",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\r\nX: y",
        "https://h\u00fcoks.example.com/",
        "https://hooks.example.com/" + "x" * 2_000,
        "nothing",
        "https://[::1/",
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(Unreadable, match="webhook_url"):
        team_of(url)


def test_no_secret_is_in_the_log_and_none_is_kept_in_the_clear(settings: Settings) -> None:
    secret = team_of("https://hooks.example.com/in/T0KEN?key=abc")
    assert secret.startswith("whsec_")
    assert team_of("https://hooks.example.com/in/T0KEN?key=abc") == "", "it is shown once"
    another = changes.new_secret("finance", who="mia", now=NOW)
    assert another != secret
    kept = PreferenceRow.objects.get().sealed_secret
    assert another not in kept
    assert another.removeprefix("whsec_") not in kept
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM eventlog_message")
        logged = b"".join(bytes(body) for (body,) in cursor.fetchall())
    assert b"hooks.example.com" in logged
    assert b"T0KEN" not in logged
    assert b"whsec_" not in logged
    assert {row.who for row in AuditRow.objects.all()} == {"mia"}
    with pytest.raises(NotFound):
        changes.new_secret("planning", who="mia", now=NOW)
