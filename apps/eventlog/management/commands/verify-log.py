"""`manage.py verify-log`: is the log what was appended, and what of it is not sealed yet."""

import argparse
import sys
from dataclasses import asdict
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser, DjangoHelpFormatter
from django.db import DatabaseError
from rich.console import Console
from rich.progress import Progress

from apps.eventlog.verification import Broken, Verification, message_count, verify

EXAMPLES = """examples:
  manage.py verify-log                 check every block and the unsealed tail
  manage.py verify-log --json          the same for a script; exit status 0 whole, 1 broken, 2 used wrongly
  manage.py verify-log --head 3f9a...  also check that the block with this hash, noted earlier, is still in the chain
"""


class _HelpFormatter(DjangoHelpFormatter, argparse.RawDescriptionHelpFormatter):
    pass


class Command(BaseCommand):
    help = "Recompute the log's seal: name the first broken block and message, and count what is not sealed yet."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, formatter_class=_HelpFormatter, epilog=EXAMPLES, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--head", type=_digest, help="a block hash (64 hex digits) that the chain must hold")

    def handle(self, *_args: Any, **options: Any) -> None:
        is_watched = sys.stderr.isatty() and not options["json"]
        try:
            with Progress(console=Console(stderr=True), disable=not is_watched) as progress:
                bar = progress.add_task("messages", total=message_count() if is_watched else None)
                result = verify(head=options["head"], advance=lambda count: progress.advance(bar, count))
        except DatabaseError as error:
            raise CommandError(f"The log could not be read: {error}") from error
        self.stdout.write(_as_json(result) if options["json"] else _as_text(result))
        if result.broken is not None:
            sys.exit(1)


def _digest(text: str) -> bytes:
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise argparse.ArgumentTypeError(f"expected the 64 hex digits of a block's hash, got {text!r}")
    return digest


def _as_json(result: Verification) -> str:
    whole = {"ok": result.broken is None, **asdict(result), "head": result.head.hex() if result.head else None}
    return msgspec.json.encode(whole).decode()


def _as_text(result: Verification) -> str:
    tail = result.tail
    head = f", head {result.head.hex()}" if result.head else ""
    lines = [f"Sealed: {result.blocks} blocks, {result.messages} messages{head}"]
    if tail.oldest_received_at is not None:
        lines.append(
            f"Unsealed: {tail.count} messages, positions {tail.first_position} to {tail.last_position},"
            f" the oldest received {tail.oldest_received_at.isoformat()}"
        )
    else:
        lines.append("Unsealed: none")
    lines.append("The log is whole." if result.broken is None else _broken_text(result.broken))
    return "\n".join(lines)


def _broken_text(broken: Broken) -> str:
    place = f"block {broken.block}" if broken.block is not None else "outside the blocks"
    if broken.position is not None:
        place += f", message {broken.position}"
    if broken.source is not None:
        place += f" (source {broken.source}, id {broken.id})"
    return f"BROKEN: {place}: {broken.what}."
