"""`manage.py contracts`: the message types that DistSync understands."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.contracts.markdown import markdown
from apps.contracts.schemas import contracts_document


class Command(BaseCommand):
    help = (
        "Lists the message types that DistSync understands. "
        "Examples: manage.py contracts; manage.py contracts --json; manage.py contracts --markdown > docs/contracts.md"
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--markdown", action="store_true", help="print docs/contracts.md")
        form.add_argument("--json", action="store_true", help="print all contracts with their schemas as JSON")

    def handle(self, **options: Any) -> None:
        if options["markdown"]:
            self.stdout.write(markdown(), ending="")
        elif options["json"]:
            self.stdout.write(json.dumps(contracts_document(), ensure_ascii=False))
        else:
            for document in contracts_document():
                self.stdout.write(f"{document['type']:36} {', '.join(document['senders']):16} {document['description']}")
