"""The image and the compose file name only what exists: commands, modules, variables, files."""

import re
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands
from opentelemetry.sdk import environment_variables

from distsync.env import ROOT, Env
from distsync.stack.__main__ import COMMANDS

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if service["image"].startswith("distsync:"))
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
OF_OPENTELEMETRY = {name for name in vars(environment_variables) if name.startswith("OTEL_")}
OF_ENV = {str(field.validation_alias or name).upper() for name, field in Env.model_fields.items()}


def variables_read() -> set[str]:
    """Every variable that the project's own code reads: the settings' and those of the stack and of gunicorn."""
    sources = [*(ROOT / "distsync").rglob("*.py")]
    named = {name for path in sources for name in re.findall(r'"((?:DISTSYNC|DATABASE|REDIS)_[A-Z_]+)"', path.read_text())}
    in_text = {name for path in sources for name in re.findall(r"'(DISTSYNC_[A-Z_]+)'", path.read_text())}
    return (named | in_text | OF_ENV) - {"DISTSYNC_STACK_CHILD_OF"}


def assert_runs(command: list[str]) -> None:
    """The program is in the environment, and what it is told to load exists."""
    program, *arguments = command
    if program == "python" and arguments[0] == "-m":
        assert find_spec(arguments[1])
        assert arguments[1] != "distsync.stack" or arguments[2] in COMMANDS
    elif program == "python":
        assert (ROOT / arguments[0]).is_file()
        assert arguments[1] in get_commands()
    else:
        assert (Path(sys.executable).parent / program).is_file()
        for text in arguments:
            module = text.removeprefix("python:")
            assert not module.startswith("distsync") or find_spec(module)


def test_the_services_are_those_of_the_architecture() -> None:
    assert sorted(SERVICES) == ["beat", "collector", "migrate", "postgres", "prepare", "valkey", "web", "worker"]
    assert OURS == ["beat", "migrate", "prepare", "web", "worker"]


@pytest.mark.parametrize("name", OURS)
def test_a_service_runs_what_exists(name: str) -> None:
    assert_runs(SERVICES[name]["command"])
    if test := SERVICES[name]["healthcheck"].get("test"):
        assert test[0] == "CMD"
        assert_runs(test[1:])


@pytest.mark.parametrize("name", OURS)
def test_a_service_sets_variables_that_are_read(name: str) -> None:
    assert set(SERVICES[name]["environment"]) - variables_read() - OF_OPENTELEMETRY == set()


def test_only_the_jobs_may_own_the_tables() -> None:
    with_owner = {name for name in OURS if "distsync_owner" in str(SERVICES[name]["environment"])}
    assert with_owner == {"prepare", "migrate"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_waits_for_services_that_exist(name: str) -> None:
    assert set(SERVICES[name].get("depends_on", {})) <= set(SERVICES)


def test_web_and_workers_wait_for_the_migration() -> None:
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    secrets = set(re.findall(r"\$\{([A-Z_]*(?:PASSWORD|SECRET_KEY))", text))
    assert secrets == {"ADMIN_PASSWORD", "OWNER_PASSWORD", "APP_PASSWORD", "VALKEY_PASSWORD", "DISTSYNC_SECRET_KEY"}
    assert set(re.findall(r"\$\{([A-Z_]*(?:PASSWORD|SECRET_KEY)):\?\}", text)) == secrets


def test_the_image_copies_what_exists_and_nothing_is_ignored_away() -> None:
    copied = [word for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE) for word in line.split()[:-1]]
    assert len(copied) >= 6
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for path in copied:
        assert (ROOT / path).exists()
        assert path.split("/", maxsplit=1)[0] in kept


def test_the_image_runs_the_web_as_a_lesser_user() -> None:
    assert re.search(r"^USER distsync$", DOCKERFILE, re.MULTILINE)
    commands = re.findall(r"CMD (\[.+\])$", DOCKERFILE, re.MULTILINE)
    for text in commands:
        assert_runs(yaml.safe_load(text))
    assert yaml.safe_load(commands[-1]) == SERVICES["web"]["command"]


def test_the_image_sets_variables_that_are_read() -> None:
    named = set(re.findall(r"\b(DISTSYNC_[A-Z_]+)=", DOCKERFILE))
    assert named
    assert named <= variables_read()


def test_every_installation_checks_hashes() -> None:
    lines = [line for line in DOCKERFILE.splitlines() if "pip install" in line or "pip sync" in line]
    assert len(lines) == 2
    assert all("--require-hashes" in shlex.split(line.removeprefix("RUN ").rstrip("\\")) for line in lines)
    assert "index-url" not in "".join(path.read_text() for path in (ROOT / "requirements").glob("*.txt"))


def test_operations_tells_every_variable_that_is_read_and_no_other() -> None:
    told = set(re.findall(r"`((?:DISTSYNC|DATABASE|REDIS)_[A-Z_]+)`", OPERATIONS.split("## Variables", 1)[1]))
    assert told == variables_read()
