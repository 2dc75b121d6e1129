"""What narrows a list of orders, and the one SQL condition that lists and counts share."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from apps.orders.search import LIST_LIMIT, keys_for

# The same rule as `apps.orders.lateness.is_late`, for the database; a test holds the two together.
LATE: Final = """
    (NOT is_closed AND promised_until IS NOT NULL
     AND ((completed_at IS NULL AND promised_until < %s) OR completed_at > promised_until))
"""
AT_RISK: Final = "at_risk"  # an overlay that clocks decide: the room of promises makes a condition of it


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition over `orders_order` and its parameters by place, from a room that knows more of orders than this one."""

    sql: str
    parameters: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What a list of orders is narrowed to; None means all. `visible_partner` limits to one partner's legs; `found` are the
    orders that `search` leads to, once that has been looked up; `among` narrows by what another room knows."""

    search: str | None = None
    status: str | None = None
    money: str | None = None
    partner: str | None = None
    region: str | None = None
    overlay: str | None = None
    late: bool | None = None
    visible_partner: str | None = None
    found: tuple[bytes, ...] | None = None
    among: Condition | None = None

    @property
    def is_cut(self) -> bool:
        """Whether the search leads to more orders than a list is narrowed to."""
        return self.found is not None and len(self.found) >= LIST_LIMIT


def looked_up(filters: OrderFilter) -> OrderFilter:
    """`filters` with what its search leads to, for who asks more than one question with it."""
    if not filters.search or filters.found is not None:
        return filters
    return replace(filters, found=tuple(keys_for(filters.search, visible_partner=filters.visible_partner)))


def condition_of(filters: OrderFilter, now: datetime) -> tuple[str, list[Any]]:
    """The WHERE condition over `orders_order` and its parameters."""
    assert filters.overlay != AT_RISK, "no column of an order says it: pass the filter through apps.exceptions.at_risk.narrowed"
    conditions = ["true"]
    parameters: list[Any] = []
    equal = (("status", filters.status), ("money", filters.money), ("region", filters.region))
    for column, value in equal:
        if value is not None:
            conditions.append(f"{column} = %s")
            parameters.append(value)
    partner = filters.partner if filters.visible_partner is None else filters.visible_partner
    if filters.partner is not None and filters.partner != partner:
        conditions.append("false")  # a partner's reader does not learn which orders it shares with another
    elif partner is not None:
        conditions.append("partners @> ARRAY[%s::text]")
        parameters.append(partner)
    is_late = True if filters.overlay == "late" else filters.late
    if is_late is not None:
        conditions.append(LATE if is_late else f"NOT coalesce({LATE}, false)")
        parameters.append(now)
    if filters.overlay is not None and filters.overlay != "late":
        conditions.append("overlays @> ARRAY[%s::text]")
        parameters.append(filters.overlay)
    if (found := looked_up(filters).found) is not None:
        conditions.append("key = ANY(%s)")
        parameters.append(list(found))
    if filters.among is not None:
        conditions.append(filters.among.sql)
        parameters += filters.among.parameters
    return " AND ".join(conditions), parameters
