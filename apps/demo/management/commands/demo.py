"""`manage.py demo`: the sandbox's people and partners, its feed, its logins; its messages and their truth for tests."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.accounts.services import find_user, issue_token
from apps.core.errors import DistSyncError, Unreadable
from apps.core.time import parse_time
from apps.demo import running, seeding, verifying
from apps.demo.feed import Tokens
from apps.demo.truth.book import Book
from apps.demo.world.faults import DEFAULT_RATES, NO_FAULTS
from apps.demo.world.programme import Plan, Programme

EXAMPLES = """examples:
  manage.py demo seed                                 users, partners, sites and credentials (again: only what is missing)
  manage.py demo live                                 tell the world over HTTP until Ctrl-C; goes on where it stopped
  manage.py demo logins --json                        who can log in, with which password
  manage.py demo messages --seed 7 --orders 500 > m.ndjson        a history as NDJSON, without a server
  manage.py demo tell --seed 7 --orders 500 --truth truth.json    a history to the running system, and its ground truth
  manage.py demo verify --seeds 1,2,3,4,5 --orders 5000 --json    tell worlds, and compare the API with their truth

The same --seed, --start, --days and --orders give the same bytes. Only where DISTSYNC_DEMO=live (except `messages`):
the passwords are known to everybody. See docs/demo.md.
exit status: 0 done · 1 failed, or the API differs from the truth · 2 used wrongly
"""
ACTS = ("seed", "live", "logins", "tell", "messages", "verify")


class Command(BaseCommand):
    help = "The sandbox network: a distributor of medical supplies and its partners, told by CloudEvents over HTTP."
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        formatter = argparse.RawDescriptionHelpFormatter
        return super().create_parser(prog_name, subcommand, epilog=EXAMPLES, formatter_class=formatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=ACTS, metavar="|".join(ACTS))
        parser.add_argument("--json", action="store_true", help="the answer as JSON")
        parser.add_argument("--seed", type=int, default=1, help="which world (1)")
        parser.add_argument("--seeds", default="1,2,3,4,5", help="verify: which worlds, told apart by their marks (1,2,3,4,5)")
        parser.add_argument("--orders", type=int, default=500, help="how many orders begin in it (500)")
        parser.add_argument("--days", type=int, default=30, help="how many days it lasts (30)")
        parser.add_argument("--start", help="when it begins, RFC 3339 (so that it ends at this full hour)")
        parser.add_argument("--mark", default="", help="letters that set its identifiers apart, as in SO-<mark>10001")
        parser.add_argument("--truth", type=Path, help="where to write the ground truth, as JSON")
        parser.add_argument("--no-faults", action="store_true", help="a world in which nothing is late, lost or wrong")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            if options["act"] != "messages":
                seeding.require_demo()
            self._check(options)
        except DistSyncError as error:
            raise CommandError(error.detail, returncode=2) from error
        try:
            getattr(self, options["act"])(options)
        except DistSyncError as error:
            raise CommandError(error.detail) from error

    def _check(self, options: dict[str, Any]) -> None:
        if options["orders"] < 1 or not 1 <= options["days"] <= 366:
            raise Unreadable("--orders must be 1 or more, and --days 1 to 366.")
        if not all(seed.strip().isdecimal() for seed in options["seeds"].split(",")):
            raise Unreadable(f"--seeds takes whole numbers with commas between them, as in 1,2,3; it was {options['seeds']!r}.")
        _start(options)

    def seed(self, options: dict[str, Any]) -> None:
        made = seeding.seed(timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps({"users_made": made, "logins": _logins()}))
            return
        self.stdout.write(f"The sample is ready: {len(made)} users made, {len(seeding.LOGINS) - len(made)} there already.")
        self.logins(options)

    def logins(self, options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(_logins()))
            return
        for login in seeding.LOGINS:
            self.stdout.write(f"  {login.username:<20} {login.password:<26} {login.role.value}")

    def live(self, options: dict[str, Any]) -> None:
        tokens = _tokens()
        signal.signal(signal.SIGTERM, _end)
        try:
            running.run(tokens, now=timezone.now, say=lambda told: self._say(told, as_json=options["json"]))
        except KeyboardInterrupt:
            self._say("The live feed ends; it goes on from here next time.", as_json=options["json"])

    def messages(self, options: dict[str, Any]) -> None:
        programme = _programme(options, options["seed"], options["mark"])
        for told in verifying.told_in(programme):
            self.stdout.write(msgspec.json.encode(told.event(is_recorded=True)).decode(), ending="\n")
        _write_truth(programme, options["truth"])

    def tell(self, options: dict[str, Any]) -> None:
        programme = _programme(options, options["seed"], options["mark"])
        tokens = _tokens()
        count = verifying.tell(programme, _port(), tokens.history, self._progress)
        _write_truth(programme, options["truth"])
        self._say(f"{count:,} messages of {options['orders']:,} orders are told.", as_json=options["json"])

    def verify(self, options: dict[str, Any]) -> None:
        tokens = _tokens()
        outcomes = []
        with _api_token() as token:
            for seed in options["seeds"].split(","):
                programme = _programme(options, int(seed), f"{options['mark']}W{int(seed)}N")
                pair = (tokens.history, token)
                outcomes.append(verifying.verify(programme, _port(), pair, timezone.now, self._progress))
        if options["json"]:
            self.stdout.write(json.dumps([asdict(outcome) for outcome in outcomes], default=str, indent=1))
        for outcome in outcomes if not options["json"] else ():
            self.stdout.write(
                f"seed {outcome.seed}: {outcome.orders:,} orders, {outcome.messages:,} messages, {outcome.faults:,} faults; "
                f"visible after {outcome.visible_seconds:.0f} s; {outcome.differences} differences."
            )
            for code, tally in outcome.cases.items():
                self.stdout.write(
                    f"  {code:<22}{tally['expected']:>7,} expected {tally['found']:>7,} found; "
                    f"recall {tally['recall']:.1%}, precision {tally['precision']:.1%}"
                )
        if any(outcome.differences for outcome in outcomes):
            raise CommandError("The API differs from the truth.")

    def _say(self, told: str, *, as_json: bool) -> None:
        self.stdout.write(json.dumps({"told": told}) if as_json else told)
        self.stdout.flush()

    def _progress(self, told: str) -> None:
        self.stderr.write(told)


def _programme(options: dict[str, Any], seed: int, mark: str) -> Programme:
    plan = Plan(seed, _start(options), options["days"], options["orders"], mark)
    return Programme(plan, NO_FAULTS if options["no_faults"] else DEFAULT_RATES)


def _start(options: dict[str, Any]) -> datetime:
    if options["start"]:
        return parse_time(options["start"])
    return timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=options["days"])


def _tokens() -> Tokens:
    tokens = seeding.read_tokens()
    if tokens is None:
        raise CommandError("The sample has no credentials yet: run `manage.py demo seed` first.")
    return tokens


def _port() -> int:
    return int(os.environ.get("DISTSYNC_PORT") or 8000)


@contextmanager
def _api_token() -> Iterator[str]:
    """A token of the sample's administrator for as long as it is needed."""
    row, token = issue_token(find_user("admin"), name="demo verify")
    try:
        yield token
    finally:
        row.delete()


def _write_truth(programme: Programme, path: Path | None) -> None:
    if path is not None:
        truth = Book(programme, programme.plan.born_at).write()
        path.write_bytes(msgspec.json.format(msgspec.json.encode(truth), indent=1))


def _logins() -> list[dict[str, str]]:
    return [{"username": login.username, "password": login.password, "role": login.role.value} for login in seeding.LOGINS]


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
