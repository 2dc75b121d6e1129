"""Users and tokens from the command line: never a prompt, a sentence for every refusal, JSON for scripts."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from apps.accounts.models import ApiToken, User
from apps.accounts.services import user_of_token
from apps.core.errors import Unauthenticated

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def run_json(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json"))


def refusal(*arguments: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    return caught.value.returncode, str(caught.value)


def test_a_user_without_password_can_only_use_tokens() -> None:
    assert run_json("user", "create", "mia", "--role", "finance", "--team", "finance") == {
        "user": "mia",
        "role": "finance",
        "team": "finance",
        "partner": None,
        "active": True,
        "password": False,
    }
    assert not User.objects.get(username="mia").has_usable_password()


def test_a_password_is_read_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\nsecond line\n"))
    run("user", "create", "mia", "--role", "finance", "--password-stdin")
    assert User.objects.get(username="mia").check_password("correct horse battery")


def test_an_empty_password_is_refused_and_makes_no_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert refusal("user", "create", "mia", "--role", "finance", "--password-stdin") == (
        1,
        "Expected the password as the first line of standard input, and it was empty.",
    )
    assert not User.objects.exists()


def test_a_weak_password_is_taken_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    errors = io.StringIO()
    call_command("user", "create", "mia", "--role", "finance", "--password-stdin", stdout=io.StringIO(), stderr=errors)
    expected = "The password was taken, but: This password is too short. It must contain at least 10 characters.\n"
    assert errors.getvalue() == expected
    assert User.objects.get(username="mia").check_password("short")


def test_a_name_in_use_is_refused_with_a_sentence() -> None:
    run("user", "create", "mia", "--role", "finance")
    assert refusal("user", "create", "mia", "--role", "manager") == (
        1,
        "There is already a user 'mia'. Choose another name, or change it with `user set-role`.",
    )
    assert User.objects.get(username="mia").role == "finance"


def test_a_name_that_cannot_be_one_is_refused() -> None:
    code, sentence = refusal("user", "create", "a b", "--role", "finance")
    assert (code, sentence.split(":")[0]) == (1, "'a b' cannot be a user's name")


def test_a_partner_user_needs_a_partner() -> None:
    assert refusal("user", "create", "north-1", "--role", "partner") == (
        2,
        "A user with the role partner needs to know whose rows to see: give --partner.",
    )
    assert run_json("user", "create", "north-1", "--role", "partner", "--partner", "north")["partner"] == "north"


def test_an_unknown_role_is_a_usage_error_before_the_database_is_asked() -> None:
    _, sentence = refusal("user", "create", "mia", "--role", "boss")
    assert sentence.startswith("Error: argument --role: invalid choice: 'boss'")


def test_set_role_keeps_what_is_not_given() -> None:
    run("user", "create", "mia", "--role", "finance", "--team", "finance")
    run("user", "set-role", "mia", "--role", "manager")
    mia = User.objects.get(username="mia")
    assert (mia.role, mia.team, mia.partner) == ("manager", "finance", "")
    assert refusal("user", "set-role", "mia", "--role", "partner")[0] == 2
    assert refusal("user", "set-role", "ada", "--role", "partner") == (
        1,
        "There is no user 'ada'. `manage.py user list` shows those that there are.",
    )


def test_list_shows_every_user_by_name() -> None:
    run("user", "create", "zoe", "--role", "finance")
    run("user", "create", "ada", "--role", "administrator")
    assert [user["user"] for user in run_json("user", "list")] == ["ada", "zoe"]


def test_a_token_is_printed_once_and_kept_as_a_hash() -> None:
    run("user", "create", "mia", "--role", "finance")
    token = run_json("token", "create", "mia", "--name", "laptop")["token"]
    assert token.startswith("dsu_")
    row = ApiToken.objects.get()
    assert (row.name, row.expires_at, token.encode() in bytes(row.digest)) == ("laptop", None, False)
    assert token not in run("token", "list")
    assert user_of_token(token, now=timezone.now()).username == "mia"


def test_without_json_only_the_token_is_printed() -> None:
    run("user", "create", "mia", "--role", "finance")
    printed = run("token", "create", "mia")
    assert user_of_token(printed.strip(), now=timezone.now()).username == "mia"


def test_a_revoked_token_ends_at_once() -> None:
    run("user", "create", "mia", "--role", "finance")
    made = run_json("token", "create", "mia")
    run("token", "revoke", str(made["number"]))
    with pytest.raises(Unauthenticated):
        user_of_token(made["token"], now=timezone.now())
    assert refusal("token", "revoke", str(made["number"]))[0] == 1
    assert refusal("token", "revoke", "0") == (1, "There is no token 0. `manage.py token list` shows those that there are.")


def test_a_token_runs_out_after_its_days() -> None:
    run("user", "create", "mia", "--role", "finance")
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False):
        token = run_json("token", "create", "mia", "--days", "1")["token"]
        made_at = timezone.now()
    assert user_of_token(token, now=made_at + timedelta(hours=23, minutes=59)).username == "mia"
    with pytest.raises(Unauthenticated):
        user_of_token(token, now=made_at + timedelta(days=1))


def test_a_user_who_may_not_log_in_any_more_has_no_tokens_either() -> None:
    run("user", "create", "mia", "--role", "finance")
    token = run_json("token", "create", "mia")["token"]
    User.objects.update(is_active=False)
    with pytest.raises(Unauthenticated):
        user_of_token(token, now=timezone.now())


def test_use_is_noted_once_a_minute() -> None:
    run("user", "create", "mia", "--role", "finance")
    token = run_json("token", "create", "mia")["token"]
    first = timezone.now()
    for seconds in (0, 30, 59):
        user_of_token(token, now=first + timedelta(seconds=seconds))
    assert ApiToken.objects.get().last_used_at == first
    user_of_token(token, now=first + timedelta(seconds=61))
    assert ApiToken.objects.get().last_used_at == first + timedelta(seconds=61)


@pytest.mark.parametrize("arguments", [("user", "create"), ("user", "list"), ("token", "create"), ("token", "revoke")])
def test_help_has_examples(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(*arguments, "--help")
    assert caught.value.code == 0
    assert f"examples:\n  manage.py {' '.join(arguments)}" in capsys.readouterr().out
