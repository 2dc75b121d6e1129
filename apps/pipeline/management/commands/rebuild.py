"""`manage.py rebuild`: derived tables made again from the log."""

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from apps.core.errors import DistSyncError
from apps.pipeline.rebuild import TableComparison, rebuild

EXAMPLES = """examples:
  manage.py rebuild --verify          prove that the log makes the same rows, change nothing
  manage.py rebuild                   make all derived tables again and put them in place
  manage.py rebuild --verify --json   the same proof for a script: exit status 0 equal, 1 different
"""


class Command(BaseCommand):
    help = "Make every derived table again from the log, beside the standing ones, and replace or (--verify) compare them."

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_parser(*args, epilog=EXAMPLES, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--verify", action="store_true", help="compare by checksum and leave the standing tables alone")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *, verify: bool, json: bool, **_options: Any) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        try:
            with Progress(*columns, console=console, disable=json or not console.is_terminal) as bar:
                task = bar.add_task("messages", total=None)
                tables = rebuild(is_dry_run=verify, progress=lambda done, total: bar.update(task, completed=done, total=total))
        except DistSyncError as error:
            self.stderr.write(error.detail)
            sys.exit(1)
        is_equal = all(table.is_equal for table in tables)
        self._report(tables, as_json=json)
        sys.exit(0 if is_equal or not verify else 1)

    def _report(self, tables: list[TableComparison], *, as_json: bool) -> None:
        if as_json:
            rows = [
                {"table": t.table, "standing": t.standing_rows, "rebuilt": t.rebuilt_rows, "equal": t.is_equal} for t in tables
            ]
            self.stdout.write(json.dumps({"equal": all(t.is_equal for t in tables), "tables": rows}))
            return
        for table in tables:
            verdict = "equal" if table.is_equal else "DIFFERENT"
            self.stdout.write(
                f"{table.table:22} {table.standing_rows:>10} standing {table.rebuilt_rows:>10} rebuilt  {verdict}"
            )
