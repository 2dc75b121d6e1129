"""No form is taken from elsewhere: each address that changes anything refuses a request without the form's token."""

import pytest
from django.test import Client

from apps.accounts.models import User
from tests.security.addresses import ADDRESSES, METHODS, Kind

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.security.urls")]
UNSAFE = [method for method in METHODS if method not in {"GET", "HEAD", "OPTIONS"}]
GUARDED = [route for route, address in ADDRESSES.items() if address.kind not in {Kind.DOOR, Kind.OPEN, Kind.CLOSED}]


@pytest.mark.parametrize("route", GUARDED)
def test_without_its_token_nothing_is_changed(route: str) -> None:
    user = User.objects.create(username="ada", role="administrator")
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    url = ADDRESSES[route].url.replace("{key}", "1").replace("{case}", "0" * 32)
    for method in UNSAFE:
        got = getattr(client, method.lower())(url, ADDRESSES[route].body).status_code
        assert got == 403, f"{method} {url}: {got}"
