"""What every test shares: a database with the application's role in it, one worker for all that needs the whole system."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.models.signals import pre_migrate

from distsync.stack import database
from distsync.stack.postgres import APP
from tests import static_files
from tests.whole_system import browser, page, stack

__all__ = ["browser", "page", "stack"]

WHOLE_SYSTEM = ("e2e", "browser")
LOG_TABLES = "eventlog_message, eventlog_key, eventlog_conflict, eventlog_pending, eventlog_unsealed, eventlog_block"


def pytest_configure(config: pytest.Config) -> None:
    pre_migrate.connect(prepare_test_database, dispatch_uid="tests.prepare_test_database")
    static_files.look_up_once()


def prepare_test_database(using: str, **_: Any) -> None:
    """Before the first migration: the role that migrations grant to and revoke from, and the extensions."""
    from django.db import connections

    parameters = connections[using].get_connection_params()
    keep = {name: parameters[name] for name in ("dbname", "user", "password", "host", "port") if parameters.get(name)}
    with psycopg.connect(**keep, autocommit=True) as connection:
        database.create_role(connection, APP, "")
        database.create_extensions(connection)
        database.grant(connection, connection.info.user, APP)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of the one running system run on one worker, since it is started once; so do those of a module that share what
    is made once for the module, or start a system of their own."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        is_whole = any(item.get_closest_marker(name) for name in WHOLE_SYSTEM)
        if "stack" in names and not is_whole:
            item.add_marker(pytest.mark.e2e)
        if "stack" in names:
            item.add_marker(pytest.mark.xdist_group("whole-system"))
        elif item.get_closest_marker("xdist_group") is None and (is_whole or _shares_with_its_module(item)):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


@pytest.hookimpl(trylast=True, specname="pytest_collection_modifyitems")
def pytest_begin_with_what_is_long(items: list[pytest.Item]) -> None:
    """pytest-xdist gives out groups first, then the rest in this order, which is random otherwise: a long test that came last
    would leave the other workers with nothing to do."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Groups are kept together by what pytest-xdist adds to a test's id: without it, each worker would start the system."""
    if getattr(session.config.option, "loadgroup", False):
        alone = [item for item in session.items if item.get_closest_marker("xdist_group") and "@" not in item.nodeid]
        assert not alone, f"this pytest-xdist does not keep groups together with this pytest: {alone[0].nodeid}"


def _shares_with_its_module(item: pytest.Item) -> bool:
    info = getattr(item, "_fixtureinfo", None)
    return info is not None and any(found[-1].scope == "module" for found in info.name2fixturedefs.values())


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    """What is measured, and by which rules, is learned anew by each test: a process remembers it for seconds."""
    from apps.exceptions import measured, overview, rules

    measured.forget()
    overview.forget()
    rules.forget()


@pytest.fixture(autouse=True)
def _nothing_stays_in_the_log(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that commits leaves nothing to the next. Django's flush knows only tables with models; the log has none, and
    refuses to be emptied by anybody but a superuser who sets its triggers aside."""
    marker = request.node.get_closest_marker("django_db")
    commits = "transactional_db" in request.fixturenames or (marker is not None and marker.kwargs.get("transaction"))
    if commits:
        request.getfixturevalue("transactional_db")
    yield
    if commits:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(f"TRUNCATE {LOG_TABLES}")
            cursor.execute("RESET session_replication_role")
