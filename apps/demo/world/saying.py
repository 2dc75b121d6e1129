"""How a system says something: what its clock claims, when it is heard, how often, and what goes wrong on the way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from apps.demo.world.chance import Chance
from apps.demo.world.conditions import NEVER, Conditions
from apps.demo.world.faults import Injected
from apps.demo.world.network import CURRENCY, Product
from apps.demo.world.things import Amounts, Kind, Order, Reach, Telling, Word

_OVERTAKEN_BY: Final = timedelta(hours=12)  # nobody overtakes across a longer silence
_SAME_ID_ONLY: Final = ("order.allocated", "order.cancelled")  # each message of these counts for itself
_MEANT: Final = (Reach.NOBODY, Reach.ELSEWHERE, Reach.UNREADABLE)  # one fault a message is enough


@dataclass(slots=True)
class Teller:
    """Says the words of one order. A word's key is unique in the order and does not depend on what else is said."""

    order: Order
    chance: Chance
    conditions: Conditions

    def say(  # noqa: PLR0913 - who says what of what, when and how it can be found
        self,
        source: str,
        name: str,
        key: str,
        at: datetime,
        data: dict[str, Any],
        *,
        reach: Reach = Reach.ORDER,
        elsewhere: str = "",
        type_: str = "",
    ) -> Word:
        at = at.replace(microsecond=0)
        claimed = at + self.conditions.skew(source, at)
        told = at + timedelta(seconds=round(self.chance.between(f"{key}/lag", 0.3, 25), 3))
        word = Word(name, source, at, data, reach, [], elsewhere, type_)
        if reach not in _MEANT and self.hits("late", key, at):
            told += timedelta(seconds=round(self.chance.between(f"{key}/late/by", 3 * 3600, 30 * 3600), 3))
            self.note("late", word, key, at)
        told = self._heard(word, key, told)
        word.tellings.append(Telling(self.id_of(key), told, claimed))
        if reach not in _MEANT:
            self._say_again(word, key)
        self.order.words.append(word)
        return word

    def hits(self, fault: str, key: str, at: datetime) -> bool:
        return self.chance.hits(f"{key}/{fault}", self.conditions.rate(fault, at))

    def id_of(self, key: str) -> str:
        return f"{self.order.number}-{key}"

    def note(  # noqa: PLR0913 - an entry of the record, field by field
        self,
        fault: str,
        word: Word | None,
        key: str,
        at: datetime,
        *,
        leg: str = "",
        shipment: str = "",
        expects: tuple[str, ...] = (),
        note: str = "",
    ) -> None:
        data = word.data if word else {}
        message = (word.source, self.id_of(key)) if word else None
        leg, shipment = leg or data.get("leg", ""), shipment or data.get("shipment", "")
        self.order.injected.append(Injected(fault, at, self.order.number, leg, shipment, message, expects, note))

    def _heard(self, word: Word, key: str, told: datetime) -> datetime:
        return self.conditions.heard(word.source, told, self.id_of(key))

    def _say_again(self, word: Word, key: str) -> None:
        first = word.tellings[0]
        if first.told_at >= NEVER:
            return
        if self.hits("reused_id", key, word.at):
            told = self._heard(word, f"{key}/reused", self._later(first, f"{key}/reused/after", 240))
            word.tellings.append(Telling(first.id, told, first.claimed_at, Kind.REUSED_ID, word.data | {"remark": "resent"}))
            self.note("reused_id", word, key, told)
        elif self.hits("duplicate", key, word.at):
            is_new = word.name not in _SAME_ID_ONLY and self.chance.hits(f"{key}/duplicate/new", 0.5)
            told = self._heard(word, f"{key}/again", self._later(first, f"{key}/duplicate/after", 300))
            id_ = f"{first.id}-again" if is_new else first.id
            word.tellings.append(Telling(id_, told, first.claimed_at, Kind.NEW_ID if is_new else Kind.SAME_ID))
            self.note("duplicate", word, f"{key}-again" if is_new else key, told)

    def _later(self, first: Telling, name: str, most_minutes: int) -> datetime:
        return first.told_at + timedelta(seconds=round(self.chance.between(name, 20, most_minutes * 60), 3))

    def let_overtake(self) -> None:
        """The messages that are overtaken are heard after up to three of those that follow them. Last of all."""
        words = sorted(self.order.words, key=lambda word: (word.tellings[0].told_at, word.tellings[0].id))
        moved: list[tuple[Telling, datetime]] = []
        for place, word in enumerate(words):
            first = word.tellings[0]
            key = first.id.removeprefix(f"{self.order.number}-")
            if len(word.tellings) > 1 or word.reach in _MEANT or not self.hits("out_of_order", key, word.at):
                continue
            by = self.chance.whole(f"{key}/overtaken/by", 1, 3)
            following = [other.tellings[0].told_at for other in words[place + 1 : place + 1 + by]]
            near = [told for told in following if told < NEVER and told - first.told_at <= _OVERTAKEN_BY]
            if near:
                extra = timedelta(seconds=round(self.chance.between(f"{key}/overtaken/gap", 1, 90), 3))
                moved.append((first, self._heard(word, key, near[-1] + extra)))
                self.note("out_of_order", word, key, word.at)
        for telling, told in moved:
            telling.told_at = told


def named_lines(order: Order, amounts: Amounts, *, with_ids: bool = True) -> list[dict[str, Any]]:
    """Lines as documents after the order name them; without ids by SKU alone, one row for each SKU."""
    if with_ids:
        return [_row(order.line(line).product, quantity, line) for line, quantity in amounts.items()]
    by_sku: dict[Product, int] = {}
    for line, quantity in amounts.items():
        product = order.line(line).product
        by_sku[product] = by_sku.get(product, 0) + quantity
    return [_row(product, quantity) for product, quantity in by_sku.items()]


def _row(product: Product, quantity: int, line: str | None = None) -> dict[str, Any]:
    row: dict[str, Any] = {"sku": product.sku, "quantity": quantity, "uom": product.uom}
    return row if line is None else {"line": line, **row}


def order_rows(order: Order, amounts: Amounts) -> list[dict[str, Any]]:
    """Lines as the OMS places them."""
    return [
        {
            "line": line.line,
            "sku": line.product.sku,
            "quantity": amounts[line.line],
            "uom": line.product.uom,
            "unit_price": {"amount": line.product.unit_price, "currency": CURRENCY},
            "description": line.product.description,
        }
        for line in order.lines
        if line.line in amounts
    ]
