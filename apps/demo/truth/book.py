"""The whole truth of a world as of a moment: every order, every message that did not end applied, every fault."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from apps.demo.truth.apart import ambient_notes, signalled, silences, unusable
from apps.demo.truth.expected import Kept, expected_of
from apps.demo.truth.hearing import Note, heard, in_force
from apps.demo.truth.orders import order_truth
from apps.demo.truth.rows import Row
from apps.demo.truth.seen import Seen
from apps.demo.world.programme import Programme
from apps.demo.world.things import Dispatch, Kind, Leg, Order, Reach, Word

_ALL_TIME: Final = timedelta(days=400)
_OF_MESSAGES: Final = {"DEAD_LETTER", "CONTRACT_VIOLATION"}


@dataclass(frozen=True, slots=True)
class Foreign:
    """A posting of `owner`'s dispatch that names another order. `claimed_at`: when a word that gives the dispatch to its
    owner was heard, None where none was: with both, two orders claim it."""

    owner: str
    named: str
    dispatch: Dispatch
    note: Note
    claimed_at: datetime | None

    @property
    def contested_since(self) -> datetime | None:
        """When the second claim was heard."""
        return max(self.claimed_at, self.note.telling.told_at) if self.claimed_at else None

    @property
    def orders(self) -> list[str]:
        return sorted((self.owner, self.named))

    @property
    def conflict(self) -> dict[str, Any]:
        return {"scheme": "shipment", "value": self.dispatch.shipment, "orders": self.orders}


@dataclass(slots=True)
class Book:
    """The truth while it is put together: by what had been told by `until`. `judged_at`: as of when clocks are read, where
    that is later."""

    programme: Programme
    until: datetime
    judged_at: datetime | None = None
    orders: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    expected: list[Row] = field(default_factory=list)
    kept: set[Kept] = field(default_factory=set)
    heard: list[tuple[str, Kind, datetime]] = field(default_factory=list)  # each message's source and kind, and when
    count: int = 0

    def write(self) -> dict[str, Any]:
        places = {self.programme.number(p): (p, at) for p, at in self.programme.starts(self._since, self.until)}
        claims, foreign = self._look_round(places)
        twins = self._twins(places)
        for place in places.values():
            order = self._order(place)
            wish = order.original or order.number
            others = [self._order(places[number]) for number in twins.get(wish, ()) if number != order.number]
            self._enter(order, claims, foreign, [Seen(other, self.until, claims) for other in others])
        self.faults.sort(key=lambda fault: (fault["at"], fault["order"], fault["fault"]))
        self._listen()
        return {
            "seed": self.programme.plan.seed,
            "mark": self.programme.plan.mark,
            "began_at": self.programme.plan.began_at,
            "until": self.until,
            "orders": self.orders,
            "messages": {"told": self.count, "not_applied": self.messages},
            "faults": self.faults,
            "expected_exceptions": [row | {"measured": self._is_measured(row)} for row in self.expected],
            "spells": list(self._spells()),
        }

    @property
    def _now(self) -> datetime:
        return self.judged_at or self.until

    def _is_measured(self, row: Row) -> bool:
        """A promise counts only where what would keep it is sent at all."""
        return row["sender"] is None or (row["code"], row["sender"]) in self.kept

    def _listen(self) -> None:
        """What belongs to no order."""
        notes = ambient_notes(self.programme, self.until)
        heard = [(note.word.source, note.telling.kind, note.telling.told_at) for note in notes]
        self.expected += [*signalled(notes, self._now), *silences([*self.heard, *heard], self._now)]

    @property
    def _since(self) -> datetime:
        return self.programme.plan.began_at - _ALL_TIME

    def _order(self, place: tuple[int, datetime]) -> Order:
        return self.programme.order(*place)

    def _look_round(self, places: Mapping[str, tuple[int, datetime]]) -> tuple[dict[str, frozenset[str]], list[Foreign]]:
        """What one order's messages do to another: numbers used twice, postings that name the wrong order."""
        owners: defaultdict[str, set[str]] = defaultdict(set)
        foreign: list[Foreign] = []
        for place in places.values():
            seen = Seen(self._order(place), self.until)
            for leg, dispatch in _dispatches(seen.order):
                if seen.shipped(leg, dispatch):
                    for tracking in dispatch.tracking:
                        owners[tracking].add(seen.order.number)
                word = dispatch.posted
                if word and word.reach is Reach.ELSEWHERE and (note := in_force(heard(word, self.until))):
                    claimed_at = _claimed_at(seen, leg, dispatch)
                    foreign.append(Foreign(seen.order.number, word.elsewhere, dispatch, note, claimed_at))
        return {number: frozenset(names) for number, names in owners.items() if len(names) > 1}, foreign

    def _twins(self, places: Mapping[str, tuple[int, datetime]]) -> dict[str, list[str]]:
        """The numbers of the orders that are one order's wish, itself first, by its number."""
        found: dict[str, list[str]] = {}
        for number, place in places.items():
            if original := self._order(place).original:
                found.setdefault(original, [original]).append(number)
        return found

    def _enter(
        self, order: Order, claims: Mapping[str, frozenset[str]], foreign: Sequence[Foreign], twins: Sequence[Seen]
    ) -> None:
        seen = Seen(order, self.until, claims)
        posted_here = [(each.dispatch, each.note) for each in foreign if each.named == order.number]
        truth = order_truth(order, self.until, claims, posted_here)
        if truth is not None:
            self.orders[order.number] = truth
            claimed = [each for each in foreign if each.claimed_at and order.number in each.orders]
            truth["conflicts"] = sorted((each.conflict for each in claimed), key=lambda conflict: conflict["value"])
        for word in order.words:
            self._enter_messages(seen, word)
        contested = [
            (each.dispatch.shipment, each.contested_since)
            for each in foreign
            if each.contested_since and order.number in each.orders
        ]
        expected = expected_of(seen, contested, twins, self._now)
        self.expected += expected.rows
        self.kept |= expected.kept
        due = {row["code"] for row in expected.rows} | _OF_MESSAGES
        for fault in order.injected:
            if fault.at <= self.until:
                self.faults.append(asdict(fault) | {"expects": [code for code in fault.expects if code in due]})

    def _enter_messages(self, seen: Seen, word: Word) -> None:
        for telling in word.tellings:
            if telling.told_at > self.until:
                continue
            self.count += 1
            self.heard.append((word.source, telling.kind, telling.told_at))
            if telling.kind is Kind.SAME_ID:
                continue
            state = "conflict" if telling.kind is Kind.REUSED_ID else state_of(seen, word)
            if state == "quarantined":
                self.expected.append(unusable(word, Note(word, telling), self._now))
            if state != "applied":
                row = {"source": word.source, "id": telling.id, "state": state, "why": word.reach.value}
                self.messages.append(row)

    def _spells(self) -> Iterator[dict[str, Any]]:
        for kind in ("outage", "clock_skew"):
            for spell in self.programme.conditions.spells(kind, self.programme.plan.began_at, self.until):
                row = {"fault": kind, "source": spell.source, "since": spell.since, "until": spell.until}
                expects = ["PARTNER_SILENT"] if kind == "outage" else []
                yield row | {"offset_seconds": int(spell.offset.total_seconds()), "expects": expects}


