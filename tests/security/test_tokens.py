"""Tokens: digests alone are kept, rotated with overlap, revoked at once, and guessing them is slowed."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from apps.accounts.models import ApiToken, User
from apps.accounts.services import issue_token, revoke_token, rotate_token, user_of_token
from apps.core import guessing
from apps.core.errors import Conflict, Unauthenticated
from apps.core.tokens import SHAPE, digest_of, is_token_of
from apps.partners.services import create_credential, forget

pytestmark = pytest.mark.django_db
DOOR = {"content_type": "application/cloudevents-batch+json"}


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    cache.clear()
    forget()


@pytest.fixture
def mia() -> User:
    return User.objects.create(username="mia", role="finance")


def everything_kept() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        kept = []
        for table in tables:
            cursor.execute(f'SELECT row::text FROM "{table}" AS row')
            kept += [text for (text,) in cursor.fetchall()]
    return "\n".join(kept)


def test_nothing_that_is_kept_holds_a_token(mia: User) -> None:
    tokens = [issue_token(mia)[1], create_credential("oms")]
    Client().get("/api/v1/orders", headers={"Authorization": f"Bearer {tokens[0]}"})
    event = '[{"specversion":"1.0","id":"1","source":"/oms","type":"t"}]'
    taken = Client().post("/api/v1/events", event, headers={"Authorization": f"Bearer {tokens[1]}"}, **DOOR)
    assert taken.status_code == 202
    kept = everything_kept()
    assert digest_of(tokens[0]).hex() in kept
    for token in tokens:
        assert token not in kept
        assert token.encode().hex() not in kept


def test_a_token_is_recognised_by_its_prefix_and_decided_by_its_digest(mia: User) -> None:
    for token, prefix in ((issue_token(mia)[1], "dsu_"), (create_credential("oms"), "ds_")):
        assert token.startswith(prefix)
        assert len(token) == len(prefix) + 43  # 256 bits
        assert SHAPE.fullmatch(token)
        assert is_token_of(token, digest_of(token))
        assert not is_token_of(token + "x", digest_of(token))
        assert not is_token_of(token, digest_of(token)[:-1])


def test_a_users_token_rotates_with_overlap(mia: User) -> None:
    now = timezone.now()
    row, old = issue_token(mia, name="laptop", expires_at=now + timedelta(days=30))
    fresh, new = rotate_token(row.pk, now=now, overlap=timedelta(hours=2))
    assert (fresh.name, fresh.expires_at) == ("laptop", pytest.approx(now + timedelta(days=30), abs=timedelta(seconds=5)))
    soon, late = now + timedelta(hours=1), now + timedelta(hours=2)
    assert {user_of_token(token, now=soon) for token in (old, new)} == {mia}
    assert user_of_token(new, now=late) == mia
    with pytest.raises(Unauthenticated):
        user_of_token(old, now=late)
    with pytest.raises(Conflict):
        rotate_token(row.pk, now=late)
    revoke_token(fresh.pk, now=late)
    with pytest.raises(Unauthenticated):
        user_of_token(new, now=late)


def test_the_token_command_rotates_and_shows_the_last_use_and_no_token_twice(mia: User) -> None:
    def run(*arguments: str) -> str:
        out = StringIO()
        call_command("token", *arguments, stdout=out)
        return out.getvalue()

    old = run("create", "mia").strip()
    number = str(ApiToken.objects.get().pk)
    new = run("rotate", number, "--overlap-hours", "0").strip()
    user_of_token(new, now=timezone.now())
    with pytest.raises(Unauthenticated):
        user_of_token(old, now=timezone.now())
    for listing in (run("list"), run("list", "--json")):
        assert not re.search(r"dsu?_\w", listing)
    first, second = run("list").splitlines()[1:]
    assert ("expired" in first, "never" in first) == (True, True)
    assert (f"{timezone.now():%Y-%m-%d}" in second, "valid " in second) == (True, True)
    with pytest.raises(CommandError, match="has ended"):
        run("rotate", number)


def guesses(path: str, times: int, address: str) -> list[int]:
    def ask(number: int) -> int:
        headers = {"Authorization": f"Bearer dsu_guess-{number}"}
        client = Client(REMOTE_ADDR=address)
        ask = client.get if path == "/api/v1/orders" else client.post
        return int(ask(path, headers=headers).status_code)

    return [ask(number) for number in range(times)]


@pytest.mark.parametrize("path", ["/api/v1/orders", "/api/v1/events"])
def test_an_address_that_guesses_is_not_listened_to(path: str, monkeypatch: pytest.MonkeyPatch, mia: User) -> None:
    monkeypatch.setattr(guessing, "GUESSES", 3)
    assert guesses(path, 5, "192.0.2.1") == [401, 401, 401, 429, 429]
    assert guesses(path, 1, "192.0.2.2") == [401]
    refused = Client(REMOTE_ADDR="192.0.2.1").generic("POST", "/api/v1/events", headers={"Authorization": "Bearer ds_x"})
    assert (refused.status_code, refused["Retry-After"], refused["Content-Type"]) == (429, "60", "application/problem+json")


def test_one_who_guesses_does_not_silence_a_good_neighbour(monkeypatch: pytest.MonkeyPatch, mia: User) -> None:
    monkeypatch.setattr(guessing, "GUESSES", 3)
    good = {"Authorization": f"Bearer {issue_token(mia)[1]}"}
    assert Client(REMOTE_ADDR="192.0.2.1").get("/api/v1/orders", headers=good).status_code == 200
    assert guesses("/api/v1/orders", 5, "192.0.2.1")[-1] == 429
    assert Client(REMOTE_ADDR="192.0.2.1").get("/api/v1/orders", headers=good).status_code == 200


def test_without_the_broker_nobody_is_slowed(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(guessing, "GUESSES", 3)
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    assert guesses("/api/v1/orders", 5, "192.0.2.1") == [401] * 5
