"""The embedded PostgreSQL's data folder: made whole or not at all, never touched when it is not ours or not whole."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from distsync.stack import database, postgres
from distsync.stack.accounts import server_account
from distsync.stack.errors import StackError
from distsync.stack.places import Places
from tests.whole_system import data_folder

PASSWORD = "a-password-of-this-test"


@pytest.fixture(scope="module")
def made() -> Iterator[postgres.Postgres]:
    """A cluster that was made once and is not running."""
    data = data_folder()
    data.mkdir()
    data.chmod(0o711)
    places = Places(data, server_account())
    cluster = postgres.Postgres(
        postgres.wheel_programs(places), places.folder("postgres"), places.socket_folder(), places.account
    )
    assert cluster.make_ready(PASSWORD) == []
    yield cluster
    shutil.rmtree(data.parent)


def test_a_whole_one_is_left_as_it_is(made: postgres.Postgres) -> None:
    before = (made.data / "global" / "pg_control").read_bytes()
    assert made.make_ready("another password is not even looked at") == []
    assert (made.data / "global" / "pg_control").read_bytes() == before


def test_nobody_comes_in_without_a_password(made: postgres.Postgres) -> None:
    lines = [line.split() for line in (made.data / "pg_hba.conf").read_text().splitlines() if line and line[0] != "#"]
    assert len(lines) >= 2
    assert {line[-1] for line in lines} == {"scram-sha-256"}


def test_the_server_opens_no_port_and_keeps_what_it_committed() -> None:
    settings = postgres.server_settings()
    wanted = {"listen_addresses": "", "fsync": "on", "synchronous_commit": "on", "max_locks_per_transaction": "512"}
    assert {name: settings[name] for name in wanted} == wanted


def test_one_that_was_cut_off_half_made_is_made_anew(made: postgres.Postgres) -> None:
    (made.home / "data.new").mkdir()
    (made.home / "data.new" / "PG_VERSION").write_text("18\n")
    aside = made.data.rename(made.home / "aside")
    try:
        said = made.make_ready(PASSWORD)
        assert said == ["An earlier start was cut off while it made the database: nothing was in it yet, it is made anew."]
        assert (made.data / "global" / "pg_control").is_file()
        assert not (made.home / "data.new").exists()
        assert not (made.home / "password").exists()
    finally:
        shutil.rmtree(made.data)
        aside.rename(made.data)


@pytest.mark.parametrize("missing", ["PG_VERSION", "global/pg_control"])
def test_one_that_is_not_whole_is_told_and_left_alone(made: postgres.Postgres, missing: str) -> None:
    aside = (made.data / missing).rename(made.home / "aside")
    try:
        with pytest.raises(StackError) as told:
            made.make_ready(PASSWORD)
        assert str(told.value) == (
            f"The database in {made.data} is not whole: {missing} is missing. Put it back from a backup, "
            f"or move {made.home} away to start with an empty system."
        )
    finally:
        aside.rename(made.data / missing)


def test_one_of_another_version_is_told(made: postgres.Postgres) -> None:
    (made.data / "PG_VERSION").write_text("17\n")
    try:
        with pytest.raises(StackError, match=r"was made by PostgreSQL 17, this is PostgreSQL 18\."):
            made.make_ready(PASSWORD)
    finally:
        (made.data / "PG_VERSION").write_text("18\n")


def test_a_pid_file_whose_number_now_belongs_to_another_process_is_removed(made: postgres.Postgres) -> None:
    """After a crash the kernel may have given the server's number to anybody: here to this test."""
    (made.data / "postmaster.pid").write_text(f"{os.getpid()}\n{made.data}\n")
    assert made.make_ready(PASSWORD) == ["PostgreSQL was killed the last time: it recovers what was committed."]
    assert not (made.data / "postmaster.pid").exists()


def test_roles_can_be_prepared_again_and_the_application_owns_nothing() -> None:
    """On the session's server, in a database of its own."""
    admin = os.environ["DATABASE_URL"]
    parts = psycopg.conninfo.conninfo_to_dict(admin)
    name = f"prepared_{os.getpid()}"
    place = {key: parts[key] for key in ("host", "port") if key in parts}

    def address(role: str) -> str:
        return psycopg.conninfo.make_conninfo(user=role, password=PASSWORD, dbname=name, **place)

    owner, app = f"{name}_owner", f"{name}_app"
    try:
        for _ in range(2):
            database.prepare(admin, address(owner), address(app))
        with psycopg.connect(address(owner), autocommit=True) as connection:
            connection.execute("CREATE TABLE thing (id bigint GENERATED ALWAYS AS IDENTITY, word text)")
        with psycopg.connect(address(app), autocommit=True) as connection:
            connection.execute("INSERT INTO thing (word) VALUES ('one')")
            connection.execute("UPDATE thing SET word = 'two'")
            assert connection.execute("SELECT word, similarity(word, 'two') FROM thing").fetchall() == [("two", 1.0)]
            for refused in ("TRUNCATE thing", "DROP TABLE thing", "ALTER TABLE thing ADD x int", "CREATE TABLE mine (id int)"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(refused)
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name}")
            connection.execute(f"DROP ROLE IF EXISTS {owner}")
            connection.execute(f"DROP ROLE IF EXISTS {app}")


def test_a_server_that_is_away_is_told() -> None:
    with pytest.raises(StackError, match="The database cannot be prepared: connection"):
        database.prepare("postgresql://nobody@127.0.0.1:1/x", "postgresql://o@127.0.0.1:1/x", "postgresql://a@127.0.0.1:1/x")


def test_the_socket_folder_is_short_enough_however_long_the_data_folder_is(tmp_path: Path) -> None:
    deep = tmp_path / ("long" * 20)
    deep.mkdir()
    places = Places(deep, None)
    folder = places.socket_folder()
    assert len(str(folder / ".s.PGSQL.5432.lock")) <= 107
    assert folder.stat().st_mode & 0o777 == 0o700
    places.clear()
    assert not folder.exists()
