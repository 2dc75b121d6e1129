"""`manage.py ingest`: files of events, or a partner's CSV under a mapping, into the log."""

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from apps.core.errors import DistSyncError
from apps.pipeline import ingest
from apps.pipeline.ingest_report import as_json, as_text
from apps.translation.mapping_file import find_mapping, read_mapping

USED_WRONGLY = 2
EXAMPLES = """examples:
  manage.py ingest events.jsonl.gz
  manage.py ingest --history 2025/*.json
  manage.py ingest --history --mapping olist olist_orders_2017.csv.gz olist_order_items_2017.csv.gz
  manage.py ingest --dry-run --mapping northstar.yaml shipments.csv

exit status: 0 everything is in the log · 1 something was rejected, or the run failed · 2 used wrongly, nothing was loaded
docs/ingest.md says how to write a mapping.
"""


class Command(BaseCommand):
    help = "Load files into the log: CloudEvents (JSON, JSON lines), or CSV under a mapping; each may be gzip."
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLES, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--mapping", metavar="FILE", help="how to read CSV: a mapping file, or the name of a shipped one")
        parser.add_argument("--source", metavar="NAME", default="", help="under which name the messages are booked")
        parser.add_argument("--history", action="store_true", help="heard when recorded (recordedtime, else time), not now")
        parser.add_argument("--dry-run", action="store_true", help="read, map and check everything, and load nothing")
        parser.add_argument("--json", action="store_true", help="the summary as JSON")

    def handle(self, *_: Any, **options: Any) -> None:
        order = _order(options)
        with _progress(order.paths, is_shown=not options["json"] and sys.stderr.isatty()) as tell:
            run = ingest.Ingest(order, tell, timezone.now)
            try:
                summary = run.run()
            except DistSyncError as error:
                raise CommandError(error.detail, returncode=USED_WRONGLY) from error
            except (KeyboardInterrupt, OperationalError) as error:
                why = "Stopped" if isinstance(error, KeyboardInterrupt) else f"The database went away ({error})"
                told = f"{why} after {run.summary.read:,} events. What was loaded stays; run it again for the rest."
                raise CommandError(told, returncode=1) from error
        if options["json"]:
            self.stdout.write(json.dumps(as_json(order, summary)))
        else:
            self.stdout.write(as_text(order, summary))
        if summary.kept.rejected:
            sys.exit(1)


def _order(options: dict[str, Any]) -> ingest.Order:
    missing = [path for path in options["files"] if not path.is_file()]
    if missing:
        what = "is a folder, not a file" if missing[0].is_dir() else "does not exist"
        raise CommandError(f"{missing[0]} {what}. Name the files to load.", returncode=USED_WRONGLY)
    try:
        for path in options["files"]:
            path.open("rb").close()
        mapping = read_mapping(find_mapping(options["mapping"])) if options["mapping"] else None
    except DistSyncError as error:
        raise CommandError(error.detail, returncode=USED_WRONGLY) from error
    except OSError as error:
        raise CommandError(f"{error.filename} cannot be read: {error.strerror}.", returncode=USED_WRONGLY) from error
    return ingest.Order(
        paths=options["files"],
        mapping=mapping,
        source=options["source"],
        is_history=options["history"],
        is_dry_run=options["dry_run"],
        keep_in=None if options["dry_run"] else settings.DATA_DIR / "rejected",
    )


@contextmanager
def _progress(paths: Sequence[Path], *, is_shown: bool) -> Iterator[Any]:
    if not is_shown:
        yield lambda _: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[events]:,} events"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Loading", total=sum(path.stat().st_size for path in paths), events=0)

        def tell(progress: ingest.Progress) -> None:
            described = f"Waiting for {progress.waits_for}" if progress.waits_for else "Loading"
            bar.update(task, completed=progress.done_bytes, events=progress.read, description=described)

        yield tell
