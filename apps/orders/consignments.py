"""Finds the shipment that each dispatch, carrier's word and posting is told of."""

from dataclasses import dataclass

from apps.contracts.facts import Fact, LegShipped, ShipmentEvent, StampedFact
from apps.orders.identities import Leg, Shipment, Unclear, issuer_of, may_be_own, referenced
from apps.orders.ordering import latest
from apps.orders.story import CARRIER_WORDS, Story, apply_each, leg_meant


def sort_shipments(story: Story) -> None:
    homes: dict[tuple[str, str], Leg] = {}

    def apply(story: Story, stamped: StampedFact) -> None:
        fact = stamped.fact
        assert isinstance(fact, LegShipped)
        homes[stamped.stamp.source, stamped.stamp.id] = leg_meant(story, stamped, fact.leg)
        story.shipments.own(issuer_of(stamped, "shipment", fact.shipment) or stamped.stamp.source, fact.shipment).hear(stamped)

    apply_each(story, story.told.get("leg.shipped", ()), apply)
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


def mention_of(stamped: StampedFact, value: str) -> Mention:
    fact = stamped.fact
    tracking = referenced(fact, "tracking")
    if isinstance(fact, ShipmentEvent) and fact.tracking is not None:
        tracking.append(fact.tracking)
    return Mention(stamped, value, _leg_named(fact), frozenset(tracking))


def _leg_named(fact: Fact) -> str | None:
    leg = getattr(fact, "leg", None)
    return leg if leg is not None else next(iter(referenced(fact, "leg")), None)


def known_shipment(story: Story, mention: Mention) -> Shipment | None:
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
    shipment = known_shipment(story, mention)
    if mention.leg is None:
        return shipment or story.shipments.hear(mention.value)
    if shipment is not None and shipment.document is not None:
        return shipment
    leg = leg_meant(story, mention.stamped, mention.leg)
    if shipment is None or (shipment.issuer is None and shipment.leg is not leg):
        # Two partners that number alike stay apart by their legs even before either has told of its shipment.
        shipment = story.shipments.hear(mention.value, leg)
    shipment.leg = shipment.leg or leg
    return shipment


def sort_carriers(story: Story) -> None:
    """Events that name a leg go first, then those that name a shipment, then those with a tracking number alone: so
    that each finds what the ones before it have made known."""
    facts = story.named(*CARRIER_WORDS, "shipment.posted")
    facts.sort(key=lambda stamped: _leg_named(stamped.fact) is None)

    def apply(story: Story, stamped: StampedFact) -> None:
        mention = mention_of(stamped, _shipment_named(stamped.fact) or "")
        shipment = _shipment_meant(story, mention)
        shipment.hear(stamped)
        if mention.tracking and not (shipment.document and shipment.document.fact.tracking):  # type: ignore[attr-defined]
            shipment.tracking = tuple(sorted({*shipment.tracking, *mention.tracking}))

    apply_each(story, [stamped for stamped in facts if _shipment_named(stamped.fact) is not None], apply)
    apply_each(story, [stamped for stamped in facts if _shipment_named(stamped.fact) is None], _apply_tracking)


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
        leg = leg_meant(story, stamped, mention.leg) if mention.leg is not None else None
        parcel = story.shipments.hear("", (number, leg))  # a shipment whose own number nobody has told
        parcel.leg, parcel.tracking = leg, (number,)
        known = [parcel]
    for shipment in known:
        shipment.hear(stamped)
