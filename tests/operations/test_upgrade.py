"""A release's migrations run while the release before still works: they only add, and they give way."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest
from django.db import migrations
from django.db.migrations.loader import MigrationLoader

from distsync.env import ROOT
from tests.operations.deployment import Deployment

pytestmark = pytest.mark.xdist_group("operations")
# What the first release began with. Every migration after these meets tables with rows, and code that was written before it.
FOUNDATION = {
    ("accounts", "0001_initial"),
    ("eventlog", "0001_log"),
    ("eventlog", "0002_append"),
    ("intake", "0001_initial"),
    ("orders", "0001_initial"),
    ("partners", "0001_initial"),
    ("pipeline", "0001_initial"),
}
ROOMS = {app for app, _ in FOUNDATION}
# What old code beside it would trip over, or what locks a table for as long as it is big.
BREAKING = (
    migrations.RenameField,
    migrations.RenameModel,
    migrations.RemoveField,
    migrations.DeleteModel,
    migrations.AlterModelTable,
)
LATER = """
from django.db import migrations
class Migration(migrations.Migration):
    dependencies = [("eventlog", "0002_append")]
    operations = [migrations.RunSQL("ALTER TABLE eventlog_pending ADD COLUMN later text")]
"""


def later_migrations() -> list[migrations.Migration]:
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    return [found for key, found in sorted(loader.disk_migrations.items()) if key[0] in ROOMS and key not in FOUNDATION]


def flaws(migration: migrations.Migration) -> list[str]:
    """What in a migration the code of the release before could not bear. squawk reads the SQL besides (test_migrations)."""
    made = {operation.name.lower() for operation in migration.operations if isinstance(operation, migrations.CreateModel)}
    found = []
    for operation in migration.operations:
        table = str(getattr(operation, "model_name", getattr(operation, "name", ""))).lower()
        if isinstance(operation, BREAKING):
            found.append(f"{type(operation).__name__} of {table}")
        elif isinstance(operation, migrations.AddField) and table not in made:
            field = operation.field
            if not field.null and field.has_db_default() is False:
                found.append(f"AddField {table}.{operation.name} without null or db_default: old code does not fill it")
        elif type(operation) is migrations.AddIndex and table not in made:
            found.append(f"AddIndex on {table}: use AddIndexConcurrently")
    return found


def test_migrations_after_the_foundation_only_add() -> None:
    assert {str(each): flaws(each) for each in later_migrations() if flaws(each)} == {}


def test_what_would_break_old_code_is_found() -> None:
    from django.db import models

    operations = [
        migrations.CreateModel("new", [("number", models.IntegerField())]),
        migrations.AddIndex("new", models.Index(fields=["number"], name="new_number")),
        migrations.AddIndex("old", models.Index(fields=["number"], name="old_number")),
        migrations.AddField("old", "needed", models.IntegerField()),
        migrations.AddField("old", "free", models.IntegerField(null=True)),
        migrations.AddField("old", "filled", models.IntegerField(db_default=0)),
        migrations.RenameField("old", "a", "b"),
        migrations.RemoveField("old", "c"),
    ]
    migration = type("Migration", (migrations.Migration,), {"operations": operations})("0002", "room")
    assert [flaw.split(":")[0].split(" without")[0] for flaw in flaws(migration)] == [
        "AddIndex on old",
        "AddField old.needed",
        "RenameField of old",
        "RemoveField of old",
    ]


def test_from_the_foundation_with_rows_in_it_and_giving_way_to_who_works(tmp_path: Path) -> None:
    with Deployment(tmp_path / "data", "operations_upgrade") as deployment:
        from distsync.stack.database import prepare

        prepare(deployment.admin, deployment.addresses.owner, deployment.addresses.app)
        each = f"from django.core.management import call_command as c; [c('migrate', *name) for name in {sorted(FOUNDATION)}]"
        done = deployment.manage("shell", "--no-imports", "-c", each, as_owner=True)
        assert done.returncode == 0, done.stderr
        deployment.sql(
            "INSERT INTO pipeline_quarantine (position, code, reason, source, type) VALUES (1, 'unknown_type', 'r', 's', 't')"
        )
        done = deployment.manage("migrate", "--noinput", as_owner=True)
        assert done.returncode == 0, done.stderr
        assert deployment.sql("SELECT code FROM pipeline_quarantine") == [("unknown_type",)]
        give_way_to_writers(deployment, tmp_path)


def give_way_to_writers(deployment: Deployment, tmp_path: Path) -> None:
    """A transaction stands open on a table that a migration changes: writers behind the migration wait for two seconds at
    most, and the migration comes through once the transaction ends."""
    later = tmp_path / "later" / "migrations"
    later.mkdir(parents=True)
    for folder in (later.parent, later):
        (folder / "__init__.py").touch()
    (later / "0001_later.py").write_text(LATER)
    (tmp_path / "later_settings.py").write_text(
        "from distsync.settings import *\nINSTALLED_APPS = [*INSTALLED_APPS, 'later']\n"
    )
    command = [sys.executable, "manage.py", "migrate", "later", "--lock-seconds", "1"]
    environment = deployment.environment | {
        "DATABASE_URL": deployment.addresses.owner,
        "DJANGO_SETTINGS_MODULE": "later_settings",
        "PYTHONPATH": str(tmp_path),
    }
    waits: list[float] = []
    stop = threading.Event()

    def write() -> None:
        with psycopg.connect(deployment.addresses.app, autocommit=True) as writer:
            while not stop.is_set():
                began = time.monotonic()
                writer.execute("DELETE FROM eventlog_pending WHERE position = -1")
                waits.append(time.monotonic() - began)
                time.sleep(0.01)

    thread = threading.Thread(target=write)
    with psycopg.connect(deployment.addresses.app) as holder:
        holder.execute("SELECT count(*) FROM eventlog_pending")  # and stays in its transaction
        thread.start()
        migration = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        deployment.wait_for(lambda: max(waits, default=0) > 0.8)
        holder.rollback()
    _, said = migration.communicate(timeout=60)
    stop.set()
    thread.join()
    assert migration.returncode == 0, said
    assert "it gave way" in said
    assert 0.8 < max(waits) < 2.5  # a second of waiting for the lock, and a busy machine's hesitation
    assert deployment.sql("SELECT later FROM eventlog_pending") == []
