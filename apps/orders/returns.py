"""What comes back: each return's documents in force and the quantities that have been returned."""

from collections.abc import Sequence
from decimal import Decimal

from apps.contracts.facts import Fact, ReturnEvent
from apps.orders.identities import Thing
from apps.orders.lines import Ledger, Part, Quantity, Tally, part_lines, sums, wanted_room
from apps.orders.ordering import latest, moment_of
from apps.orders.state import Moment, ReturnState


def _lines(returned: Thing) -> tuple[Quantity, ...]:
    """What comes back, as received; else as credited or authorized, whichever is told."""
    for name in ("return.received", "return.credited", "return.authorized"):
        facts = returned.facts(name)
        if facts:
            fact = latest(facts).fact
            assert isinstance(fact, ReturnEvent)
            if fact.lines:
                return fact.lines
    return ()


def _has_come_back(returned: Thing) -> bool:
    """An authorized return is not yet returned; a credited one must have been."""
    return "return.received" in returned.told or "return.credited" in returned.told


def add_returned(ledger: Ledger, returns: Sequence[Thing]) -> dict[Thing, list[Part]]:
    """The returned quantity of every line; the parts of each return."""
    documents = [_lines(returned) for returned in returns]
    ledger.introduce(documents)
    has_shipped = any(tally.shipped > 0 for tally in ledger.by_line.values())
    # Before any dispatch is heard of, what is wanted says where a SKU belongs.
    room = _shipped_room if has_shipped else wanted_room
    parts = dict(zip(returns, ledger.spread(documents, room), strict=True))
    for returned, own in parts.items():
        if _has_come_back(returned):
            for tally, quantity in sums(own):
                tally.returned += quantity
    return parts


def _shipped_room(tally: Tally) -> Decimal:
    """Only what has left can come back."""
    return tally.shipped


def return_state(returned: Thing, parts: Sequence[Part]) -> ReturnState:
    """All messages of one kind about one return are one document, the latest in force."""
    documents = {name: latest(facts) for name, facts in returned.told.items()}

    def moment(name: str) -> Moment | None:
        return moment_of(documents[name]) if name in documents else None

    return ReturnState(
        return_id=returned.value,
        issuer=returned.issuer,
        authorized=moment("return.authorized"),
        received=moment("return.received"),
        credited=moment("return.credited"),
        reason=_reason([document.fact for document in documents.values()]),
        lines=part_lines(parts),
    )


def _reason(facts: Sequence[Fact]) -> str | None:
    """The first that is told: that of the authorization before later ones."""
    return next((fact.reason for fact in facts if isinstance(fact, ReturnEvent) and fact.reason), None)
