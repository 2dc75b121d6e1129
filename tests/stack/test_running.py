"""The running system as a person meets it: found by manage.py, kept over restarts, refused to a second one."""

import json
import stat
import subprocess
import sys

import psutil
import pytest
from playwright.sync_api import Page

from distsync.env import ROOT
from tests.whole_system import WholeSystem

pytestmark = pytest.mark.e2e


def test_is_alive_and_ready(stack: WholeSystem) -> None:
    assert stack.status_of("/healthz") == 200
    assert stack.status_of("/readyz") == 200


def test_manage_finds_the_running_system_by_its_data_folder_alone(stack: WholeSystem) -> None:
    done = stack.manage(
        "shell",
        "--no-imports",
        "-c",
        "from django.db import connection as c; k = c.cursor(); k.execute('SELECT current_user, current_database()');"
        "from django.core.cache import cache; cache.set('greeting', 'hello'); print(*k.fetchone(), cache.get('greeting'))",
    )
    assert (done.stdout, done.returncode) == ("distsync_app distsync hello\n", 0), done.stderr


def test_tables_belong_to_the_owner_and_not_to_the_application(stack: WholeSystem) -> None:
    done = stack.manage(
        "shell",
        "--no-imports",
        "-c",
        "from django.db import connection as c; k = c.cursor();"
        "k.execute(\"SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'\"); print(k.fetchall())",
    )
    assert done.stdout == "[('distsync_owner',)]\n"


def test_what_holds_passwords_is_for_its_owner_alone(stack: WholeSystem) -> None:
    for name in ("stack.json", "secrets.json"):
        assert stat.S_IMODE((stack.data / name).stat().st_mode) == 0o600
    assert set(json.loads((stack.data / "stack.json").read_text())) == {
        "DISTSYNC_SECRET_KEY",
        "database_owner_url",
        "database_url",
        "redis_url",
    }
    assert stat.S_IMODE((stack.data / "postgres").stat().st_mode) == 0o700
    assert stat.S_IMODE((stack.data / "run").stat().st_mode) == 0o700


def test_no_command_line_shows_a_password(stack: WholeSystem) -> None:
    passwords = json.loads((stack.data / "secrets.json").read_text()).values()
    lines = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    assert any("valkey-server" in line for line in lines)
    assert not [line for line in lines if any(password in line for password in passwords)]


def test_a_second_start_on_the_same_data_is_refused_with_the_address(stack: WholeSystem) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "distsync.stack", "up"],
        cwd=ROOT,
        env={**stack.environment, "DISTSYNC_PORT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert stack.process is not None
    assert done.stderr == (
        f"DistSync: It runs already with the data in {stack.data} (process {stack.process.pid}, {stack.base_url}/). Open that "
        "address, or end it with Ctrl-C in its terminal or `make down`. For a second system set DISTSYNC_DATA and "
        "DISTSYNC_PORT to others.\n"
    )
    assert stack.status_of("/readyz") == 200


@pytest.mark.browser
def test_a_browser_reaches_it(stack: WholeSystem, page: Page) -> None:
    answer = page.goto("/healthz")
    assert answer is not None
    assert answer.status == 200
