"""Where the servers' files go when their account cannot reach the usual place. Only root lends accounts."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from distsync.stack import places as module
from distsync.stack.accounts import Account, server_account
from distsync.stack.errors import StackError
from distsync.stack.places import Places

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers under another account")


@pytest.fixture
def account() -> Account:
    lent = server_account()
    assert lent is not None
    return lent


@pytest.fixture
def base(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Instead of /var/lib/distsync: a folder that both reach."""
    folder = Path("/var/tmp") / f"distsync-test-{os.getpid()}"
    monkeypatch.setattr(module, "REACHABLE_BASES", (folder,))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A folder that is for its owner alone, as a home folder is."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    return folder


def test_root_lends_an_account_that_is_not_root(account: Account) -> None:
    assert account.uid > 0
    assert account.can_enter(Path("/"))


def test_a_closed_data_folder_stays_closed_and_the_database_goes_elsewhere(account: Account, closed: Path, base: Path) -> None:
    places = Places(closed, account)
    folder = places.folder("postgres")
    assert folder.parent.parent == base
    assert account.can_enter(folder)
    assert (folder.stat().st_uid, folder.stat().st_mode & 0o777) == (account.uid, 0o700)
    assert closed.stat().st_mode & 0o777 == 0o700
    assert places.folder("run").parent == folder.parent
    (note,) = places.notes
    assert note.startswith(f"The account {account.name}, which runs the servers for root, cannot enter {closed}: ")
    assert note.endswith(f"the database lies in {folder.parent}.")
    assert Places(closed, account).folder("postgres") == folder


def test_programs_out_of_reach_are_copied_once(account: Account, closed: Path, base: Path) -> None:
    tree = closed / "package" / "pginstall"
    (tree / "bin").mkdir(parents=True)
    program = tree / "bin" / "postgres"
    program.write_text("#!/bin/sh\necho 18\n")
    program.chmod(0o755)
    places = Places(closed, account)
    copy = places.programs(tree, "bin/postgres", closed / "libraries")
    assert copy.is_relative_to(base)
    assert account.can_run(copy / "bin" / "postgres")
    assert closed.stat().st_mode & 0o777 == 0o700
    assert places.notes == [
        f"The account {account.name} cannot reach {tree}: it runs a copy of the programs in {copy.parents[1]}."
    ]

    (copy / "bin" / "postgres").write_text("#!/bin/sh\necho kept\n")
    assert Places(closed, account).programs(tree, "bin/postgres", closed / "libraries") == copy
    assert (copy / "bin" / "postgres").read_text() == "#!/bin/sh\necho kept\n"


def test_somebody_elses_folder_is_not_used(account: Account, closed: Path, base: Path) -> None:
    base.mkdir()
    os.chown(base, account.uid, account.gid)
    with pytest.raises(StackError, match=r"No folder could be made that both root and the servers' account reach"):
        Places(closed, account).folder("postgres")