def _dispatches(order: Order) -> Iterator[tuple[Leg, Dispatch]]:
    return ((leg, dispatch) for leg in order.legs for dispatch in leg.dispatches)


def _claimed_at(seen: Seen, leg: Leg, dispatch: Dispatch) -> datetime | None:
    """When a word was first heard that gives the shipment to the order that it belongs to."""
    words = [dispatch.shipped, *dispatch.posting_failures]
    words += [invoice.issued for invoice in seen.order.invoices if dispatch in invoice.dispatches]
    return min((note.telling.told_at for word in words for note in seen.of_leg(leg, word)), default=None)


def state_of(seen: Seen, word: Word) -> str:
    """What becomes of the word's messages."""
    if word.reach is Reach.UNREADABLE:
        return "quarantined"
    if word.reach is Reach.NOBODY:
        return "unmatched"
    if word.reach in (Reach.ORDER, Reach.ELSEWHERE, Reach.NO_ORDER):
        return "applied"
    for returned in seen.order.returns:
        if word is returned.received:
            return "applied" if seen.of_return(returned, word) else "unmatched"
    for leg in seen.order.legs:
        for dispatch in leg.dispatches:
            for _, said in (*dispatch.scans, *dispatch.deliveries, *dispatch.failures):
                if said is word:
                    return _parcel_state(seen, leg, dispatch, word)
    return _leg_state(seen, word)


def _parcel_state(seen: Seen, leg: Leg, dispatch: Dispatch, word: Word) -> str:
    if word.reach is Reach.TRACKING and word.data["tracking"] in seen.claims:
        return "ambiguous"
    return "applied" if seen.of_parcel(leg, dispatch, word) else "unmatched"


def _leg_state(seen: Seen, word: Word) -> str:
    leg = next(leg for leg in seen.order.legs if leg.number == word.data["leg"])
    return "applied" if seen.knows_leg(leg) else "unmatched"
