"""Production as it starts from the documented variables alone, in a process of its own: safe without anybody's doing."""

import json
import os
import subprocess
import sys
from typing import Any

import psycopg
import pytest
from django.db import connection

from distsync import gunicorn
from distsync.env import ROOT
from distsync.stack import database
from distsync.stack.postgres import APP

SECRET = "kP3vX9qLw7Zr2TnB8yHd5MfJ6sGc4AeUxVbQtRz1oNiWmYkE0u"
APP_PASSWORD = "of-this-test-run-alone"
PRODUCTION = {
    "DISTSYNC_PRODUCTION": "1",
    "DISTSYNC_SECRET_KEY": SECRET,
    "DISTSYNC_HOSTS": "distsync.example.com",
    "DISTSYNC_BEHIND_PROXY": "1",
}
SECURE = {"HTTP_X_FORWARDED_PROTO": "https", "SERVER_NAME": "distsync.example.com", "REMOTE_ADDR": "10.0.0.1"}
INSECURE = SECURE | {"HTTP_X_FORWARDED_PROTO": "http"}
ASK = """
import json, sys, tempfile, warnings
from pathlib import Path
from django.conf import settings
import django
settings.STATIC_ROOT = Path(tempfile.mkdtemp())
settings.STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
warnings.simplefilter("ignore")
from distsync.wsgi import application
from django.test import Client
answers = []
for method, path, extra in json.loads(sys.stdin.read()):
    client = Client(raise_request_exception=False)
    response = client.generic(method, path, **extra)
    cookies = {name: {key: bit for key, bit in morsel.items() if bit} for name, morsel in response.cookies.items()}
    body = b"" if response.streaming else response.content
    answers.append([response.status_code, dict(response.headers), cookies, body.decode(errors="replace")])
print("ANSWERS" + json.dumps(answers))
"""


def run(*command: str, told: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DISTSYNC_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**kept, "DISTSYNC_DATA": "/nonexistent", "DJANGO_SETTINGS_MODULE": "distsync.settings", **environment},
        input=told,
        capture_output=True,
        text=True,
        check=False,
    )


def own_database() -> str:
    """The test's database as the application's role sees it, proved to be there."""
    known = connection.get_connection_params()
    owner = {name: known[name] for name in ("dbname", "user", "password", "host", "port") if known.get(name)}
    with psycopg.connect(**owner | {"dbname": "postgres"}, autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [database.ONE_AT_A_TIME])  # deployments of other tests set it too
        database.create_role(server, APP, APP_PASSWORD)
    url = f"postgresql://distsync_app:{APP_PASSWORD}@/{owner['dbname']}?host={owner['host']}&port={owner.get('port', 5432)}"
    with psycopg.connect(url) as server:
        assert server.execute("SELECT current_user").fetchone() == ("distsync_app",)
    return url


def ask(*asked: tuple[str, str, dict[str, str]], **environment: str) -> list[Any]:
    done = run("-c", ASK, told=json.dumps(asked), **(PRODUCTION | environment))
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout.partition("ANSWERS")[2])
    return answers


@pytest.mark.django_db
def test_check_deploy_finds_nothing_with_the_documented_variables_alone() -> None:
    checks = ("check", "--deploy", "--database", "default", "--fail-level", "WARNING")
    done = run("manage.py", *checks, DATABASE_URL=own_database(), **PRODUCTION)
    assert (done.returncode, done.stdout.strip()) == (0, "System check identified no issues (0 silenced)."), done.stderr


@pytest.mark.parametrize(
    ("taken_away", "id_"),
    [("DISTSYNC_SECRET_KEY", "DISTSYNC_SECRET_KEY is not set"), ("DISTSYNC_HOSTS", "DISTSYNC_HOSTS is not set")],
)
def test_without_its_key_or_its_hosts_it_does_not_serve(taken_away: str, id_: str) -> None:
    done = run("-c", "import distsync.wsgi", **{name: value for name, value in PRODUCTION.items() if name != taken_away})
    assert done.returncode != 0
    assert id_ in done.stderr
    assert SECRET not in done.stdout + done.stderr


