"""What the account commands share: sentences for errors, JSON for scripts, examples below `--help`."""

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.errors import DistSyncError


class AccountCommand(BaseCommand):
    """A command of verbs. A subclass names a method `do_<verb>` for each; a usage error exits with 2, a refusal with 1."""

    requires_system_checks = []
    examples = ""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, epilog=self.examples, formatter_class=argparse.RawDescriptionHelpFormatter, **kwargs
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        verb: str = options["verb"]
        try:
            getattr(self, "do_" + verb.replace("-", "_"))(options)
        except DistSyncError as error:
            raise CommandError(error.detail) from error

    def answer(self, options: dict[str, Any], document: dict[str, Any] | list[dict[str, Any]], text: str) -> None:
        """Print the document where `--json` asks for it, else the text."""
        self.stdout.write(json.dumps(document) if options["json"] else text)


def verb(verbs: Any, name: str, summary: str, *, examples: str) -> CommandParser:
    """Add a verb with its own `--help`, its examples and `--json`."""
    parser: CommandParser = verbs.add_parser(
        name,
        help=summary,
        description=summary,
        epilog="examples:\n" + examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print JSON for scripts")
    return parser
