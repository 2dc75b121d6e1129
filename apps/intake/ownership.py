"""Whose `source` it is: a partner's credential speaks for the partner's own sources and for nobody else."""

from collections.abc import Sequence

from apps.core.errors import Forbidden
from apps.core.text import printable
from apps.eventlog.types import NewMessage
from apps.intake.envelope import Rejection
from apps.partners.discovery import foreign_sources
from apps.partners.services import CredentialInfo

CODE = "foreign_source"


def refuse_foreign(items: Sequence[NewMessage | Rejection], credential: CredentialInfo) -> Sequence[NewMessage | Rejection]:
    """`items` with a rejection in place of each that speaks for a source of others. Raises Forbidden when that leaves
    nothing of what could be read."""
    partner = credential.partner
    if partner is None:
        return items
    sources = {item.source for item in items if isinstance(item, NewMessage)}
    foreign = foreign_sources(sources, partner) if sources else set()
    if not foreign:
        return items
    if foreign == sources:
        shown = printable(min(foreign))
        raise Forbidden(
            f"The credential `{credential.name}` speaks for `{partner}`, and the source `{shown}` is not theirs. "
            "An administrator can say otherwise with `source assign`."
        )
    return [
        _rejection(index, item) if isinstance(item, NewMessage) and item.source in foreign else item
        for index, item in enumerate(items)
    ]


def _rejection(index: int, message: NewMessage) -> Rejection:
    reason = f"the source `{printable(message.source)}` is not this credential's to speak for"
    return Rejection(index, printable(message.id), CODE, reason, message.body[:4096])
