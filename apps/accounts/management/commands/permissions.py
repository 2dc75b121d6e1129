"""`manage.py permissions`: who may see and do what, for people, scripts and the documentation."""

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.accounts.published import markdown
from apps.accounts.roles import MATRIX, Permission, Role

EXAMPLES = """\
examples:
  manage.py permissions
  manage.py permissions --json
  manage.py permissions --markdown > docs/permissions.md
"""


class Command(BaseCommand):
    help = "Show which role may see and do what."
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--markdown", action="store_true", help="print the page of the documentation")
        form.add_argument("--json", action="store_true", help="print JSON for scripts")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["markdown"]:
            self.stdout.write(markdown(), ending="")
            return
        granted = {role.value: [each.value for each in Permission if each in MATRIX[role]] for role in Role}
        lines = [f"{role:<20} {', '.join(permissions)}" for role, permissions in granted.items()]
        self.stdout.write(json.dumps(granted) if options["json"] else "\n".join(lines))
