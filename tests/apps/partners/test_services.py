"""Credentials: made once, let in at their doors, rotated with overlap, revoked."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.errors import Conflict, Forbidden, NotFound, Unauthenticated, Unreadable
from apps.partners import services
from apps.partners.doors import DOORS
from apps.partners.models import Credential, Partner
from apps.partners.services import MEMORY, CredentialInfo, authenticate, create_credential, revoke, rotate

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    services.forget()


def is_let_in(token: str, now: datetime = NOW) -> bool:
    try:
        authenticate(token, "events", now)
    except Unauthenticated:
        return False
    return True


def test_a_new_credential_opens_its_doors() -> None:
    token = create_credential("oms")
    assert authenticate(token, "events", NOW) == CredentialInfo("oms", frozenset(DOORS), None, False, None, None)


def test_a_credential_has_what_it_was_given() -> None:
    expires = NOW + timedelta(days=1)
    token = create_credential(
        "north",
        partner="northstar",
        doors=["hooks", "events", "events"],
        may_send_history=True,
        expires_at=expires,
        rate_limit_per_second=50,
    )
    assert authenticate(token, "hooks", NOW) == CredentialInfo(
        "north", frozenset({"events", "hooks"}), "northstar", True, 50, expires
    )
    assert Credential.objects.get().doors == ["events", "hooks"]
    assert list(Partner.objects.values_list("code", "is_discovered")) == [("northstar", True)]


def test_the_token_is_not_kept() -> None:
    token = create_credential("oms")
    row = Credential.objects.get()
    assert token.startswith("ds_")
    assert len(token) == 46  # 256 bits
    assert bytes(row.digest) == services.digest_of(token)
    assert token not in str(vars(row))


@pytest.mark.parametrize("token", ["", "ds_", "ds_" + "x" * 43, "\x00", "ü", "\udc00".encode("latin-1", "replace").decode()])
def test_an_unknown_token_is_nobody(token: str) -> None:
    create_credential("oms")
    with pytest.raises(Unauthenticated):
        authenticate(token, "events", NOW)


def test_another_door_is_forbidden() -> None:
    token = create_credential("oms", doors=["edi", "events"])
    with pytest.raises(Forbidden) as refusal:
        authenticate(token, "otlp", NOW)
    assert refusal.value.detail == "The credential `oms` may not use the door `otlp`, only edi, events."


def test_a_name_is_used_once() -> None:
    create_credential("oms")
    with pytest.raises(Conflict) as refusal:
        create_credential("oms")
    assert refusal.value.detail == "There is already a credential `oms`: `source rotate` gives it a new token."


@pytest.mark.parametrize("name", ["", "  ", "a\x00", "\ud800", "x" * 201])
def test_a_name_must_be_a_name(name: str) -> None:
    with pytest.raises(Unreadable):
        create_credential(name)
    with pytest.raises(Unreadable):
        create_credential("oms", partner=name)
    assert Credential.objects.count() == 0


def test_an_unknown_door_is_refused() -> None:
    with pytest.raises(Unreadable) as refusal:
        create_credential("oms", doors=["events", "window"])
    assert refusal.value.detail.startswith("There is no door `window`")


def test_rotation_overlaps() -> None:
    old = create_credential("north", partner="northstar", doors=["events"], may_send_history=True, rate_limit_per_second=9)
    new = rotate("north", now=NOW, overlap=timedelta(hours=1))
    assert old != new
    assert [is_let_in(old), is_let_in(new)] == [True, True]
    just_before, then = NOW + timedelta(minutes=59, seconds=59), NOW + timedelta(hours=1)
    assert [is_let_in(old, just_before), is_let_in(old, then), is_let_in(new, then)] == [True, False, True]
    assert authenticate(new, "events", then) == CredentialInfo("north", frozenset({"events"}), "northstar", True, 9, None)


def test_rotation_never_lengthens_a_life() -> None:
    old = create_credential("oms", expires_at=NOW + timedelta(minutes=1))
    rotate("oms", now=NOW, overlap=timedelta(hours=1))
    assert not is_let_in(old, NOW + timedelta(minutes=1))


def test_revoking_ends_every_token() -> None:
    old = create_credential("oms")
    new = rotate("oms", now=NOW)
    assert revoke("oms") == 2
    assert [is_let_in(old), is_let_in(new)] == [False, False]
    for act in (lambda: revoke("oms"), lambda: rotate("oms", now=NOW), lambda: revoke("nobody")):
        with pytest.raises(NotFound):
            act()


def test_a_known_token_costs_no_query_until_the_memory_ends() -> None:
    token = create_credential("oms")
    authenticate(token, "events", NOW)
    with CaptureQueriesContext(connection) as queries:
        authenticate(token, "events", NOW + MEMORY - timedelta(microseconds=1))
    assert len(queries) == 0
    with CaptureQueriesContext(connection) as queries:
        authenticate(token, "events", NOW + MEMORY)
    assert len(queries) == 1


def test_another_processs_revocation_is_seen_when_the_memory_ends() -> None:
    token = create_credential("oms")
    assert is_let_in(token, NOW)
    Credential.objects.update(is_active=False)  # as another process would: nothing here hears of it
    assert is_let_in(token, NOW + MEMORY - timedelta(microseconds=1))
    assert not is_let_in(token, NOW + MEMORY)


def test_use_is_noted_once_a_minute() -> None:
    token = create_credential("oms")
    noted = []
    for seconds in (0, 30, 61):
        authenticate(token, "events", NOW + timedelta(seconds=seconds))
        noted.append(Credential.objects.get().last_used_at)
    assert noted == [NOW, NOW, NOW + timedelta(seconds=61)]
