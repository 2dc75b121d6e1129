"""Code beside a database of another release: what is said, and whether it is ready."""

import pytest
from django.db import connection
from django.test import Client

from apps.core.schema import compare, known_migrations, schema

KNOWN = frozenset({("orders", "0001"), ("orders", "0002"), ("auth", "0001")})


def test_as_expected() -> None:
    state = compare(set(KNOWN), KNOWN)
    assert (state.word, state.sentence) == ("ok", "")


def test_an_older_database_lacks_something() -> None:
    state = compare({("orders", "0001")}, KNOWN)
    assert (state.word, state.missing) == ("older", ("auth.0001", "orders.0002"))
    assert state.sentence == (
        "The database is older than this code: auth.0001, orders.0002 are not applied. "
        "Run `manage.py migrate` as the tables' owner."
    )


def test_a_newer_database_has_more_and_other_applications_do_not_count() -> None:
    state = compare({*KNOWN, ("orders", "0003"), ("elsewhere", "0001")}, KNOWN)
    assert (state.word, state.unknown) == ("newer", ("orders.0003",))
    assert "orders.0003 is unknown here. This code runs on it" in state.sentence


def test_many_are_counted() -> None:
    assert "o.1, o.2, o.3 and 2 more are not applied" in compare(set(), frozenset(("o", str(n)) for n in range(1, 6))).sentence


@pytest.mark.django_db
def test_the_migrated_database_is_as_expected() -> None:
    assert ("eventlog", "0001_log") in known_migrations()
    assert schema().word == "ok"


@pytest.mark.django_db
def test_readyz_refuses_an_older_database_and_takes_a_newer_one(client: Client) -> None:
    assert client.get("/readyz").json()["schema"] == "ok"
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('orders', '9999_later', now())")
    newer = client.get("/readyz")
    assert (newer.status_code, newer.json()["schema"]) == (200, "newer")
    assert "orders.9999_later is unknown here" in newer.json()["detail"]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'eventlog' AND name = '0002_append'")
    older = client.get("/readyz")
    assert (older.status_code, older["Retry-After"]) == (503, "2")
    assert older.json() == {
        "status": "not ready",
        "database": "older schema",
        "detail": "The database is older than this code: eventlog.0002_append is not applied. "
        "Run `manage.py migrate` as the tables' owner.",
    }
