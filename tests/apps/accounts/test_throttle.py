"""Guessing is slowed by name and address, in the database, and nobody learns from it which names there are."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.accounts.services import create_user
from apps.accounts.tasks import forget
from apps.accounts.throttle import unlock

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
HERE, ELSEWHERE = "192.0.2.7", "192.0.2.8"
NOW = timezone.now()


@pytest.fixture(autouse=True)
def at_a_moment() -> Any:
    cache.clear()
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def mia() -> User:
    return create_user("mia", role=Role.FINANCE, password=PASSWORD)


def log_in(
    password: str = PASSWORD, *, name: str = "mia", address: str = HERE, client: Client | None = None, **meta: str
) -> Any:
    form = {"login": name, "password": password}
    return (client or Client()).post("/accounts/login/", form, REMOTE_ADDR=address, **meta)


def fail(times: int, **how: str) -> list[int]:
    return [log_in("wrong", **how).status_code for _ in range(times)]


def test_the_fifth_failure_locks_and_says_for_how_long(mia: User) -> None:
    assert fail(5) == [200, 200, 200, 200, 429]
    locked = log_in()
    assert (locked.status_code, locked["Retry-After"], "_auth_user_id" in locked.wsgi_request.session) == (429, "900", False)
    assert "Try again in 15 minutes." in locked.content.decode()
    assert "<h1>Too many attempts</h1>" in locked.content.decode()
    assert locked["Cache-Control"] == "private, no-store"


def test_others_are_not_locked_with_them(mia: User) -> None:
    create_user("ben", role=Role.MANAGER, password=PASSWORD)
    fail(5)
    assert (log_in(address=ELSEWHERE).status_code, log_in(name="ben").status_code) == (302, 302)


def test_a_name_that_nobody_has_is_locked_in_the_same_words(mia: User) -> None:
    seen = [(fail(5, name=name), log_in(name=name).content) for name in ("mia", "nobody")]
    assert seen[0] == seen[1]


def test_a_failure_says_the_same_of_a_wrong_password_a_wrong_name_an_inactive_user_and_one_without_password() -> None:
    create_user("mia", role=Role.FINANCE, password=PASSWORD)
    create_user("gone", role=Role.FINANCE, password=PASSWORD)
    create_user("machine", role=Role.FINANCE)
    User.objects.filter(username="gone").update(is_active=False)
    pages = set()
    for name in ("mia", "nobody", "gone", "machine"):
        page = log_in("wrong", name=name)
        assert page.status_code == 200
        csrf = page.context["csrf_token"]
        pages.add(page.content.decode().replace(str(csrf), "").replace(f'value="{name}"', ""))
    assert len(pages) == 1


def test_the_same_work_is_done_whether_or_not_there_is_such_a_user(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """One run of the slow hash each: so the time of an answer tells nothing."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    create_user("mia", role=Role.FINANCE, password=PASSWORD)
    create_user("gone", role=Role.FINANCE, password=PASSWORD)
    create_user("machine", role=Role.FINANCE)
    User.objects.filter(username="gone").update(is_active=False)
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    runs: list[str] = []
    encode = PBKDF2PasswordHasher.encode
    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", lambda *a, **k: runs.append("once") or encode(*a, **k))
    for name in ("mia", "nobody", "gone", "machine"):
        runs.clear()
        log_in("wrong", name=name)
        assert runs == ["once"], name


@pytest.mark.parametrize("name", ["MIA", "Mia", " mia "])
def test_the_name_written_otherwise_is_the_same_name(mia: User, name: str) -> None:
    fail(4)
    assert fail(1, name=name) == [429]
    assert log_in().status_code == 429


def test_a_wiped_broker_forgives_nobody(mia: User) -> None:
    fail(5)
    cache.clear()
    assert log_in().status_code == 429


def test_it_ends_by_itself_and_trying_on_does_not_prolong_it(mia: User, at_a_moment: Any) -> None:
    fail(5)
    at_a_moment.shift(timedelta(minutes=14))
    assert (log_in().status_code, log_in("wrong")["Retry-After"]) == (429, "60")
    at_a_moment.shift(timedelta(minutes=1, seconds=1))
    assert log_in().status_code == 302