def test_a_short_key_to_fall_back_on_is_refused() -> None:
    done = run("-c", "import distsync.wsgi", DISTSYNC_SECRET_KEY_FALLBACKS="short", **PRODUCTION)
    assert "DISTSYNC_SECRET_KEY_FALLBACKS holds a key of 5 characters" in done.stderr


def test_without_a_key_it_signs_with_one_that_nobody_knows() -> None:
    show = "import django; django.setup(); from django.conf import settings; print(settings.SECRET_KEY)"
    keys = {run("-c", show).stdout.strip() for _ in range(2)}
    assert len(keys) == 2
    assert {len(key) for key in keys} == {67}


@pytest.mark.django_db
def test_pages_are_bound_to_tls_and_to_the_host() -> None:
    login, plain, foreign = ask(
        ("GET", "/accounts/login/", SECURE),
        ("GET", "/accounts/login/?next=/orders/", INSECURE),
        ("GET", "/accounts/login/", SECURE | {"SERVER_NAME": "evil.example"}),
        DATABASE_URL=own_database(),
    )
    status, headers, cookies, body = login
    assert status == 200, body
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "no-store" in headers["Cache-Control"]
    csrf = cookies["__Host-distsync-csrf"]
    assert (csrf["secure"], csrf["httponly"], csrf["samesite"], csrf["path"]) == (True, True, "Lax", "/")
    assert "domain" not in csrf, "a __Host- cookie has none"
    assert (plain[0], plain[1]["Location"]) == (301, "https://distsync.example.com/accounts/login/?next=/orders/")
    assert (foreign[0], "evil.example" in foreign[3]) == (400, False)


def test_a_machine_without_tls_is_refused_and_never_redirected() -> None:
    paths = ["/api/v1/events", "/api/v1/events/", "/v1/traces", "/hooks/shop", "/api/v1/orders"]
    bearing = INSECURE | {"HTTP_AUTHORIZATION": "Bearer ds_x"}
    asked = [(method, path, bearing) for path in paths for method in ("POST", "GET")]
    for (method, path, _), (status, headers, _cookies, body) in zip(asked, ask(*asked), strict=True):
        assert (status, headers["Content-Type"]) == (403, "application/problem+json"), (method, path)
        assert "Location" not in headers
        assert json.loads(body)["type"] == "urn:distsync:problem:https-required"


def test_probes_are_answered_without_tls() -> None:
    ((status, *_),) = ask(("GET", "/healthz", INSECURE))
    assert status == 200


def test_a_proxys_headers_are_believed_only_when_told() -> None:
    """Without a proxy the header is the client's own claim to have come by TLS."""
    ((status, headers, *_),) = ask(("GET", "/accounts/login/", SECURE), DISTSYNC_BEHIND_PROXY="0")
    assert (status, headers["Location"]) == (301, "https://distsync.example.com/accounts/login/")


def test_gunicorn_believes_no_header_by_itself() -> None:
    assert (gunicorn.forwarded_allow_ips, gunicorn.forwarder_headers, gunicorn.secure_scheme_headers) == ("", "", {})


def test_a_failure_tells_nothing_of_the_inside() -> None:
    (page, api) = ask(
        ("GET", "/readyz/../accounts/login/%ff", SECURE),
        ("GET", "/api/v1/orders", SECURE | {"HTTP_AUTHORIZATION": "Bearer dsu_" + "x" * 43}),
        DATABASE_URL="postgresql://app:p4ssw0rd-of-db@127.0.0.1:1/distsync",
    )
    assert page[0] in {400, 404}
    assert api[0] in {500, 503}
    for *_, body in (page, api):
        assert not [word for word in ("Traceback", "p4ssw0rd", "psycopg", "127.0.0.1", "apps/", "settings") if word in body]


def test_a_form_is_bounded() -> None:
    big = SECURE | {"CONTENT_LENGTH": str(2 * 1024 * 1024), "CONTENT_TYPE": "application/x-www-form-urlencoded"}
    ((status, headers, _, body),) = ask(("POST", "/accounts/login/", big))
    assert (status, "Too large" in body, headers["X-Content-Type-Options"]) == (413, True, "nosniff")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
