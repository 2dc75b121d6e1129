"""Data of a given size, the people and credentials that ask, and the statements that a request sends."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import get_ident
from typing import Any
from unittest import mock
from urllib.parse import urlencode

import psycopg
from django.db import connection, transaction
from django.test import Client

from apps.accounts.models import SavedView, User
from apps.accounts.services import issue_token
from apps.acts import log as acts_log
from apps.acts import store
from apps.acts.types import Act
from apps.exceptions import measured, rules
from apps.intake import views as intake
from apps.intake.models import Rejection
from apps.partners import discovery, services
from apps.partners.services import create_credential
from tests.connections import connection_kept
from tests.messages import MIDDLEWARE, NORTH, NOW, OMS, hear, line, message, order_story, process
from tests.queries.asked import Asked

WIDE = "SO-WIDE"


@dataclass(slots=True)
class World:
    """A database with `size` of everything, an administrator with a session and a token, and a credential."""

    size: int
    user: User = field(init=False)
    token: str = field(init=False)
    credential: str = field(init=False)
    places: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        _fill(self.size)
        self.user = User.objects.create_user("ada", role="administrator", email="ada@example.org", password="of the tests")
        self.token = issue_token(self.user)[1]
        self.credential = create_credential("asks")
        for number in range(self.size):
            SavedView.objects.create(owner=self.user, page="orders", name=f"view {number}", query=f"region=R{number}")
        view = SavedView.objects.order_by("pk")[0]
        self.places = {"{position}": _position("story-1"), "{quarantined}": _position("bad-0"), "{view}": str(view.pk)}

    def ask(self, asked: Asked) -> tuple[int, list[str]]:
        """The status of the answer and the statements that it took, in a process that remembers nothing yet. What the
        request changed is undone."""
        client = Client(raise_request_exception=False)
        headers = dict(asked.headers)
        if asked.who == "user":
            client.force_login(self.user)
        elif asked.who != "nobody":
            headers["Authorization"] = f"Bearer {self.token if asked.who == 'token' else self.credential}"
        url = asked.url
        for name, place in self.places.items():
            url = url.replace(name, place)
        with connection_kept(), _undone(), recorded() as statements:
            response = self._send(client, asked, url, headers)
            if response.streaming:
                if "event-stream" in response["Content-Type"]:
                    response.close()  # it never ends
                else:
                    b"".join(response.streaming_content)
        return response.status_code, statements

    def _send(self, client: Client, asked: Asked, url: str, headers: dict[str, str]) -> Any:
        _forget()
        if isinstance(asked.body, list):
            body = json.dumps(asked.body)
            return client.generic(asked.method, url, body, content_type="application/cloudevents-batch+json", headers=headers)
        if asked.method == "GET":
            return client.get(url, headers=headers)
        return client.generic(
            asked.method, url, urlencode(asked.body or {}), "application/x-www-form-urlencoded", headers=headers
        )


@contextmanager
def recorded() -> Iterator[list[str]]:
    """Every statement that goes to PostgreSQL, also those that Django's own log does not see."""
    sent: list[str] = []
    asker = get_ident()

    def recording(execute: Any) -> Any:
        def record(cursor: Any, query: Any, *arguments: Any, **named: Any) -> Any:
            if get_ident() == asker:  # the thread behind live streams has a connection of its own
                sent.append(query if isinstance(query, str) else query.as_string(cursor))
            return execute(cursor, query, *arguments, **named)

        return record

    patched = [
        mock.patch.object(kind, name, recording(getattr(kind, name)))
        for kind, name in ((psycopg.Cursor, "execute"), (psycopg.Cursor, "executemany"), (psycopg.ServerCursor, "execute"))
    ]
    for patch in patched:
        patch.start()
    try:
        yield sent
    finally:
        for patch in patched:
            patch.stop()


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _forget() -> None:
    services.forget()
    discovery.forget()
    intake._backlog.forget()
    measured.forget()
    rules.forget()


def _position(identifier: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT position FROM eventlog_message WHERE id = %s", [identifier])
        return str(cursor.fetchone()[0])


def _fill(size: int) -> None:
    told = [message("order.placed", OMS, id="story-1", order="SO-0", lines=[])]
    for number in range(size):
        told += order_story(f"SO-{number + 1}")
        told += [
            message("order.placed", f"/oms-{number}", id=f"bad-{number}", order=f"SO-{number}", lines="none"),
            message("leg.acknowledged", NORTH, leg=f"of nobody {number}"),
            message("order.placed", OMS, id=f"twice-{number}", order="SO-0", lines=[], region=f"R{number}"),
            message("order.placed", OMS, id=f"twice-{number}", order="SO-0", lines=[], region="other"),
            message("order.held", "/another", order="SO-0", hold=f"H{number}", reason="limit"),
        ]
    hear(*told, *_wide_order(size))
    process()
    hear(*(message("order.validated", OMS, id=f"waits-{number}", order="SO-1") for number in range(size)))
    _act(size)
    for number in range(size):
        create_credential(f"credential-{number}")
        Rejection.objects.create(
            credential="asks", door="events", code="c", reason="r", sample=b"", received_at=NOW - timedelta(seconds=number)
        )


def _act(size: int) -> None:
    acts = [Act(kind="case.claim", who=f"user-{number}", order="SO-1") for number in range(size)]
    acts += [Act(kind="setting.put", who="ada", setting="rule", name=f"r{number}", value=number) for number in range(size)]
    with transaction.atomic():
        store.write(acts_log.perform(acts, now=NOW))


def _wide_order(size: int) -> list[Any]:
    """One order with `size` lines, each on a leg of its own at a site of its own, shipped in a shipment of its own."""
    lines = [line(str(number), f"SKU-{number}", 5) for number in range(size)]
    told = [message("order.placed", OMS, order=WIDE, lines=lines)]
    for number, each in enumerate(lines):
        leg, partner = f"{WIDE}-{number}", f"partner-{number}"
        told += [
            message("leg.released", MIDDLEWARE, order=WIDE, leg=leg, partner=partner, site=f"SITE-{number}", lines=[each]),
            message(
                "leg.shipped", f"/wms-{number}", minute=9, leg=leg, shipment=f"S-{leg}", lines=[each], tracking=[f"T-{leg}"]
            ),
            message("invoice.issued", "/erp", minute=10, invoice=f"I-{leg}", shipments=[f"S-{leg}"], amount=1),
        ]
    return told
