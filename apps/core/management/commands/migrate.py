"""`manage.py migrate` beside running code: gives way to those who work, and comes again."""

import time
from typing import Any

import psycopg
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands.migrate import Command as DjangoCommand
from django.db import OperationalError, connections

LOCK_SECONDS = 2.0
TRIES = 10
PAUSE_SECONDS = 1.0


class Command(DjangoCommand):
    """Whoever waits for a table's lock makes all wait who come after it, the doors too. So each wait is short, and what was
    not done is tried again; a migration that was done stays done."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--lock-seconds", type=float, default=LOCK_SECONDS, help=f"how long one wait for a lock may be ({LOCK_SECONDS:g})"
        )
        parser.add_argument("--tries", type=int, default=TRIES, help=f"how often it is tried ({TRIES})")

    def handle(self, *args: Any, **options: Any) -> None:
        for left in reversed(range(options["tries"])):
            self._give_way(options["database"], options["lock_seconds"])
            try:
                super().handle(*args, **options)
            except OperationalError as error:
                if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                    raise
                if not left:
                    raise CommandError(
                        f"Somebody holds a lock that a migration needs, {options['tries']} times in a row. Nothing is half "
                        "done. pg_stat_activity names who is in a long transaction: end it, or come again at a calmer time."
                    ) from error
                self.stderr.write(f"Somebody holds a lock that a migration needs: it gave way, {left} more tries.")
                time.sleep(PAUSE_SECONDS)
            else:
                return

    def _give_way(self, database: str, seconds: float) -> None:
        with connections[database].cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{int(seconds * 1000)}ms"])
