"""Every check is seen silent on good settings, and loud with its own id and a hint on the wrong one."""

from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.db import connection
from pytest_django import Settings

from apps.core import checks
from distsync.env import Env

GOOD_SECRET = "0123456789abcdef0123456789abcdef"


def ids(found: list[CheckMessage]) -> list[str]:
    assert all(message.hint for message in found)
    return [str(message.id) for message in found]


def production(settings: Settings, **values: str) -> None:
    """As a deployment sets it: by its variables' names, on top of what is needed at least."""
    environment = Env(**{"DISTSYNC_SECRET_KEY": GOOD_SECRET, "DISTSYNC_HOSTS": "distsync.example.com", **values})
    settings.ENV = environment
    settings.ALLOWED_HOSTS = environment.hosts
    settings.DEMO = environment.demo
    settings.PRODUCTION = True


def test_good_settings_are_silent(settings: Settings) -> None:
    production(settings)
    assert ids([*checks.check_production(), *checks.check_addresses(), *checks.check_values()]) == []


@pytest.mark.parametrize(
    ("name", "value", "id_"),
    [
        ("DISTSYNC_SECRET_KEY", "", "distsync.E001"),
        ("DISTSYNC_SECRET_KEY", GOOD_SECRET[:-1], "distsync.E002"),
        ("DISTSYNC_HOSTS", ",", "distsync.E003"),
        ("DISTSYNC_HOSTS", "distsync.example.com,*", "distsync.E004"),
        ("DISTSYNC_DEMO", "live", "distsync.W005"),
    ],
)
def test_production_is_told_what_is_missing(settings: Settings, name: str, value: str, id_: str) -> None:
    production(settings, **{name: value})
    assert ids(checks.check_production()) == [id_]
    settings.PRODUCTION = False
    assert ids(checks.check_production()) == []


def test_production_needs_its_hosts_named(settings: Settings) -> None:
    production(settings)
    settings.ENV = Env(DISTSYNC_SECRET_KEY=GOOD_SECRET)
    settings.ALLOWED_HOSTS = settings.ENV.hosts
    assert ids(checks.check_production()) == ["distsync.E003"]


def test_telemetry_is_told_what_it_cannot_speak(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317")
    assert ids(checks.check_telemetry()) == []
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    assert ids(checks.check_telemetry()) == ["distsync.W040"]
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT")
    assert ids(checks.check_telemetry()) == []


@pytest.mark.parametrize(
    ("url", "id_"),
    [
        ("mysql://root@127.0.0.1/distsync", "distsync.E010"),
        ("sqlite:///db.sqlite3", "distsync.E010"),
        ("distsync", "distsync.E010"),
        ("postgresql://distsync@127.0.0.1:5432", "distsync.E011"),
        ("postgresql://distsync@127.0.0.1:5432/", "distsync.E011"),
    ],
)
def test_a_database_url_that_cannot_be_meant(settings: Settings, url: str, id_: str) -> None:
    settings.DATABASE_OWNER_URL = url
    assert ids(checks.check_addresses()) == [id_]
    settings.ENV = Env(database_url=url)
    assert ids(checks.check_addresses()) == [id_, id_]


@pytest.mark.parametrize("url", ["http://127.0.0.1:6379/0", "127.0.0.1:6379", "unix:///run/valkey.sock", "amqp://broker"])
def test_a_redis_url_that_cannot_be_meant(settings: Settings, url: str) -> None:
    settings.REDIS_URL = url
    assert ids(checks.check_addresses()) == ["distsync.E012"]


@pytest.mark.parametrize(
    ("name", "value", "id_"),
    [
        ("DEPLOYMENT_TIME_ZONE", "America/Sampa", "distsync.E020"),
        ("DEPLOYMENT_TIME_ZONE", "", "distsync.E020"),
        ("DEPLOYMENT_CURRENCY", "usd", "distsync.E021"),
        ("DEPLOYMENT_CURRENCY", "EURO", "distsync.E021"),
        ("DEPLOYMENT_CURRENCY", "US$", "distsync.E021"),
        ("INTAKE_BODY_LIMIT_BYTES", 0, "distsync.E022"),
        ("INTAKE_BATCH_LIMIT_EVENTS", -1, "distsync.E022"),
        ("INTAKE_PENDING_LIMIT", 0, "distsync.E022"),
        ("INTAKE_RATE_LIMIT_PER_SECOND", 0, "distsync.E022"),
        ("DEMO", "yes", "distsync.E024"),
    ],
)
def test_a_value_that_cannot_be_meant(settings: Settings, name: str, value: str | int, id_: str) -> None:
    setattr(settings, name, value)
    assert ids(checks.check_values()) == [id_]


def test_an_unknown_log_level(settings: Settings) -> None:
    settings.ENV = Env(DISTSYNC_LOG_LEVEL="LOUD")
    assert ids(checks.check_values()) == ["distsync.E023"]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({}, []),
        ({"version": 16}, []),
        ({"version": 15}, ["distsync.E030"]),
        ({"owns_the_log": True}, ["distsync.W031"]),
        ({"is_superuser": True}, ["distsync.W032"]),
        ({"is_durable": False}, ["distsync.W033"]),
    ],
)
def test_a_server_that_cannot_keep_the_promises(settings: Settings, seen: dict[str, Any], expected: list[str]) -> None:
    production(settings)
    settings.ENV.database_owner_url = ""
    server = {"version": 18, "is_durable": True, "is_superuser": False, "owns_the_log": False, **seen}
    assert ids(list(checks.judge_server(**server))) == expected


def test_an_owner_of_its_own_is_not_warned_of(settings: Settings) -> None:
    settings.ENV = Env(database_owner_url="postgresql://distsync_owner@127.0.0.1/distsync")
    assert list(checks.judge_server(18, is_durable=True, is_superuser=False, owns_the_log=True)) == []


@pytest.mark.django_db
def test_the_server_is_asked_only_when_it_is_at_hand(settings: Settings) -> None:
    settings.ENV = Env(database_owner_url="")
    assert checks.check_server() == []
    assert ids(checks.check_server(databases=["default"])) == ["distsync.W031"]  # tests run as the tables' owner

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE distsync_app")
    assert ids(checks.check_server(databases=["default"])) == []
