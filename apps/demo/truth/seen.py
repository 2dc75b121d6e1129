"""One order as it was told by a moment: which of its words were heard, and reached it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from apps.demo.truth.hearing import Note, first, heard, in_force
from apps.demo.world.network import POLARIS
from apps.demo.world.things import Dispatch, Leg, Order, Reach, Return, Word


@dataclass(slots=True)
class Seen:
    """`claims`: the orders that are heard to have a tracking number, where it is more than one. `later`: what one looks back
    from: which order a word is about is known from there."""

    order: Order
    until: datetime
    claims: Mapping[str, frozenset[str]] = field(default_factory=dict)
    later: "Seen | None" = None

    def at(self, moment: datetime) -> "Seen":
        """The order as it was told by an earlier moment, looked back upon from here."""
        return Seen(self.order, moment, self.claims, self)

    def notes(self, word: Word | None) -> list[Note]:
        """Of a word that names the order."""
        return heard(word, self.until)

    def knows_leg(self, leg: Leg) -> bool:
        """True when somebody has said whose leg it is: the middleware, or the ERP by a shipment that the 3PL told of."""
        if self.later:
            return self.later.knows_leg(leg)
        if self.notes(leg.planned) or self.notes(leg.released):
            return True
        if leg.warehouse.names_order:
            return False  # nothing hangs on it: the 3PL's words name the order
        told = [dispatch for dispatch in leg.dispatches if self.notes(dispatch.shipped)]
        return any(self._is_billed(dispatch) for dispatch in told)

    def _is_billed(self, dispatch: Dispatch) -> bool:
        words = [dispatch.posted, *dispatch.posting_failures]
        words += [invoice.issued for invoice in self.order.invoices if dispatch in invoice.dispatches]
        return any(self.notes(word) for word in words if word and word.reach is Reach.ORDER)

    def of_leg(self, leg: Leg, word: Word | None) -> list[Note]:
        """Of a word of the leg's 3PL."""
        if word is None or (word.reach is Reach.LEG and not self.knows_leg(leg)):
            return []
        return self.notes(word)

    def of_parcel(self, leg: Leg, dispatch: Dispatch, word: Word) -> list[Note]:
        """Of a word of the way: by the leg where the 3PL drives, else by a number that leads to this order alone."""
        if word.reach is not Reach.TRACKING:
            return self.of_leg(leg, word)
        if not self.shipped(leg, dispatch) or word.data["tracking"] in self.claims:
            return []
        return self.notes(word)

    def shipped(self, leg: Leg, dispatch: Dispatch) -> Note | None:
        """The ship confirmation in force."""
        return in_force(self.of_leg(leg, dispatch.shipped))

    def has_left(self, leg: Leg, dispatch: Dispatch) -> bool:
        return bool(self.shipped(leg, dispatch)) or self.is_implied(leg, dispatch)

    def is_implied(self, leg: Leg, dispatch: Dispatch) -> bool:
        """Its own driver speaks of it, and nobody has told that it left."""
        if self.shipped(leg, dispatch) or leg.warehouse is not POLARIS:
            return False
        return any(self.of_leg(leg, word) for _, word in (*dispatch.scans, *dispatch.deliveries, *dispatch.failures))

    def delivered(self, leg: Leg, dispatch: Dispatch) -> Note | None:
        """The last parcel's delivery, once all are; a copy is no other delivery."""
        if not dispatch.tracking:
            return first(note for _, word in dispatch.deliveries for note in self.of_parcel(leg, dispatch, word))
        parcels = []
        for tracking in dispatch.tracking:
            words = [word for name, word in dispatch.deliveries if name == tracking]
            arrived = first(note for word in words for note in self.of_parcel(leg, dispatch, word))
            if arrived is None:
                return None
            parcels.append(arrived)
        return max(parcels, key=lambda note: note.place)

    def posted(self, dispatch: Dispatch) -> Note | None:
        word = dispatch.posted
        return in_force(self.notes(word)) if word and word.reach is Reach.ORDER else None

    def of_return(self, returned: Return, word: Word) -> list[Note]:
        """A 3PL that does not name the order is understood by the return's number, once that is known."""
        known = self.later or self
        if word.reach is Reach.RETURN and not (known.notes(returned.authorized) or known.notes(returned.credited)):
            return []
        return self.notes(word)
