"""`manage.py exceptions`: the types of exceptions, their owners and what to do about them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.exceptions.catalogue import TEAMS, TYPES
from apps.exceptions.markdown import markdown


class Command(BaseCommand):
    help = "Lists the types of exceptions. Examples: manage.py exceptions; manage.py exceptions --markdown > docs/exceptions.md"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--markdown", action="store_true", help="print docs/exceptions.md")

    def handle(self, **options: Any) -> None:
        if options["markdown"]:
            self.stdout.write(markdown(), ending="")
            return
        for each in TYPES.values():
            self.stdout.write(f"{each.code:24} {TEAMS[each.team]:20} {each.severity.name.lower():9} {each.opens}")
