"""A backup taken while events flow through the real door, restored into a new database: whole, and going on."""

import json
from pathlib import Path

import psycopg
import pytest

from apps.eventlog.maintenance import MAINTENANCE_LOCK
from tests.operations.deployment import Deployment
from tests.operations.senders import Sender, batch

pytestmark = pytest.mark.xdist_group("operations")


def test_what_was_acknowledged_before_the_backup_is_in_it_and_what_was_pending_is_worked(tmp_path: Path) -> None:
    file = tmp_path / "backup.dump"
    with Deployment(tmp_path / "one", "operations_one") as one, Deployment(tmp_path / "two", "operations_two") as two:
        one.prepare()
        web, _worker = one.web(), one.worker()
        token = one.credential()
        senders = [Sender(one.port, token, pause_seconds=0.1) for _ in range(2)]
        for sender in senders:
            sender.start()
        one.wait_for(lambda: all(len(sender.taken) >= 50 for sender in senders))
        acknowledged, manifest = dump_with_a_backlog(one, senders, file)
        for sender in senders:
            sender.stop()
        assert set().union(*(sender.outcomes for sender in senders)) == {"202"}
        assert len({each for sender in senders for each in sender.taken}) > manifest["messages"]  # they flowed on meanwhile
        web.end(within_seconds=15)

        done = two.run("-m", "distsync.stack", "restore", "--skip-verify", str(file), DATABASE_ADMIN_URL=two.admin)
        assert (done.returncode, done.stderr) == (0, "")
        restored = {row[0] for row in two.sql("SELECT id FROM eventlog_message")}
        assert acknowledged <= restored
        assert len(restored) == manifest["messages"]
        assert_is_whole(two, manifest["head"])
        assert_protects_its_log(two)
        assert_goes_on(two, restored, token)


def dump_with_a_backlog(one: Deployment, senders: list[Sender], file: Path) -> tuple[set[str], dict[str, object]]:
    """Backs up while the workers may not take a batch; what had been acknowledged before it began, and its manifest."""
    with psycopg.connect(one.addresses.owner) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(%s)", [MAINTENANCE_LOCK])
        one.wait_for(lambda: one.pending() >= 50)
        acknowledged = {each for sender in senders for each in list(sender.taken)}
        done = one.run("-m", "distsync.stack", "backup", str(file))
        assert (done.returncode, done.stderr) == (0, "")
    manifest = json.loads(file.with_name("backup.dump.json").read_text())
    assert manifest["pending"] >= 50
    assert file.stat().st_mode & 0o077 == 0
    return acknowledged, manifest


def assert_is_whole(two: Deployment, head: str) -> None:
    verified = two.manage("verify-log", "--json", *(("--head", head) if head else ()))
    assert json.loads(verified.stdout)["ok"] is True, verified.stdout
    compared = two.manage("rebuild", "--verify", "--json")
    assert compared.returncode == 0, compared.stdout + compared.stderr


def assert_protects_its_log(two: Deployment) -> None:
    assert two.sql("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'") == [("distsync_owner",)]
    for statement in (
        "UPDATE eventlog_message SET source = 'other'",
        "DELETE FROM eventlog_key",
        "TRUNCATE eventlog_block",
        "ALTER TABLE eventlog_message DISABLE TRIGGER ALL",
        "DROP TABLE eventlog_conflict",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            two.sql(statement, role="app")
    # Rights alone would not do: the owner, too, meets the triggers.
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        two.sql("DELETE FROM eventlog_message")
    # And what the application needs is there, for tables still to come too.
    assert two.sql("SELECT count(*) FROM eventlog_make_partitions(current_date, 6)", role="app")[0][0] >= 1
    two.sql("CREATE TABLE later (number integer)")
    assert two.sql("INSERT INTO later VALUES (1) RETURNING number", role="app") == [(1,)]
    two.sql("DROP TABLE later")


def assert_goes_on(two: Deployment, restored: set[str], token: str) -> None:
    migrated = two.manage("migrate", "--noinput", as_owner=True)
    assert migrated.returncode == 0, migrated.stderr
    assert two.pending() >= 50
    last = two.sql("SELECT max(position) FROM eventlog_message")[0][0]
    two.web()
    two.worker()
    two.settle()
    again = min(restored)
    sender = Sender(two.port, token, keeps_alive=False)  # the credential of before is in the backup
    sender.send([json.loads(body_of(two, again))])
    sender.send(batch(5))
    two.settle()
    assert sender.outcomes == {"202": 2}
    assert two.sql("SELECT count(*) FROM eventlog_message WHERE id = %s", again) == [(1,)]  # a duplicate changed nothing
    assert two.sql("SELECT count(*) FROM eventlog_message WHERE position > %s", last) == [(5,)]
    assert two.sql("SELECT count(*) FROM orders_order") == [(len(restored) + 5,)]


def body_of(two: Deployment, message: str) -> str:
    return bytes(two.sql("SELECT body FROM eventlog_message WHERE id = %s", message)[0][0]).decode()
