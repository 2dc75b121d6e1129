"""Sorts one order's facts by what they are told of: the order itself, its legs, shipments, invoices and returns."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from apps.contracts.facts import Fact, InvoiceEvent, LegShipped, ShipmentEvent, StampedFact
from apps.orders.identities import Invoice, Leg, Shipment, Thing, Told, Unclear, issuer_of, may_be_own, referenced
from apps.orders.ordering import in_order_of_evidence, latest
from apps.orders.state import UnappliedFact

LEG_WORDS: Final = (
    "leg.acknowledged",
    "leg.rejected",
    "leg.picked",
    "leg.packed",
    "leg.problem",
    "leg.cancelled",
)
CARRIER_WORDS: Final = ("shipment.in_transit", "shipment.delivered", "shipment.failed")
INVOICE_WORDS: Final = ("invoice.issued", "invoice.held", "invoice.released", "invoice.credited")

T = TypeVar("T", bound=Thing)


class Names(Generic[T]):
    """The identities of one scheme inside the order: those of a known issuer, and those that only others speak of."""

    def __init__(self, scheme: str, make: Callable[[str, str | None], T]) -> None:
        self.scheme = scheme
        self._make = make
        self.owned: dict[tuple[str, str], T] = {}
        self.by_value: dict[str, list[T]] = {}
        self.heard: dict[tuple[str, object], T] = {}

    def own(self, issuer: str, value: str) -> T:
        """The identity that `issuer` calls `value`."""
        thing = self.owned.get((issuer, value))
        if thing is None:
            thing = self.owned[issuer, value] = self._make(value, issuer)
            self.by_value.setdefault(value, []).append(thing)
        return thing

    def hear(self, value: str, beside: object = None) -> T:
        """The identity called `value` that nobody who owns it has told of; `beside` keeps namesakes apart."""
        thing = self.heard.get((value, beside))
        if thing is None:
            thing = self.heard[value, beside] = self._make(value, None)
        return thing

    def heard_of(self, value: str) -> list[T]:
        return [thing for (name, _), thing in self.heard.items() if name == value]

    def every(self) -> list[T]:
        return [*self.owned.values(), *self.heard.values()]


@dataclass(slots=True)
class Story:
    """`told` holds all facts by name, whatever they are told of; lists are in the order of evidence."""

    facts: Sequence[StampedFact]
    told: Told = field(default_factory=dict)
    legs: Names[Leg] = field(default_factory=lambda: Names("leg", Leg))
    shipments: Names[Shipment] = field(default_factory=lambda: Names("shipment", Shipment))
    invoices: Names[Invoice] = field(default_factory=lambda: Names("invoice", Invoice))
    returns: Names[Thing] = field(default_factory=lambda: Names("return", Thing))
    unapplied: list[UnappliedFact] = field(default_factory=list)

    def named(self, *names: str) -> list[StampedFact]:
        """The facts of these names."""
        return [stamped for name in names for stamped in self.told.get(name, ())]


def sort_out(facts: Iterable[StampedFact]) -> Story:
    """The order's facts, each at the thing that it is told of."""
    story = Story(in_order_of_evidence(facts))
    for stamped in story.facts:
        story.told.setdefault(stamped.name, []).append(stamped)
        if stamped.fact.references:
            _introduce(story, stamped.fact)
    _sort_legs(story)
    _sort_shipments(story)
    _sort_carriers(story)
    _sort_invoices(story)
    _sort_returns(story)
    return story


def _introduce(story: Story, fact: Fact) -> None:
    """Makes known the identities whose issuer an event names, so that all mentions choose among the same ones."""
    for reference in fact.references:
        if reference.issuer is None:
            continue
        if reference.scheme == "leg":
            story.legs.own(reference.issuer, reference.value)
        elif reference.scheme == "shipment":
            story.shipments.own(reference.issuer, reference.value)
        elif reference.scheme == "return":
            story.returns.own(reference.issuer, reference.value)


def _each(story: Story, facts: Iterable[StampedFact], apply: Callable[[Story, StampedFact], None]) -> None:
    for stamped in facts:
        try:
            apply(story, stamped)
        except Unclear as unclear:
            stamp = stamped.stamp
            story.unapplied.append(
                UnappliedFact(stamp.source, stamp.id, unclear.scheme, unclear.value, unclear.issuers, stamp.position)
            )


