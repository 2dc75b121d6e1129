"""`manage.py bench`: what this machine carries, measured on a system of its own beside two yardsticks (bench/)."""

import importlib
import sys
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

USED_WRONGLY = 2


class Command(BaseCommand):
    help = "Measure the whole system beside its yardsticks and print JSON; touches no data of a running system."
    requires_system_checks = []

    def run_from_argv(self, argv: list[str]) -> None:
        """The bench reads its own sections and flags, so that `make bench` and this take and explain the same."""
        try:
            status = measure(argv[2:])
        except CommandError as error:
            self.stderr.write(str(error))
            status = error.returncode
        sys.exit(status)

    def handle(self, *arguments: str, **_: Any) -> None:
        if measure(arguments):
            raise CommandError("A section failed: the JSON says which and why.")


def measure(arguments: Sequence[str]) -> int:
    """The bench's exit status. Raises CommandError where it is not installed: it is no part of the deployed package."""
    try:
        cli = importlib.import_module("bench.cli")
    except ModuleNotFoundError as error:
        told = f"The bench needs a checkout ({error.name} is missing): run `make bench` there."
        raise CommandError(told, returncode=USED_WRONGLY) from error
    return int(cli.main(list(arguments), prog="manage.py bench"))
