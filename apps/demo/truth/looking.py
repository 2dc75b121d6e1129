"""An order as it was told by a moment, looked back upon: what conditions ask of it, worked out once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from apps.demo.truth.hearing import Note, first, in_force
from apps.demo.truth.legs import has_left_whole, is_headed, is_heard_of
from apps.demo.truth.orders import completed_at, end_of, holds_of, is_all_cancelled, promised_of
from apps.demo.truth.quantities import Sums, add_up, ended
from apps.demo.truth.seen import Seen
from apps.demo.world.things import Dispatch, Leg, Order


@dataclass
class Look:
    """`seen` is the order as it had been told by then, each word brought to the order that it is known to be about now."""

    seen: Seen

    @property
    def at(self) -> datetime:
        return self.seen.until

    @property
    def order(self) -> Order:
        return self.seen.order

    @cached_property
    def sums(self) -> Sums:
        return add_up(self.seen)

    @cached_property
    def ending(self) -> str:
        """`cancelled` or `rejected` once nothing of the order is owed any more; what leaves all the same changes nothing."""
        if self.order.cancellations and is_all_cancelled(self.sums):
            return "cancelled"
        return "rejected" if self.seen.notes(self.order.rejected) else ""

    @cached_property
    def whole_cancelled(self) -> Note | None:
        """The word that cancels all of the order."""
        whole = [word for word, amounts in self.order.cancellations if amounts is None]
        return first(note for word in whole for note in self.seen.notes(word)) if whole else None

    @cached_property
    def holds(self) -> list[tuple[datetime, datetime | None, datetime | None]]:
        """Of each hold since when it stands, and when it was released where it is: as it happened, and as the release claims
        (None for a claim that nobody believes)."""
        found = []
        for hold in holds_of(self.seen).values():
            placed, freed = hold["placed"], hold["released"]
            if placed is None:  # its release was told before it
                continue
            stands_since = placed["occurred_at"] or placed["received_at"]
            until = freed["occurred_at"] or freed["received_at"] if freed else None
            found.append((stands_since, until, freed["occurred_at"] if freed else None))
        return found

    @cached_property
    def kept_until(self) -> datetime | None:
        """The last instant that keeps the promise, by the sites that are known."""
        legs = [leg for leg in self.order.legs if is_heard_of(self.seen, leg)]
        sites = {leg.warehouse.site if is_headed(self.seen, leg) else None for leg in legs}
        sites |= {None for _, word in self.order.strays if self.seen.notes(word)}
        end = end_of(promised_of(self.seen), sites)
        return end - timedelta(microseconds=1) if end else None

    @cached_property
    def completed_at(self) -> datetime | None:
        """When the last of all that is wanted was delivered."""
        legs = [leg for leg in self.order.legs if is_heard_of(self.seen, leg)]
        left = [(leg, dispatch) for leg in legs for dispatch in leg.dispatches if self.seen.has_left(leg, dispatch)]
        have_arrived = bool(legs) and all(self._has_arrived(leg) for leg in legs)
        return completed_at(self.seen, self.sums, left, legs_arrived=have_arrived)

    def _has_arrived(self, leg: Leg) -> bool:
        left = [dispatch for dispatch in leg.dispatches if self.seen.has_left(leg, dispatch)]
        return has_left_whole(self.seen, leg) and all(self.seen.delivered(leg, dispatch) for dispatch in left)

    def released_at(self, leg: Leg) -> datetime | None:
        return since(self.seen.notes(leg.released))

    def shipped_at(self, leg: Leg, dispatch: Dispatch) -> datetime | None:
        return since(self.seen.of_leg(leg, dispatch.shipped))

    def leg_ending(self, leg: Leg) -> str:
        return ended(self.seen, leg)

    def has_left_whole(self, leg: Leg) -> bool:
        return has_left_whole(self.seen, leg)

    def departures(self, leg: Leg) -> list[tuple[Dispatch, Note]]:
        """The dispatches that are told, with the confirmation in force."""
        return [(dispatch, note) for dispatch in leg.dispatches if (note := self.seen.shipped(leg, dispatch))]

    def signs_of_taking(self, leg: Leg) -> list[Note]:
        """All words of the 3PL about the leg, and of carriers about what has left."""
        words = [leg.acknowledged, leg.rejected, leg.cancelled, leg.packed, *leg.problems]
        words += [leg.picked[0]] if leg.picked else []
        notes = [note for word in words for note in self.seen.of_leg(leg, word)]
        for dispatch in leg.dispatches:
            notes += self.seen.of_leg(leg, dispatch.shipped)
            way = (*dispatch.scans, *dispatch.deliveries, *dispatch.failures)
            notes += [note for _, word in way for note in self.seen.of_parcel(leg, dispatch, word)]
        return notes


def since(notes: Sequence[Note]) -> datetime | None:
    """When a document says that it happened; where that is not believed, when the first copy of it was heard."""
    last = in_force(notes)
    if last is None or last.is_believed:
        return last.happened_at if last else None
    return min(note.telling.told_at for note in notes)


def moments_of(seen: Seen, others: list[datetime]) -> list[datetime]:
    """Each moment at which something of the order was heard; `others` are those at which another order's word mattered."""
    heard = {note.telling.told_at for word in seen.order.words for note in seen.notes(word)}
    return sorted(heard | {at for at in others if heard and min(heard) < at <= seen.until})