def _sort_legs(story: Story) -> None:
    for stamped in story.named("leg.planned", "leg.released"):
        value = stamped.fact.leg  # type: ignore[attr-defined]  # every leg.* fact has it
        issuer = issuer_of(stamped, "leg", value) or stamped.stamp.source
        story.legs.own(issuer, value).hear(stamped)

    def apply(story: Story, stamped: StampedFact) -> None:
        _leg_meant(story, stamped, stamped.fact.leg).hear(stamped)  # type: ignore[attr-defined]  # every leg.* fact has it

    _each(story, story.named(*LEG_WORDS), apply)


def _leg_meant(story: Story, stamped: StampedFact, value: str) -> Leg:
    issuer = issuer_of(stamped, "leg", value)
    if issuer is not None:
        return story.legs.own(issuer, value)
    candidates = story.legs.by_value.get(value, ())
    if not candidates:
        return story.legs.hear(value)
    if len(candidates) == 1:
        return candidates[0]
    releases = set(referenced(stamped.fact, "release"))
    fitting = [leg for leg in candidates if releases & leg.release_numbers()]
    if len(fitting) != 1:
        raise Unclear("leg", value, (leg.issuer for leg in candidates))
    return fitting[0]


def _sort_shipments(story: Story) -> None:
    homes: dict[tuple[str, str], Leg] = {}

    def apply(story: Story, stamped: StampedFact) -> None:
        fact = stamped.fact
        assert isinstance(fact, LegShipped)
        homes[stamped.stamp.source, stamped.stamp.id] = _leg_meant(story, stamped, fact.leg)
        story.shipments.own(issuer_of(stamped, "shipment", fact.shipment) or stamped.stamp.source, fact.shipment).hear(stamped)

    _each(story, story.told.get("leg.shipped", ()), apply)
    for shipment in story.shipments.owned.values():
        documents = shipment.facts("leg.shipped")
        if documents:
            document = shipment.document = latest(documents)
            assert isinstance(document.fact, LegShipped)
            shipment.leg = homes[document.stamp.source, document.stamp.id]
            shipment.tracking = document.fact.tracking


@dataclass(frozen=True, slots=True)
class Mention:
    """A shipment as an event names it, with what the event names beside it."""

    stamped: StampedFact
    value: str
    leg: str | None
    tracking: frozenset[str]

    def contradicts(self, shipment: Shipment) -> bool:
        """A shipment belongs to one leg."""
        return self.leg is not None and shipment.leg is not None and shipment.leg.value != self.leg

    def fits(self, shipment: Shipment) -> bool:
        """True when something beside the number speaks for this shipment."""
        if self.tracking & set(shipment.tracking):
            return True
        leg = shipment.leg
        return leg is not None and (
            self.leg == leg.value or bool(leg.release_numbers() & set(referenced(self.stamped.fact, "release")))
        )


def _mention(stamped: StampedFact, value: str) -> Mention:
    fact = stamped.fact
    tracking = referenced(fact, "tracking")
    if isinstance(fact, ShipmentEvent) and fact.tracking is not None:
        tracking.append(fact.tracking)
    return Mention(stamped, value, _leg_named(fact), frozenset(tracking))


def _leg_named(fact: Fact) -> str | None:
    leg = getattr(fact, "leg", None)
    return leg if leg is not None else next(iter(referenced(fact, "leg")), None)


def _known_shipment(story: Story, mention: Mention) -> Shipment | None:
    """The shipment that is meant, None when it is none that anybody has told of. Raises Unclear."""
    names, stamped, value = story.shipments, mention.stamped, mention.value
    issuer = issuer_of(stamped, "shipment", value)
    if issuer is not None:
        return names.own(issuer, value)
    if may_be_own(stamped, "shipment") and (stamped.stamp.source, value) in names.owned:
        return names.owned[stamped.stamp.source, value]
    fitting = [shipment for shipment in names.by_value.get(value, ()) if not mention.contradicts(shipment)]
    if not fitting:
        heard = names.heard_of(value)
        fitting = [shipment for shipment in heard if not mention.contradicts(shipment)]
    if len(fitting) > 1:
        better = [shipment for shipment in fitting if mention.fits(shipment)]
        if len(better) != 1:
            raise Unclear("shipment", value, (shipment.issuer for shipment in fitting))
        return better[0]
    return fitting[0] if fitting else None


