"""`manage.py replay`: quarantined messages taken up once more."""

import json as jsons
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.pipeline.replay import Choice, chosen, replay

EXAMPLES = """examples:
  manage.py replay                                         take up everything that is quarantined
  manage.py replay --code unknown_type --dry-run           count what a new contract might let in
  manage.py replay --source urn:northcold:wms --json       one source, for a script
  manage.py replay --type distsync.leg.shipped.v1          one type

What still cannot be used goes back into quarantine with its reason. `ingest` brings what was rejected and never logged.
exit status: 0 done · 1 failed · 2 used wrongly
"""


class Command(BaseCommand):
    help = "Take up quarantined messages once more, after what stood in their way is mended."

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_parser(*args, epilog=EXAMPLES, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", metavar="SOURCE", help="only messages of this CloudEvents source")
        parser.add_argument("--type", metavar="TYPE", help="only messages of this CloudEvents type")
        parser.add_argument("--code", metavar="CODE", help="only those with this kind of reason, such as unknown_type")
        parser.add_argument("--by", metavar="NAME", default="operator", help="who takes them up, for the audit log (operator)")
        parser.add_argument("--dry-run", action="store_true", help="count them and leave them alone")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *, dry_run: bool, json: bool, **options: Any) -> None:
        choice = Choice(options["source"], options["type"], options["code"])
        count = len(chosen(choice)) if dry_run else replay(choice, who=options["by"], now=timezone.now())
        if json:
            self.stdout.write(jsons.dumps({"replayed": 0 if dry_run else count, "chosen": count, "dry_run": dry_run}))
        elif dry_run:
            self.stdout.write(f"{count} quarantined messages would be taken up again.")
        else:
            self.stdout.write(f"{count} quarantined messages are pending again.")
