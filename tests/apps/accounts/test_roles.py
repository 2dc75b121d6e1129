"""The matrix of roles and permissions, and its published page."""

import io
import json
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError

from apps.accounts.models import User
from apps.accounts.roles import MATRIX, MEANINGS, Permission, Role, may


def printed(*arguments: str) -> str:
    out = io.StringIO()
    call_command("permissions", *arguments, stdout=out)
    return out.getvalue()


def test_every_role_and_permission_has_its_place() -> None:
    assert set(MATRIX) == set(Role)
    assert set(MEANINGS) == set(Permission)


def test_an_unknown_role_may_nothing() -> None:
    assert not any(may(role, permission) for role in ("", "boss", "Finance") for permission in Permission)


def test_a_partner_sees_neither_money_nor_customers_nor_others() -> None:
    assert [permission for permission in Permission if may("partner", permission)] == [
        Permission.SEE_ORDERS,
        Permission.SEE_MESSAGES,
        Permission.SEE_CONTRACTS,
        Permission.SEE_EXCEPTIONS,
        Permission.COMMENT_EXCEPTIONS,
    ]


def test_only_an_administrator_may_everything() -> None:
    assert [role for role in Role if MATRIX[role] == frozenset(Permission)] == [Role.ADMINISTRATOR]


def test_the_published_page_is_up_to_date() -> None:
    page = (Path(settings.BASE_DIR) / "docs" / "permissions.md").read_text()
    assert page == printed("--markdown"), "run `manage.py permissions --markdown > docs/permissions.md`"


def test_scripts_get_json() -> None:
    assert json.loads(printed("--json"))["partner"] == [
        "see_orders",
        "see_messages",
        "see_contracts",
        "see_exceptions",
        "comment_exceptions",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{"role": "boss"}, {"role": "partner"}])
def test_the_database_refuses_what_the_matrix_does_not_know(fields: dict[str, str]) -> None:
    with pytest.raises(IntegrityError):
        User.objects.create(username="eve", **fields)