def _shipment_meant(story: Story, mention: Mention) -> Shipment:
    """Like `_known_shipment`, but a shipment that nobody has told of begins here."""
    shipment = _known_shipment(story, mention)
    if mention.leg is None:
        return shipment or story.shipments.hear(mention.value)
    if shipment is not None and shipment.document is not None:
        return shipment
    leg = _leg_meant(story, mention.stamped, mention.leg)
    if shipment is None or (shipment.issuer is None and shipment.leg is not leg):
        # Two partners that number alike stay apart by their legs even before either has told of its shipment.
        shipment = story.shipments.hear(mention.value, leg)
    shipment.leg = shipment.leg or leg
    return shipment


def _sort_carriers(story: Story) -> None:
    """Events that name a leg go first, then those that name a shipment, then those with a tracking number alone: so
    that each finds what the ones before it have made known."""
    facts = story.named(*CARRIER_WORDS, "shipment.posted")
    facts.sort(key=lambda stamped: _leg_named(stamped.fact) is None)

    def apply(story: Story, stamped: StampedFact) -> None:
        mention = _mention(stamped, _shipment_named(stamped.fact) or "")
        shipment = _shipment_meant(story, mention)
        shipment.hear(stamped)
        if mention.tracking and not (shipment.document and shipment.document.fact.tracking):  # type: ignore[attr-defined]
            shipment.tracking = tuple(sorted({*shipment.tracking, *mention.tracking}))

    _each(story, [stamped for stamped in facts if _shipment_named(stamped.fact) is not None], apply)
    _each(story, [stamped for stamped in facts if _shipment_named(stamped.fact) is None], _apply_tracking)


def _shipment_named(fact: Fact) -> str | None:
    shipment: str | None = getattr(fact, "shipment", None)
    return shipment if shipment is not None else next(iter(referenced(fact, "shipment")), None)


def _apply_tracking(story: Story, stamped: StampedFact) -> None:
    """A tracking number may cover several shipments; the leg, where named, narrows it down."""
    fact = stamped.fact
    assert isinstance(fact, ShipmentEvent)
    number = fact.tracking or ""
    mention = Mention(stamped, "", _leg_named(fact), frozenset({number}))
    known = [s for s in story.shipments.every() if number in s.tracking and not mention.contradicts(s)]
    if not known:
        leg = _leg_meant(story, stamped, mention.leg) if mention.leg is not None else None
        parcel = story.shipments.hear("", (number, leg))  # a shipment whose own number nobody has told
        parcel.leg, parcel.tracking = leg, (number,)
        known = [parcel]
    for shipment in known:
        shipment.hear(stamped)


def _sort_invoices(story: Story) -> None:
    def apply(story: Story, stamped: StampedFact) -> None:
        fact = stamped.fact
        assert isinstance(fact, InvoiceEvent)
        # An invoice may cover several orders: a shipment that nobody has told of here may well be another order's.
        found = [_known_shipment(story, _mention(stamped, value)) for value in fact.shipments]
        invoice = story.invoices.own(issuer_of(stamped, "invoice", fact.invoice) or stamped.stamp.source, fact.invoice)
        invoice.covers[stamped.stamp.source, stamped.stamp.id] = tuple(shipment for shipment in found if shipment)
        invoice.hear(stamped)

    _each(story, story.named(*INVOICE_WORDS), apply)


def _sort_returns(story: Story) -> None:
    def apply(story: Story, stamped: StampedFact) -> None:
        value: str = stamped.fact.return_  # type: ignore[attr-defined]  # every return.* fact has it
        names = story.returns
        issuer = issuer_of(stamped, "return", value)
        candidates = names.by_value.get(value, ())
        if issuer is not None:
            names.own(issuer, value).hear(stamped)
        elif len(candidates) > 1:
            raise Unclear("return", value, (candidate.issuer for candidate in candidates))
        else:
            (candidates[0] if candidates else names.hear(value)).hear(stamped)

    _each(story, story.named("return.authorized", "return.received", "return.credited"), apply)
