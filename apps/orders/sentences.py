"""One plain English sentence per fact, for the people who read an order's timeline."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import singledispatch

from apps.contracts import facts as f
from apps.core.time import parse_time
from apps.orders.state import OrderState

LINES_NAMED = 3


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays which part: the partner of each leg."""

    partners: Mapping[str, str]

    @classmethod
    def of(cls, state: OrderState) -> "Cast":
        return cls({leg.leg: leg.partner for leg in state.legs if leg.partner})

    def partner(self, leg: str) -> str:
        return self.partners.get(leg, "The warehouse")


def plain(quantity: Decimal) -> str:
    """A quantity for people: grouped, without idle zeros."""
    return f"{int(quantity):,}" if quantity == quantity.to_integral_value() else f"{quantity.normalize():,f}"


def claimed(text: str) -> str:
    """A date as it was claimed; a time to the minute: `2026-05-14 16:00 UTC`."""
    return text if len(text) <= len("2026-05-14") else f"{parse_time(text):%Y-%m-%d %H:%M} UTC"


def joined(parts: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    words = list(parts)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def goods(lines: Iterable[f.Line | f.OrderLine | f.AllocationLine | f.BackorderLine] | None) -> str:
    """`40 GLV-NTR-M and 120 SYR-10ML`, the first few by name; `nothing` where a document has no lines."""
    named = [
        f"{plain(line.quantity)} {line.sku or f'of line {line.line}'}{f' ({line.uom})' if line.uom else ''}"
        for line in lines or ()
    ]
    rest = len(named) - LINES_NAMED
    if rest > 1:
        named = [*named[:LINES_NAMED], f"{rest} more lines"]
    return joined(named) or "nothing"


def _because(reason: str | None) -> str:
    return f": {reason.rstrip('.')}" if reason else ""


def _amount(amount: Decimal | f.Money | None) -> str:
    if amount is None:
        return ""
    return f", {amount.amount:,f} {amount.currency}" if isinstance(amount, f.Money) else f", {amount:,f}"


@singledispatch
def sentence(fact: f.Fact, _cast: Cast) -> str:
    """What a fact says, without its time and its source."""
    return f"{type(fact).__name__} was told of this order."


@sentence.register
def _(fact: f.OrderPlaced, _cast: Cast) -> str:
    customer = fact.customer.name or fact.customer.id if fact.customer else None
    what = f"ordered {goods(fact.lines)}" if fact.lines else "placed an order whose lines are not known yet"
    promise = f", promised for {claimed(fact.promised_date)}" if fact.promised_date else ""
    return f"{customer or 'The customer'} {what}{promise}."


@sentence.register
def _(_fact: f.OrderValidated, _cast: Cast) -> str:
    return "The order was checked and accepted."


@sentence.register
def _(fact: f.OrderRejected, _cast: Cast) -> str:
    return f"The order was rejected{_because(fact.reason)}."


@sentence.register
def _(fact: f.OrderChanged, _cast: Cast) -> str:
    revision = f" (revision {fact.revision})" if fact.revision is not None else ""
    promise = f", promised for {claimed(fact.promised_date)}" if fact.promised_date else ""
    return f"The order was changed to {goods(fact.lines)}{promise}{revision}."


@sentence.register
def _(fact: f.OrderCancelled, _cast: Cast) -> str:
    if fact.lines is None:
        return f"The whole order was cancelled{_because(fact.reason)}."
    what = joined(
        f"{plain(line.quantity) if line.quantity is not None else 'all'} of {line.sku or f'line {line.line}'}"
        for line in fact.lines
    )
    return f"Cancelled: {what or 'nothing'}{_because(fact.reason)}."


@sentence.register
def _(fact: f.OrderHeld, _cast: Cast) -> str:
    return f"The order was put on hold {fact.hold}{_because(fact.reason)}."


@sentence.register
def _(fact: f.OrderHoldReleased, _cast: Cast) -> str:
    return f"Hold {fact.hold} was released{_because(fact.reason)}."


@sentence.register
def _(fact: f.OrderAllocated, _cast: Cast) -> str:
    taken = [line for line in fact.lines if line.quantity >= 0]
    undone = [line for line in fact.lines if line.quantity < 0]
    parts = [f"{goods(taken)} allocated{_at(taken)}"] if taken or not undone else []
    if undone:
        parts.append(f"the allocation of {_undone(undone)} taken back")
    text = joined(parts)
    return f"{text[0].upper()}{text[1:]}."


def _at(lines: list[f.AllocationLine]) -> str:
    sites = sorted({line.site for line in lines if line.site})
    return f" at {joined(sites)}" if sites else ""


def _undone(lines: list[f.AllocationLine]) -> str:
    return joined(f"{plain(-line.quantity)} {line.sku}" for line in lines)


@sentence.register
def _(fact: f.OrderBackordered, _cast: Cast) -> str:
    dates = sorted({claimed(line.expected_date) for line in fact.lines if line.expected_date})
    return f"On backorder: {goods(fact.lines)}{f', expected {joined(dates)}' if dates else ''}."


@sentence.register
def _(fact: f.LegPlanned, _cast: Cast) -> str:
    return f"Leg {fact.leg} was planned: {fact.partner} ships {goods(fact.lines)} from {fact.site}."


@sentence.register
def _(fact: f.LegReleased, _cast: Cast) -> str:
    limit = f", to ship by {claimed(fact.ship_by)}" if fact.ship_by else ""
    return f"{goods(fact.lines)} released to {fact.partner} at {fact.site} as leg {fact.leg}{limit}."


@sentence.register
def _(fact: f.LegAcknowledged, cast: Cast) -> str:
    return f"{cast.partner(fact.leg)} acknowledged leg {fact.leg}."


@sentence.register
def _(fact: f.LegRejected, cast: Cast) -> str:
    return f"{cast.partner(fact.leg)} refused leg {fact.leg}{_because(fact.reason)}."


@sentence.register
def _(fact: f.LegPicked, cast: Cast) -> str:
    return f"{cast.partner(fact.leg)} picked {goods(fact.lines) if fact.lines else f'leg {fact.leg}'}."


@sentence.register
def _(fact: f.LegPacked, cast: Cast) -> str:
    packages = f" into {_packages(fact.packages)}" if fact.packages else ""
    return f"{cast.partner(fact.leg)} packed {goods(fact.lines) if fact.lines else f'leg {fact.leg}'}{packages}."


@sentence.register
def _(fact: f.LegShipped, cast: Cast) -> str:
    carrier = " ".join(part for part in (fact.carrier, joined(fact.tracking)) if part)
    packages = f", {_packages(fact.packages)}" if fact.packages else ""
    last = ", the last of this leg" if fact.final else ""
    what = f"{cast.partner(fact.leg)} shipped {goods(fact.lines)} on shipment {fact.shipment}"
    return f"{what}{f', {carrier}' if carrier else ''}{packages}{last}."


def _packages(count: int) -> str:
    return "1 package" if count == 1 else f"{count} packages"


@sentence.register
def _(fact: f.LegProblem, cast: Cast) -> str:
    what = f" ({goods(fact.lines)})" if fact.lines else ""
    return f"{cast.partner(fact.leg)} reports a problem with leg {fact.leg}, {fact.code}{what}{_because(fact.reason)}."


@sentence.register
def _(fact: f.LegCancelled, cast: Cast) -> str:
    return f"{cast.partner(fact.leg)} cancelled leg {fact.leg}{_because(fact.reason)}."


def _parcel(fact: f.ShipmentEvent) -> str:
    return f"Shipment {fact.shipment}" if fact.shipment is not None else f"Parcel {fact.tracking}"


@sentence.register
def _(fact: f.ShipmentInTransit, _cast: Cast) -> str:
    return f"{_parcel(fact)} is on its way{f', seen at {fact.location}' if fact.location else ''}{_because(fact.reason)}."


@sentence.register
def _(fact: f.ShipmentDelivered, _cast: Cast) -> str:
    where = f" at {fact.location}" if fact.location else ""
    return f"{_parcel(fact)} was delivered{where}{f', signed by {fact.signed_by}' if fact.signed_by else ''}."


@sentence.register
def _(fact: f.ShipmentFailed, _cast: Cast) -> str:
    where = f" at {fact.location}" if fact.location else ""
    return f"{_parcel(fact)} could not be delivered{where}{_because(fact.reason)}."


@sentence.register
def _(fact: f.ShipmentPosted, _cast: Cast) -> str:
    return f"Shipment {fact.shipment} was posted as {fact.posting}{_amount(fact.amount)}."


@sentence.register
def _(fact: f.PostingFailed, _cast: Cast) -> str:
    what = f" of shipment {fact.shipment}" if fact.shipment else ""
    attempt = f", attempt {fact.attempt}" if fact.attempt is not None else ""
    return f"Posting ({fact.kind}){what} failed{attempt}: {fact.code}, {fact.message.rstrip('.')}."


@sentence.register
def _(fact: f.InvoiceIssued, _cast: Cast) -> str:
    covers = f" for shipment {joined(fact.shipments)}" if fact.shipments else ""
    return f"Invoice {fact.invoice} was issued{covers}{_amount(fact.amount)}."


@sentence.register
def _(fact: f.InvoiceHeld, _cast: Cast) -> str:
    return f"Invoice {fact.invoice} was held{_because(fact.reason)}."


@sentence.register
def _(fact: f.InvoiceReleased, _cast: Cast) -> str:
    return f"Invoice {fact.invoice} was released{_because(fact.reason)}."


@sentence.register
def _(fact: f.InvoiceCredited, _cast: Cast) -> str:
    return f"Invoice {fact.invoice} was credited{_amount(fact.amount)}{_because(fact.reason)}."


@sentence.register
def _(fact: f.ReturnAuthorized, _cast: Cast) -> str:
    return f"Return {fact.return_}{_returned(fact)} was authorized{_because(fact.reason)}."


@sentence.register
def _(fact: f.ReturnReceived, _cast: Cast) -> str:
    condition = f" in condition {fact.condition}" if fact.condition else ""
    return f"Return {fact.return_}{_returned(fact)} was received{condition}{_because(fact.reason)}."


@sentence.register
def _(fact: f.ReturnCredited, _cast: Cast) -> str:
    return f"Return {fact.return_}{_returned(fact)} was credited{_because(fact.reason)}."


def _returned(fact: f.ReturnEvent) -> str:
    return f" of {goods(fact.lines)}" if fact.lines else ""


@sentence.register
def _(fact: f.MessageEvent, _cast: Cast) -> str:
    became = _MESSAGE_WORDS[type(fact)]
    attempt = f" (attempt {fact.attempt})" if fact.attempt is not None else ""
    partner = f" for {fact.partner}" if fact.partner else ""
    return f"Message {fact.message} of flow {fact.flow}{partner} {became}{attempt}{_because(fact.error)}."


_MESSAGE_WORDS: dict[type[f.MessageEvent], str] = {
    f.MessageFailed: "failed",
    f.MessageRetried: "is tried again",
    f.MessageDelivered: "was delivered",
    f.MessageDeadLettered: "was given up and lies among the dead letters",
}
