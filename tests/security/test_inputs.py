"""What a stranger writes stays text: in a spreadsheet, a search, a mapping, a host header, a cache, a request of ours."""

import ast
import csv
import io
import time
from pathlib import Path

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.console.spreadsheet import safe
from tests.messages import OMS, line, message, tell

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
FORMULAS = [f"{start}1+1|cmd" for start in STARTS if start.isprintable()]  # others no event may hold


def signed_in() -> Client:
    client = Client()
    client.force_login(User.objects.create(username="ada", role="administrator"))
    return client


def test_no_cell_of_an_export_is_a_formula() -> None:
    for number, formula in enumerate(FORMULAS):
        customer = {"id": formula, "name": formula}
        lines = [line("1", "A", 1)]
        tell(
            message(
                "order.placed",
                OMS,
                order=f"{formula if number < 4 else number}-{number}",
                lines=lines,
                customer=customer,
                region=formula,
            )
        )
    body = b"".join(signed_in().get("/orders/export.csv").streaming_content).decode()
    rows = list(csv.reader(io.StringIO(body)))[1:]
    assert len(rows) == len(FORMULAS)
    assert {safe(start) for start in STARTS} == {f"'{start}" for start in STARTS}
    assert not [cell for row in rows for cell in row if cell.startswith(STARTS)]
    assert sum(cell.startswith("'") for row in rows for cell in row) >= 3 * len(FORMULAS)


# Modules that may open connections of their own, and to where.
MAY_CONNECT = {
    "apps/delivery/outbound.py": "webhooks that whoever changes rules has set: public addresses alone, without redirects",
    "apps/delivery/sending.py": "the deployment's own mail server",
    "apps/demo/client.py": "the sandbox's own door on 127.0.0.1",
    "apps/demo/verifying.py": "the sandbox's own API on 127.0.0.1",
    "apps/live/presence.py": "nowhere: it asks for this host's name",
}
CLIENTS = {
    "http.client",
    "urllib.request",
    "urllib3",
    "requests",
    "httpx",
    "aiohttp",
    "socket",
    "ftplib",
    "smtplib",
    "telnetlib",
}


def test_nothing_fetches_an_address_that_somebody_wrote() -> None:
    """No code of ours opens a connection but to the database, the broker and what MAY_CONNECT names: nothing else can be made
    to."""
    found = {}
    for path in sorted((ROOT / "apps").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            if CLIENTS & set(names):
                found[str(path.relative_to(ROOT))] = names
    assert set(found) == set(MAY_CONNECT), found


LONG = ["%" * 200, "_" * 200, "\\" * 200, "a" * 5000, "(a+)+$" * 30, "'; DROP TABLE orders_order; --", "[[[", "é" * 100]


@pytest.mark.parametrize("text", LONG)
def test_no_search_is_a_pattern_or_takes_long(text: str) -> None:
    tell(message("order.placed", OMS, order="SO-1", lines=[]))
    client = signed_in()
    started = time.process_time()
    for url in ("/search/", "/orders/", "/api/v1/orders", "/orders/export.csv"):
        response = client.get(url, {"search": text})
        assert response.status_code == 200, url
        body = b"".join(response.streaming_content) if response.streaming else response.content
        assert b"SO-1" not in body.replace(b"/orders/SO-1", b""), url
    assert time.process_time() - started < 5


def test_a_forged_host_is_refused_and_ends_up_nowhere() -> None:
    client = signed_in()
    for host in ("evil.example", "testserver@evil.example", "testserver:80@evil.example", "testserver, evil.example"):
        answer = client.get("/orders/", headers={"Host": host})
        assert (answer.status_code, b"evil.example" in answer.content) == (400, False)
    headers = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    forwarded = client.get("/api/v1/orders?page_size=1", headers=headers)
    assert (forwarded.status_code, b"evil.example" in forwarded.content) == (200, False)


@pytest.mark.parametrize("header", ["X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-Forwarded-Prefix"])
def test_no_header_changes_what_is_asked(header: str) -> None:
    client = Client()
    answer = client.get("/orders/", headers={header: "/healthz" if "URL" in header else "POST"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/orders/")


def test_nothing_of_anybody_is_kept_by_a_cache_between() -> None:
    client = signed_in()
    tell(message("order.placed", OMS, order="SO-1", lines=[]))
    pages = ("/orders/", "/orders/SO-1/", "/orders/export.csv", "/messages/", "/account/", "/accounts/2fa/")
    for url in (*pages, "/search/?search=SO", "/api/v1/orders"):
        control = client.get(url)["Cache-Control"]
        assert "private" in control, url
        assert "no-store" in control or "no-cache" in control, url
        assert "Cookie" in client.get(url)["Vary"], url
    assert Client().get("/api/v1/orders")["Cache-Control"] == "private, no-cache"
