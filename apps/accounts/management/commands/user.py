"""`manage.py user`: make, list and change users without ever asking a question."""

import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from apps.accounts.commands import AccountCommand, verb
from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.accounts.services import create_user, find_user, set_active, set_password, set_role
from apps.accounts.throttle import unlock

CREATE = """\
  manage.py user create mia --role finance --team finance
  manage.py user create north-1 --role partner --partner northstar
  printf '%s' "$PASSWORD" | manage.py user create ada --role administrator --password-stdin
"""
LIST = """\
  manage.py user list
  manage.py user list --json
"""
SET_ROLE = """\
  manage.py user set-role mia --role manager
  manage.py user set-role mia --role partner --partner northstar
"""
RENEW = """\
  printf '%s' "$PASSWORD" | manage.py user set-password mia
"""
DEACTIVATE = """\
  manage.py user deactivate mia
"""
ACTIVATE = """\
  manage.py user activate mia
"""
UNLOCK = """\
  manage.py user unlock mia
"""


def _add_role(parser: CommandParser) -> None:
    parser.add_argument("--role", required=True, choices=[role.value for role in Role], help="what the user may see and do")
    parser.add_argument("--team", help="the team whose queue the user works")
    parser.add_argument("--partner", help="the partner whose rows a user with the role partner sees")


class Command(AccountCommand):
    help = "Make, list, change, lock out and let in users."
    examples = "examples:\n" + CREATE + LIST + SET_ROLE + RENEW + DEACTIVATE + ACTIVATE + UNLOCK

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        create = verb(verbs, "create", "Make a user.", examples=CREATE)
        create.add_argument("name")
        _add_role(create)
        create.add_argument(
            "--password-stdin",
            action="store_true",
            help="read the password from standard input (else only tokens let in)",
        )
        verb(verbs, "list", "List all users.", examples=LIST)
        change = verb(verbs, "set-role", "Give a user another role.", examples=SET_ROLE)
        change.add_argument("name")
        _add_role(change)
        for name, summary, examples in (
            ("set-password", "Read a new password from standard input. It ends every session of the user.", RENEW),
            ("deactivate", "Keep a user out at once, sessions and tokens included. Nothing is deleted.", DEACTIVATE),
            ("activate", "Let a user in again.", ACTIVATE),
            ("unlock", "Forget a user's failed logins.", UNLOCK),
        ):
            verb(verbs, name, summary, examples=examples).add_argument("name")

    def do_create(self, options: dict[str, Any]) -> None:
        _refuse_missing_partner(options, known="")
        password = self._read_password() if options["password_stdin"] else None
        user = create_user(
            options["name"],
            role=Role(options["role"]),
            team=options["team"] or "",
            partner=options["partner"] or "",
            password=password,
        )
        way_in = "can log in" if password else "has no password: `manage.py token create` gives a token"
        self.answer(options, _document(user), f"User {user.username} with the role {user.role} was made, and {way_in}.")

    def do_list(self, options: dict[str, Any]) -> None:
        users = list(User.objects.order_by("username"))
        lines = [f"{user.username:<24} {user.role:<20} {user.team or '-':<20} {user.partner or '-'}" for user in users]
        header = f"{'USER':<24} {'ROLE':<20} {'TEAM':<20} PARTNER"
        self.answer(options, [_document(user) for user in users], "\n".join([header, *lines]))

    def do_set_role(self, options: dict[str, Any]) -> None:
        user = find_user(options["name"])
        _refuse_missing_partner(options, known=user.partner)
        set_role(user, role=Role(options["role"]), team=options["team"], partner=options["partner"])
        self.answer(options, _document(user), f"User {user.username} now has the role {user.role}.")

    def do_set_password(self, options: dict[str, Any]) -> None:
        user = find_user(options["name"])
        set_password(user, self._read_password())
        self.answer(options, _document(user), f"User {user.username} has a new password, and every session was ended.")

    def do_deactivate(self, options: dict[str, Any]) -> None:
        user = find_user(options["name"])
        set_active(user, active=False)
        self.answer(options, _document(user), f"User {user.username} is kept out.")

    def do_activate(self, options: dict[str, Any]) -> None:
        user = find_user(options["name"])
        set_active(user, active=True)
        self.answer(options, _document(user), f"User {user.username} is let in again.")

    def do_unlock(self, options: dict[str, Any]) -> None:
        user = find_user(options["name"])
        unlock(user.username)
        self.answer(options, _document(user), f"User {user.username} can try again.")

    def _read_password(self) -> str:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise CommandError("Expected the password as the first line of standard input, and it was empty.")
        try:
            validate_password(password)
        except ValidationError as error:
            # Whoever runs this commands the deployment; a demo may want a short one.
            self.stderr.write("The password was taken, but: " + " ".join(error.messages))
        return password


def _refuse_missing_partner(options: dict[str, Any], *, known: str) -> None:
    if options["role"] == Role.PARTNER and not (options["partner"] or known):
        raise CommandError("A user with the role partner needs to know whose rows to see: give --partner.", returncode=2)


def _document(user: User) -> dict[str, Any]:
    return {
        "user": user.username,
        "role": user.role,
        "team": user.team or None,
        "partner": user.partner or None,
        "active": user.is_active,
        "password": user.has_usable_password(),
    }
