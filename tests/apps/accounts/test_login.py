"""The login page: sign-up is closed, guesses are slowed, a second factor can be set up and is asked for."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from django.test import Client

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.accounts.services import create_user

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _fresh_rate_limits() -> None:
    cache.clear()


@pytest.fixture
def mia() -> User:
    return create_user("mia", role=Role.FINANCE, password=PASSWORD)


def log_in(client: Client, password: str = PASSWORD) -> int:
    return client.post("/accounts/login/", {"login": "mia", "password": password}).status_code


def test_the_right_password_logs_in(client: Client, mia: User) -> None:
    assert log_in(client) == 302
    assert client.session["_auth_user_id"] == str(mia.pk)


def test_sign_up_is_closed(client: Client) -> None:
    form = {"username": "eve", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", form)
    assert not User.objects.exists()


def test_guessing_is_slowed(client: Client, mia: User) -> None:
    for _ in range(5):
        assert log_in(client, "wrong") == 200
    log_in(client)
    assert "_auth_user_id" not in client.session


def test_a_second_factor_is_asked_for(client: Client, mia: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(mia, secret)
    assert log_in(client) == 302
    assert "_auth_user_id" not in client.session
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    assert client.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 302
    assert client.session["_auth_user_id"] == str(mia.pk)


def test_a_recovery_code_lets_in_once(mia: User) -> None:
    TOTP.activate(mia, generate_totp_secret())
    code = RecoveryCodes.activate(mia).get_unused_codes()[0]
    for is_first in (True, False):
        client = Client()
        log_in(client)
        client.post("/accounts/2fa/authenticate/", {"code": code})
        assert ("_auth_user_id" in client.session) is is_first


def test_totp_can_be_set_up_from_the_page(client: Client, mia: User) -> None:
    log_in(client)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/")
    secret = re.search(r"[A-Z2-7]{32}", page.content.decode())
    assert secret is not None
    code = format_hotp_value(hotp_value(secret[0], next(yield_hotp_counters_from_time())))
    assert client.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302
    assert {authenticator.type for authenticator in Authenticator.objects.filter(user=mia)} == {"totp", "recovery_codes"}