def test_a_success_starts_the_count_anew(mia: User) -> None:
    fail(4)
    assert log_in().status_code == 302
    assert fail(4) == [200] * 4


def test_an_administrator_unlocks(mia: User) -> None:
    fail(5)
    fail(5, address=ELSEWHERE)
    assert unlock("MIA") == 2
    assert log_in().status_code == 302


def test_many_addresses_together_are_slowed_by_allauths_own_limit(mia: User) -> None:
    assert {status for number in range(25) for status in fail(2, address=f"198.51.100.{number}")} == {200}
    assert "_auth_user_id" not in log_in(address="203.0.113.9").wsgi_request.session


def test_nothing_of_a_failed_form_is_kept_but_the_name(mia: User) -> None:
    for _ in range(2):
        log_in("hunter2-hunter2", QUERY_STRING="next=/orders/?secret=s3cr3t")
    (row,) = AccessAttempt.objects.values()
    assert (row["username"], row["ip_address"], row["failures_since_start"]) == ("MIA", HERE, 2)
    assert (row["get_data"], row["post_data"]) == ("", "")


@pytest.mark.parametrize(
    ("name", "address", "agent"),
    [
        ("n" * 150, HERE, ""),
        ("ßẞŉ" * 50, HERE, "x" * 9000),
        ("mia", "", "\xff\xfe"),
        ("mia", "fe80::1%eth0", ""),
        ("mia", "::ffff:192.0.2.7", ""),
    ],
)
def test_no_name_address_or_browser_breaks_it(name: str, address: str, agent: str) -> None:
    fail(6, name=name, address=address, HTTP_USER_AGENT=agent)
    assert log_in("wrong", name=name, address=address, HTTP_USER_AGENT=agent).status_code == 429


def test_forwarded_addresses_are_believed_only_behind_a_proxy(mia: User, settings: Settings) -> None:
    spoofed = [log_in("wrong", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}").status_code for number in range(5)]
    assert spoofed[-1] == 429, "without a proxy the header is the client's own invention"
    AccessAttempt.objects.all().delete()
    settings.TRUSTED_PROXIES = 1
    spoofed = [log_in("wrong", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}, 198.51.100.1").status_code for number in range(5)]
    assert spoofed[-1] == 429, "what stands left of the proxy's own entry is the client's own invention"
    assert log_in(HTTP_X_FORWARDED_FOR="198.51.100.2").status_code == 302


def signed_in_halfway(user: User, secret: str) -> Client:
    client = Client(REMOTE_ADDR=HERE)
    TOTP.activate(user, secret)
    assert log_in(client=client).status_code == 302
    return client


def test_wrong_codes_of_a_second_factor_lock_too_and_then_the_right_one_is_not_looked_at(mia: User) -> None:
    secret = generate_totp_secret()
    client = signed_in_halfway(mia, secret)
    statuses = [client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    cache.clear()
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    answer = client.post("/accounts/2fa/authenticate/", {"code": code})
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert "_auth_user_id" not in client.session


def test_asking_again_for_the_password_counts_too(mia: User) -> None:
    client = Client(REMOTE_ADDR=HERE)
    client.force_login(mia)
    statuses = [client.post("/accounts/reauthenticate/", {"password": "wrong"}).status_code for _ in range(5)]
    assert statuses[-1] == 429
    assert log_in().status_code == 429


def test_what_is_over_is_forgotten(mia: User, at_a_moment: Any) -> None:
    fail(1)
    log_in(client=(client := Client()), address=ELSEWHERE)
    assert (AccessAttempt.objects.count(), Session.objects.count()) == (1, 1)
    at_a_moment.shift(timedelta(minutes=16))
    forget()
    assert (AccessAttempt.objects.count(), Session.objects.count()) == (0, 1)
    at_a_moment.shift(timedelta(hours=12))
    forget()
    assert Session.objects.count() == 0
    assert client.get("/orders/").status_code == 302
