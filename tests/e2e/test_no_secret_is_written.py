"""A whole system is given right and wrong secrets in every place; then none is found in a log, a table or a command line."""

import http.client
import json
import re
import secrets
import socket
import stat
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import psutil
import psycopg
import pytest

from tests.whole_system import WholeSystem

pytestmark = pytest.mark.e2e
EVENT = {"type": "distsync.order.placed.v1", "specversion": "1.0", "source": "urn:secrets:oms"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Secrets:
    """What was used while the system ran. `kept` are those that stand in stack.json and secrets.json."""

    password: str
    wrong_password: str
    token: str
    wrong_token: str
    credential: str
    wrong_credential: str
    session: str
    kept: tuple[str, ...]

    def all(self) -> tuple[str, ...]:
        own = (self.password, self.wrong_password, self.token, self.wrong_token, self.credential, self.wrong_credential)
        return (*own, self.session, *self.kept)


class Asker:
    def __init__(self, stack: WholeSystem) -> None:
        self.stack = stack
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, body: str | bytes = b"", **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.stack.port, timeout=20)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection.request(method, path, body, {"Cookie": cookie, **{k.replace("_", "-"): v for k, v in headers.items()}})
        answer = connection.getresponse()
        for told in answer.headers.get_all("Set-Cookie") or ():
            self.cookies.update({name: morsel.value for name, morsel in SimpleCookie(told).items()})
        text = answer.read().decode(errors="replace")
        connection.close()
        return answer.status, text

    def log_in(self, name: str, password: str) -> int:
        _, page = self.ask("GET", "/accounts/login/")
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert found is not None
        form = urlencode({"login": name, "password": password, "csrfmiddlewaretoken": found[1]})
        return self.ask("POST", "/accounts/login/", form, **FORM)[0]


@pytest.fixture(scope="module")
def used(stack: WholeSystem) -> Secrets:
    """Every secret, shown to the system in every place where one can turn up."""
    password, wrong = f"right-{secrets.token_hex(8)}", f"wrong-{secrets.token_hex(8)}"
    _, api, door = stack.manage_together(
        ("user", "create", "secretive", "--role", "administrator", "--password-stdin", "--json"),
        ("token", "create", "secretive", "--json"),
        ("source", "create", "secretive", "--json"),
        input=password,
    )
    token, credential = str(api["token"]), str(door["token"])
    wrong_token, wrong_credential = f"dsu_{secrets.token_urlsafe(32)}", f"ds_{secrets.token_urlsafe(32)}"
    asker = Asker(stack)
    assert asker.log_in("secretive", wrong) == 200
    assert asker.log_in("secretive", password) == 302
    for bearer in (token, wrong_token, credential, wrong_credential):
        _show(asker, bearer)
    _send(asker, credential)
    kept = [json.loads((stack.data / name).read_text()) for name in ("stack.json", "secrets.json")]
    passwords = {str(value) for document in kept for name, value in document.items() if "url" not in name}
    return Secrets(
        password,
        wrong,
        token,
        wrong_token,
        credential,
        wrong_credential,
        asker.cookies["distsync-session"],
        tuple(value for value in passwords if len(value) >= 16),
    )


def _show(asker: Asker, bearer: str) -> None:
    """The token where it belongs and where it does not: headers, addresses, broken requests."""
    for path in ("/api/v1/orders", "/api/v1/nothing", "/orders/", "/metrics", f"/api/v1/orders?token={bearer}", f"/{bearer}/"):
        for method in ("GET", "POST", "PATCH"):
            asker.ask(method, path, Authorization=f"Bearer {bearer}", Referer=f"http://127.0.0.1/?token={bearer}")
    asker.ask("GET", "/api/v1/orders", Authorization=f"Basic {bearer}", X_Api_Key=bearer)
    asker.ask("POST", "/api/v1/events", b"{", Authorization=f"Bearer {bearer}", Content_Type="application/cloudevents+json")
    asker.ask("GET", "/orders/", Host=f"{bearer}.example")
    for broken in (f"GET /{bearer} HTTP/9.9\r\n\r\n", f"GET / HTTP/1.1\r\nAuthorization {bearer}\r\n\r\n", f"{bearer}\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", asker.stack.port), timeout=10) as raw:
            raw.sendall(broken.encode())
            raw.recv(1000)


def _send(asker: Asker, credential: str) -> None:
    """Events that are taken, in both modes, with the credential in their headers."""
    data = {"order": "SECRETIVE-1", "lines": []}
    body = json.dumps({**EVENT, "id": "1", "data": data})
    bearing = {"Authorization": f"Bearer {credential}"}
    assert asker.ask("POST", "/api/v1/events", body, Content_Type="application/cloudevents+json", **bearing)[0] == 202
    attributes = {f"ce-{name}": value for name, value in {**EVENT, "id": "2"}.items()}
    headers = {"Content-Type": "application/json", **attributes, **bearing}
    assert asker.ask("POST", "/api/v1/events", json.dumps(data), **headers)[0] == 202


def test_the_system_was_really_asked(used: Secrets) -> None:
    assert len(used.kept) >= 4, "the secret key and the passwords of the servers"
    assert len(set(used.all())) == len(used.all())


def test_no_log_holds_a_secret(stack: WholeSystem, used: Secrets) -> None:
    logs = {path.name: path.read_text(errors="replace") for path in (stack.data / "logs").iterdir()}
    assert "login failure" in logs["web.log"], "it tells of what was done"
    for name, text in {**logs, "terminal": stack.output}.items():
        assert not [secret[:12] for secret in used.all() if secret in text], name


def test_no_table_holds_a_secret(stack: WholeSystem, used: Secrets) -> None:
    """Nor what came in a request's headers beside an event. The session's key is its row's: that is what it is."""
    url = json.loads((stack.data / "stack.json").read_text())["database_owner_url"]
    found: list[Any] = []
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert len(tables) > 20
        for (table,) in tables:
            for (row,) in connection.execute(f'SELECT row::text FROM "{table}" AS row'):
                if table != "django_session":
                    held = [each for each in used.all() if each in row or each.encode().hex() in row]
                    found += [(table, each[:12]) for each in held]
                if table.startswith("eventlog_message"):
                    assert b"authorization".hex() not in row.lower()
                    assert "authorization" not in row.lower()
        taken = connection.execute("SELECT count(*) FROM eventlog_message WHERE source = 'urn:secrets:oms'").fetchone()
    assert (found, taken) == ([], (2,))


def test_no_command_line_holds_a_secret_and_no_file_is_open_to_others(stack: WholeSystem, used: Secrets) -> None:
    assert stack.process is not None
    family = [psutil.Process(stack.process.pid), *psutil.Process(stack.process.pid).children(recursive=True)]
    lines = [" ".join(process.cmdline()) for process in family if process.is_running()]
    assert len(lines) > 6
    assert not [line for line in lines if any(secret in line for secret in used.all())]
    for name in ("stack.json", "secrets.json"):
        assert stat.S_IMODE((stack.data / name).stat().st_mode) == 0o600, name
