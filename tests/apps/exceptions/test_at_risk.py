"""At risk, told both ways: of one order from its clocks, and of lists by one SQL condition. The same orders at every moment."""

import itertools
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from apps.exceptions import measured
from apps.exceptions.at_risk import at_risk_of, counted, is_at_risk, narrowed
from apps.orders.filters import OrderFilter, condition_of
from apps.orders.queries import count_orders, find_orders, get_order
from apps.orders.refold import COLUMNS
from apps.sla.clocks import Clock
from apps.sla.commitments import MEASURES
from apps.sla.queries import clocks_of_order
from tests import messages as m

pytestmark = pytest.mark.django_db
Pairs = frozenset[tuple[str, str]]
EVERYTHING: Pairs = frozenset((code, sender) for code in MEASURES for sender in ("", "northstar", "polaris"))
SHIPPING: Pairs = frozenset({("ship", "northstar"), ("deliver", "")})
ACKNOWLEDGING: Pairs = frozenset({("acknowledge", "polaris"), ("ship", "")})
NOTHING: Pairs = frozenset()
LINES = [m.line("1", "GLV", 10)]
MICROSECOND = timedelta(microseconds=1)


def released(order: str, partner: str = "northstar", **more: Any) -> list[Any]:
    leg = {"leg": f"{order}-L", "partner": partner, "site": "ATL", "lines": LINES, "ship_by": "2026-03-02T20:00:00Z"}
    return [
        m.message("order.placed", m.OMS, order=order, lines=LINES, promised_date="2026-03-04T08:00:00Z"),
        m.message("leg.released", m.MIDDLEWARE, minute=10, order=order, **leg | more),
    ]


def tell_orders() -> list[str]:
    """Orders whose clocks run, have stopped, are owed no more, or never began; their handles."""
    m.tell(
        *released("open"),
        *released("of polaris", "polaris"),
        *released("due later", ship_by="2026-03-03T20:00:00Z"),
        *released("acknowledged"),
        m.message("leg.acknowledged", m.NORTH, minute=30, leg="acknowledged-L"),
        *released("shipped"),
        m.message("leg.shipped", m.NORTH, minute=90, leg="shipped-L", shipment="S", lines=LINES, final=True),
        *released("cancelled"),
        m.message("order.cancelled", m.OMS, minute=100, order="cancelled"),
        m.message("order.placed", m.OMS, order="placed alone", lines=LINES),
    )
    return [row.handle for row in find_orders(OrderFilter(), now=m.NOW, cursor=None, page_size=50).rows]


def clocks_by_order(handles: Iterable[str]) -> dict[str, list[Clock]]:
    return {handle: clocks_of_order(bytes.fromhex(get_order(handle).key)) for handle in handles}


def moments_of(clocks: dict[str, list[Clock]]) -> list[datetime]:
    edges = {edge for own in clocks.values() for clock in own for edge in (clock.warn_at, clock.due_at)}
    return sorted({edge + step for edge in edges for step in (-MICROSECOND, timedelta(0), MICROSECOND)})


def test_lists_and_orders_agree_on_what_is_at_risk_at_every_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    handles = tell_orders()
    clocks = clocks_by_order(handles)
    moments = moments_of(clocks)
    seen: dict[tuple[Pairs, str | None], set[str]] = {}
    for pairs, partner in itertools.product((EVERYTHING, SHIPPING, ACKNOWLEDGING, NOTHING), (None, "northstar", "polaris", "")):
        monkeypatch.setattr(measured, "pairs", lambda pairs=pairs: pairs)
        found = seen.setdefault((pairs, partner), set())
        own = {handle: counted(each, visible_partner=partner) for handle, each in clocks.items()}
        for now in moments:
            expected = {handle for handle, each in own.items() if is_at_risk(each, now)}
            assert at_risk_of(handles, now=now, visible_partner=partner) == expected
            filters = narrowed(OrderFilter(overlay="at_risk", visible_partner=partner), now=now)
            rows = find_orders(filters, now=now, cursor=None, page_size=50).rows
            assert {row.handle for row in rows} == expected
            found |= expected
        assert count_orders(filters, now=now) == len(rows)
        assert bool(found) == expected_somebody(pairs, partner)
    assert seen[EVERYTHING, None] >= {"open", "of polaris", "acknowledged", "shipped"}
    assert seen[EVERYTHING, "polaris"] == seen[ACKNOWLEDGING, None] == {"of polaris"}
    assert "placed alone" not in seen[EVERYTHING, None]


def expected_somebody(pairs: Pairs, partner: str | None) -> bool:
    """Whether anything of what is measured is the reader's to see, and runs in some order."""
    return any(
        (sender == "" and MEASURES[measure].sender == "house" and partner is None)
        or (sender != "" and MEASURES[measure].sender == "partner" and partner in (None, sender))
        for measure, sender in pairs
        if measure in {"acknowledge", "ship", "deliver"}
    )


def test_other_overlays_are_left_as_they_are() -> None:
    filters = OrderFilter(overlay="late", region="EU")
    assert narrowed(filters, now=m.NOW) is filters
    assert at_risk_of([], now=m.NOW) == frozenset()


def test_a_list_that_does_not_know_the_clocks_says_so() -> None:
    with pytest.raises(AssertionError, match=r"apps\.exceptions\.at_risk\.narrowed"):
        condition_of(OrderFilter(overlay="at_risk"), m.NOW)


def test_what_is_at_risk_is_found_by_its_own_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 20,000 orders whose clocks have stopped, or run and are far from their warning, but for 30."""
    monkeypatch.setattr(measured, "pairs", lambda: EVERYTHING)
    m.tell(m.message("order.placed", m.OMS, order="one", lines=LINES))
    same = ", ".join(f'"{name}"' for name, _ in COLUMNS if name not in {"key", "handle"})
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO orders_order (key, handle, {same})
                SELECT decode(md5(n::text), 'hex'), n::text, {same} FROM orders_order, generate_series(1, 20000) AS n""",
        )
        cursor.execute(
            """INSERT INTO sla_clock
                SELECT decode(md5(n::text), 'hex'), 'ship', 'leg', n::text, '', 'ship', 'happened', 'northstar', 'ATL',
                    %(now)s, %(now)s, %(now)s + n * interval '1 minute', %(now)s + (n - 60) * interval '1 minute',
                    NULL, CASE WHEN n %% 2 = 0 THEN %(now)s END, '', NULL, false, NULL
                FROM generate_series(1, 20000) AS n""",
            {"now": m.NOW},
        )
        cursor.execute("ANALYZE sla_clock")
        cursor.execute("ANALYZE orders_order")
        filters = narrowed(OrderFilter(overlay="at_risk"), now=m.NOW)
        condition, parameters = condition_of(filters, m.NOW)
        cursor.execute(f"EXPLAIN SELECT FROM orders_order WHERE {condition}", parameters)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert count_orders(filters, now=m.NOW) == 30
    assert "sla_clock_warned" in plan
    assert "Seq Scan" not in plan
