"""`manage.py source`: never asks, prints a token once, exits 0, 1 or 2."""

import json
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.core.errors import Unauthenticated
from apps.partners.management.commands.source import Command
from apps.partners.models import Credential
from apps.partners.services import authenticate, forget

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    forget()


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("source", *arguments, stdout=out)
    return out.getvalue().strip()


def test_create_prints_the_token_alone() -> None:
    token = run("create", "oms")
    assert authenticate(token, "otlp", timezone.now()).name == "oms"


def test_create_as_json() -> None:
    document = json.loads(run("create", "north", "--partner", "northstar", "--door", "events", "edi", "--history", "--json"))
    found = authenticate(document.pop("token"), "edi", timezone.now())
    assert document == {"name": "north"}
    assert (found.partner, found.doors, found.may_send_history) == ("northstar", {"events", "edi"}, True)


def test_doors_may_be_given_one_by_one() -> None:
    run("create", "north", "--door", "events", "--door", "edi")
    assert Credential.objects.get().doors == ["events", "edi"]


def test_list_shows_no_token() -> None:
    token = run("create", "oms", "--door", "events")
    number = Credential.objects.get().pk
    assert run("list").splitlines() == [
        "NUMBER NAME                     STATE                          LAST USED        PARTNER          HISTORY  DOORS",
        f"{number:>6} {'oms':<24} {'valid':<30} {'never':<16} {'-':<16} {'no':<8} events",
    ]
    (document,) = json.loads(run("list", "--json"))
    assert token not in str(document)
    assert (document["name"], document["state"], document["doors"]) == ("oms", "valid", ["events"])


def test_rotate_and_revoke() -> None:
    old = run("create", "oms")
    new = json.loads(run("rotate", "oms", "--overlap-hours", "1", "--json"))["token"]
    assert {authenticate(token, "events", timezone.now()).name for token in (old, new)} == {"oms"}
    assert run("revoke", "oms") == "oms: 2 token(s) revoked."
    assert {row["state"] for row in json.loads(run("list", "--json"))} == {"revoked"}


@pytest.mark.parametrize("arguments", [("create", "oms"), ("rotate", "nobody"), ("revoke", "nobody"), ("create", " ")])
def test_a_refusal_is_a_failure(arguments: tuple[str, ...]) -> None:
    run("create", "oms")
    with pytest.raises(CommandError) as failure:
        run(*arguments)
    assert failure.value.returncode == 1


@pytest.mark.parametrize(
    "arguments", [(), ("create",), ("create", "a", "--door", "window"), ("create", "a", "--days", "0"), ("list", "more")]
)
def test_wrong_use_exits_with_2(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "source", *arguments])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: manage.py source")


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "source", "create", "--help"])
    assert ended.value.code == 0
    assert "manage.py source create northstar --partner northstar --door events --door edi" in capsys.readouterr().out


def test_one_token_of_a_rotation_can_be_revoked_and_its_last_use_is_shown() -> None:
    old = run("create", "oms", "--days", "90")
    new = run("rotate", "oms")
    with time_machine.travel("2027-01-05 06:07:08+00:00", tick=False):
        authenticate(new, "events", timezone.now())
        first, second = json.loads(run("list", "--json"))
        assert (first["last_used_at"], second["last_used_at"]) == (None, "2027-01-05T06:07:08+00:00")
        assert first["state"].startswith("expired ")
        assert "2027-01-05 06:07" in run("list")
    assert run("revoke", "oms", "--number", str(first["number"])) == "oms: 1 token(s) revoked."
    assert authenticate(new, "events", timezone.now()).name == "oms"
    with pytest.raises(Unauthenticated):
        authenticate(old, "events", timezone.now())
    with pytest.raises(CommandError, match=r"`oms` has no active token"):
        run("revoke", "oms", "--number", str(first["number"]))


def test_a_rotated_token_lives_as_long_as_the_one_before() -> None:
    run("create", "oms", "--days", "90")
    run("rotate", "oms")
    first, second = Credential.objects.order_by("pk")
    assert first.expires_at is not None
    assert second.expires_at is not None
    assert second.expires_at - second.created_at == pytest.approx(timedelta(days=90), abs=timedelta(seconds=5))
    assert first.expires_at - second.created_at == pytest.approx(timedelta(hours=24), abs=timedelta(seconds=5))
