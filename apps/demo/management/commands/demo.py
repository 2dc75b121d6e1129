"""`manage.py demo`: the sample's people and partners, its feed, its logins."""

import argparse
import json
import signal
import sys
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.core.errors import DistSyncError
from apps.demo import running, seeding

EXAMPLES = """examples:
  manage.py demo seed            users, partners, sites and credentials of the sample (again: only what is missing)
  manage.py demo live            tell the sample over HTTP until Ctrl-C; goes on where it stopped
  manage.py demo logins --json   who can log in, with which password

Only where DISTSYNC_DEMO=live: the passwords are known to everybody.
exit status: 0 done · 1 failed · 2 used wrongly
"""


class Command(BaseCommand):
    help = "The built-in sample: a distributor of medical supplies, told by CloudEvents over HTTP."
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        formatter = argparse.RawDescriptionHelpFormatter
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLES, formatter_class=formatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=("seed", "live", "logins"), metavar="seed|live|logins")
        parser.add_argument("--json", action="store_true", help="the answer as JSON")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            seeding.require_demo()
        except DistSyncError as error:
            raise CommandError(error.detail, returncode=2) from error
        try:
            getattr(self, options["act"])(as_json=options["json"])
        except DistSyncError as error:
            raise CommandError(error.detail) from error

    def seed(self, *, as_json: bool) -> None:
        made = seeding.seed(timezone.now())
        if as_json:
            self.stdout.write(json.dumps({"users_made": made, "logins": _logins()}))
            return
        self.stdout.write(f"The sample is ready: {len(made)} users made, {len(seeding.LOGINS) - len(made)} there already.")
        self.logins(as_json=False)

    def logins(self, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(_logins()))
            return
        for login in seeding.LOGINS:
            self.stdout.write(f"  {login.username:<20} {login.password:<26} {login.role.value}")

    def live(self, *, as_json: bool) -> None:
        tokens = seeding.read_tokens()
        if tokens is None:
            raise CommandError("The sample has no credentials yet: run `manage.py demo seed` first.")
        signal.signal(signal.SIGTERM, _end)
        try:
            running.run(tokens, now=timezone.now, say=lambda told: self._say(told, as_json=as_json))
        except KeyboardInterrupt:
            self._say("The live feed ends; it goes on from here next time.", as_json=as_json)

    def _say(self, told: str, *, as_json: bool) -> None:
        self.stdout.write(json.dumps({"told": told}) if as_json else told)
        self.stdout.flush()


def _logins() -> list[dict[str, str]]:
    return [{"username": login.username, "password": login.password, "role": login.role.value} for login in seeding.LOGINS]


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
