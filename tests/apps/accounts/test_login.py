"""The login page: sign-up is closed, a second factor can be set up and is asked for."""

import json
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
from cryptography.fernet import InvalidToken
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

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
    assert client.post("/accounts/signup/", form).status_code == 404
    assert not User.objects.exists()


def test_a_second_factor_is_asked_for(client: Client, mia: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(mia, secret)
    assert log_in(client) == 302
    assert "_auth_user_id" not in client.session
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    assert client.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 302
    assert client.session["_auth_user_id"] == str(mia.pk)


@pytest.mark.parametrize(
    "path", ["email/", "password/reset/", "password/set/", "confirm-email/", "3rdparty/signup/", "social/login/error/"]
)
def test_what_needs_e_mail_or_makes_accounts_is_not_there(client: Client, mia: User, path: str) -> None:
    client.force_login(mia)
    assert {client.get(f"/accounts/{path}").status_code, client.post(f"/accounts/{path}").status_code} == {404}


def test_the_secret_of_a_second_factor_is_encrypted_and_outlives_a_change_of_key(settings: Settings, mia: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(mia, secret)
    RecoveryCodes.activate(mia)
    kept = [json.dumps(authenticator.data) for authenticator in Authenticator.objects.filter(user=mia)]
    assert len(kept) == 2
    assert all('": "sealed:' in data and secret not in data for data in kept)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key that is as long as a key should be"
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    assert Authenticator.objects.get(user=mia, type="totp").wrap().validate_code(code)
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(InvalidToken):
        Authenticator.objects.get(user=mia, type="totp").wrap().validate_code(code)


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
