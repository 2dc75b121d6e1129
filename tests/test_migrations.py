"""Migrations run beside the old code: squawk reads the SQL of each of ours, and the models have none missing."""

import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).parents[1]
OURS = sorted((path.parents[1].name, path.stem) for path in (ROOT / "apps").glob("*/migrations/0*.py"))


@pytest.mark.django_db
@pytest.mark.parametrize(("room", "name"), OURS)
def test_squawk(room: str, name: str) -> None:
    statements = StringIO()
    call_command("sqlmigrate", room, name, stdout=statements)
    squawk = Path(sys.executable).with_name("squawk")
    command = [squawk, "--config", ROOT / ".squawk.toml", "--stdin-filepath", f"{room}/{name}.sql"]
    done = subprocess.run(command, input=statements.getvalue(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.django_db
def test_no_model_waits_for_a_migration() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
