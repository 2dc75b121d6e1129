"""An order as it was known at a past moment: the fold of what had been heard by then.

Which order a fact belongs to is what is known today: a fact that a later message gave to the order counts from when it was
itself heard. So an order's past is a function of its facts alone, as its present is (docs/architecture.md, "As known then").
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from apps.contracts.facts import StampedFact
from apps.core.errors import NotFound
from apps.orders.queries import OrderDetail, facts_of_order, get_order
from apps.orders.refold import ToldOrder, revision_of
from apps.partners.discovery import site_zones


@dataclass(frozen=True, slots=True)
class KnownOrder(OrderDetail):
    """An order as it was known at `moment`. Key, handle, number and issuer are today's; `told` has the state and the facts
    that had been heard by then."""

    moment: datetime
    told: ToldOrder

    @property
    def facts(self) -> Sequence[StampedFact]:
        return self.told.facts


def order_as_known(identifier: str, moment: datetime, *, visible_partner: str | None = None) -> KnownOrder:
    """The order of `order` or `issuer:order` as it was known at `moment`, that instant included.

    Raises NotFound where nothing of it had been heard by then; NotFound and Conflict as `get_order`, which is asked as of
    today: a partner's reader needs a leg of the order now, and sees the legs that were its own then.
    """
    today = get_order(identifier, visible_partner=visible_partner)
    return as_known(today, facts_of_order(today.key), moment)


def as_known(today: OrderDetail, facts: Sequence[StampedFact], moment: datetime) -> KnownOrder:
    """`order_as_known` where the order as it is known today, not redacted, and all its facts are at hand."""
    told = told_as_known(ToldOrder(today.handle, today.state, facts, site_zones()), moment)
    if told is None:
        raise not_known_yet(f"Order {today.handle}", moment)
    return KnownOrder(today.key, today.handle, revision_of(told.state, len(told.facts)).hex(), told.state, moment, told)


def told_as_known(told: ToldOrder, moment: datetime) -> ToldOrder | None:
    """The order with what had been heard of it by `moment` alone; None where that is nothing. Pure."""
    heard = heard_by(told.facts, moment)
    return ToldOrder(told.handle, told.known_at(heard, moment), heard, told.zones) if heard else None


def heard_by(facts: Iterable[StampedFact], moment: datetime) -> list[StampedFact]:
    """Those of `facts` that had been heard by `moment`, that instant included."""
    return [stamped for stamped in facts if stamped.stamp.heard_at <= moment]


def hearings(facts: Iterable[StampedFact]) -> tuple[datetime, ...]:
    """Each moment at which something was heard, the first first: between two of them nothing that is known changes."""
    return tuple(sorted({stamped.stamp.heard_at for stamped in facts}))


def not_known_yet(what: str, moment: datetime) -> NotFound:
    """The refusal where something that is known today was not by `moment`. `what` begins the sentence."""
    return NotFound(f"{what} was not known yet at {moment.astimezone(UTC).isoformat().replace('+00:00', 'Z')}.")
