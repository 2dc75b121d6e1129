"""`manage.py source`: credentials of the systems that send. A token is printed once, when it is made, and never again."""

import argparse
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.core.errors import DistSyncError
from apps.partners.doors import DOORS
from apps.partners.models import Credential
from apps.partners.services import OVERLAP, assign_source, create_credential, revoke, rotate

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = {
    "create": """\
  manage.py source create oms
  manage.py source create northstar --partner northstar --door events --door edi
  manage.py source create migration --history --json
""",
    "list": """\
  manage.py source list
  manage.py source list --json
""",
    "rotate": """\
  manage.py source rotate oms
  manage.py source rotate oms --overlap-hours 1 --json
""",
    "revoke": """\
  manage.py source revoke oms
  manage.py source revoke oms --number 17
""",
    "assign": """\
  manage.py source assign //northstar/wms --partner northstar
  manage.py source assign //oms
""",
}


class Command(BaseCommand):
    help = "Make, list, rotate and revoke the credentials of the systems that send."
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        epilog = "examples:\n" + "".join(EXAMPLES.values())
        formatter = argparse.RawDescriptionHelpFormatter
        return super().create_parser(prog_name, subcommand, epilog=epilog, formatter_class=formatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="|".join(EXAMPLES))
        create = _verb(verbs, "create", "Make a credential and print its token once.")
        create.add_argument("name")
        create.add_argument("--partner", help="the partner that it belongs to; without, it may speak for any source")
        create.add_argument(
            "--door", dest="doors", nargs="+", action="extend", choices=DOORS, metavar="D", help=f"any of {', '.join(DOORS)}"
        )
        create.add_argument("--history", action="store_true", help="what it sends is history, heard when it was recorded")
        create.add_argument("--days", type=_positive, help="how many days it lives (without: until it is revoked)")
        create.add_argument("--rate", type=_positive, help="events a second (without: the deployment's limit)")
        _verb(verbs, "list", "List credentials, one row for each token, never the tokens.")
        turn = _verb(verbs, "rotate", "Make a new token; those in use stay valid for the overlap.")
        turn.add_argument("name")
        turn.add_argument("--overlap-hours", type=_hours, default=OVERLAP, help="how long (24)")
        end = _verb(verbs, "revoke", "End every token of a credential, or one.")
        end.add_argument("name")
        end.add_argument("--number", type=_positive, help="only this one, as `source list` numbers them")
        assign = _verb(verbs, "assign", "Say whose CloudEvents source it is: a partner's, or without --partner the house's.")
        assign.add_argument("source")
        assign.add_argument("--partner")

    def handle(self, *_args: Any, **options: Any) -> None:
        act: Callable[[dict[str, Any]], tuple[Any, str]] = getattr(self, f"_{options['verb']}")
        try:
            document, text = act(options)
        except DistSyncError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(json.dumps(document) if options["json"] else text)

    def _create(self, options: dict[str, Any]) -> tuple[Any, str]:
        token = create_credential(
            options["name"],
            partner=options["partner"],
            doors=options["doors"] or DOORS,
            may_send_history=options["history"],
            expires_at=timezone.now() + timedelta(days=options["days"]) if options["days"] else None,
            rate_limit_per_second=options["rate"],
        )
        return {"token": token, "name": options["name"]}, token

    def _list(self, _options: dict[str, Any]) -> tuple[Any, str]:
        rows, now = list(Credential.objects.all()), timezone.now()
        lines = [f"{'NUMBER':>6} {'NAME':<24} {'STATE':<30} {'LAST USED':<16} {'PARTNER':<16} {'HISTORY':<8} DOORS"]
        lines += [
            f"{row.pk:>6} {row.name:<24} {_state(row, now):<30} {_last_used(row):<16} {row.partner or '-':<16} "
            f"{'yes' if row.may_send_history else 'no':<8} {', '.join(row.doors)}"
            for row in rows
        ]
        return [_document(row, now) for row in rows], "\n".join(lines)

    def _rotate(self, options: dict[str, Any]) -> tuple[Any, str]:
        token = rotate(options["name"], now=timezone.now(), overlap=options["overlap_hours"])
        return {"token": token, "name": options["name"]}, token

    def _revoke(self, options: dict[str, Any]) -> tuple[Any, str]:
        ended = revoke(options["name"], number=options["number"])
        return {"name": options["name"], "revoked": ended}, f"{options['name']}: {ended} token(s) revoked."

    def _assign(self, options: dict[str, Any]) -> tuple[Any, str]:
        assign_source(options["source"], partner=options["partner"])
        owner = options["partner"] or "the house"
        return {"source": options["source"], "partner": options["partner"]}, f"{options['source']} belongs to {owner}."


def _verb(verbs: Any, name: str, summary: str) -> CommandParser:
    parser: CommandParser = verbs.add_parser(
        name,
        help=summary,
        description=summary,
        epilog="examples:\n" + EXAMPLES[name],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print JSON for scripts")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 2_000_000_000:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, not {text!r}")
    return int(text)


def _hours(text: str) -> timedelta:
    if not text.isdecimal() or int(text) > 8760:
        raise argparse.ArgumentTypeError(f"expected a whole number of hours from 0 to 8760, not {text!r}")
    return timedelta(hours=int(text))


def _state(row: Credential, now: datetime) -> str:
    if not row.is_active:
        return "revoked"
    if row.expires_at is None:
        return "valid"
    return f"{'expired' if row.expires_at <= now else 'valid until'} {row.expires_at:%Y-%m-%d %H:%M}"


def _last_used(row: Credential) -> str:
    return f"{row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never"


def _document(row: Credential, now: datetime) -> dict[str, Any]:
    return {
        "number": row.pk,
        "name": row.name,
        "state": _state(row, now),
        "partner": row.partner,
        "doors": row.doors,
        "history": row.may_send_history,
        "created_at": row.created_at.isoformat(),
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "last_used_at": row.last_used_at.isoformat() if row.last_used_at else None,
    }
