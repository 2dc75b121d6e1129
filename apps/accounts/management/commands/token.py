"""`manage.py token`: API tokens of users. A token is printed once, when it is made, and never again."""

import argparse
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from apps.accounts.commands import AccountCommand, verb
from apps.accounts.models import ApiToken
from apps.accounts.services import OVERLAP, find_user, issue_token, revoke_token, rotate_token

CREATE = """\
  manage.py token create mia
  manage.py token create mia --name laptop --days 90 --json
"""
LIST = """\
  manage.py token list
  manage.py token list --user mia --json
"""
ROTATE = """\
  manage.py token rotate 17
  manage.py token rotate 17 --overlap-hours 1 --json
"""
REVOKE = """\
  manage.py token revoke 17
"""


class Command(AccountCommand):
    help = "Make, list, rotate and revoke users' API tokens."
    examples = "examples:\n" + CREATE + LIST + ROTATE + REVOKE

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="create|list|rotate|revoke")
        create = verb(verbs, "create", "Make a token and print it once.", examples=CREATE)
        create.add_argument("user")
        create.add_argument("--name", default="", help="what the token is for")
        create.add_argument("--days", type=_days, help="how many days it lives (without: until it is revoked)")
        listing = verb(verbs, "list", "List tokens by number, never the tokens themselves.", examples=LIST)
        listing.add_argument("--user", help="only those of one user")
        rotate = verb(verbs, "rotate", "Make a new token; the old one stays valid for the overlap.", examples=ROTATE)
        rotate.add_argument("number", type=int, help="its number, as `token list` shows it")
        rotate.add_argument("--overlap-hours", type=_hours, default=OVERLAP, help="how long (24)")
        revoke = verb(verbs, "revoke", "End a token at once.", examples=REVOKE)
        revoke.add_argument("number", type=int, help="its number, as `token list` shows it")

    def do_create(self, options: dict[str, Any]) -> None:
        user = find_user(options["user"])
        expires_at = timezone.now() + timedelta(days=options["days"]) if options["days"] else None
        row, token = issue_token(user, name=options["name"], expires_at=expires_at)
        self.answer(options, {"token": token, **_document(row)}, token)

    def do_list(self, options: dict[str, Any]) -> None:
        rows = ApiToken.objects.select_related("user").order_by("pk")
        if options["user"]:
            rows = rows.filter(user=find_user(options["user"]))
        documents = [_document(row) for row in rows]
        lines = [f"{row.pk:>6} {row.user.username:<24} {_state(row):<28} {_last_used(row):<16} {row.name}" for row in rows]
        header = f"{'NUMBER':>6} {'USER':<24} {'STATE':<28} {'LAST USED':<16} NAME"
        self.answer(options, documents, "\n".join([header, *lines]))

    def do_rotate(self, options: dict[str, Any]) -> None:
        row, token = rotate_token(options["number"], now=timezone.now(), overlap=options["overlap_hours"])
        self.answer(options, {"token": token, **_document(row)}, token)

    def do_revoke(self, options: dict[str, Any]) -> None:
        row = revoke_token(options["number"], now=timezone.now())
        self.answer(options, _document(row), f"Token {row.pk} of {row.user.username} is revoked.")


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 3650:
        raise argparse.ArgumentTypeError(f"expected a whole number of days from 1 to 3650, not {text!r}")
    return int(text)


def _hours(text: str) -> timedelta:
    if not text.isdecimal() or int(text) > 8760:
        raise argparse.ArgumentTypeError(f"expected a whole number of hours from 0 to 8760, not {text!r}")
    return timedelta(hours=int(text))


def _state(row: ApiToken) -> str:
    if row.revoked_at:
        return f"revoked {row.revoked_at:%Y-%m-%d}"
    if row.expires_at is None:
        return "valid"
    return f"{'expired' if row.expires_at <= timezone.now() else 'valid until'} {row.expires_at:%Y-%m-%d %H:%M}"


def _last_used(row: ApiToken) -> str:
    return f"{row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never"


def _document(row: ApiToken) -> dict[str, Any]:
    return {
        "number": row.pk,
        "user": row.user.username,
        "name": row.name,
        "created_at": _time(row.created_at),
        "expires_at": _time(row.expires_at),
        "last_used_at": _time(row.last_used_at),
        "revoked_at": _time(row.revoked_at),
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
