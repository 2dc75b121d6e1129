"""The CSV of a filter: all of its rows up to a bound, streamed page by page, safe to open in a spreadsheet."""

from collections.abc import Iterator
from itertools import islice

from apps.console import spreadsheet
from apps.console.access import Reader
from apps.exceptions.at_risk import at_risk_of, narrowed
from apps.orders.lateness import is_late_row
from apps.orders.queries import OrderFilter, OrderRow, find_orders

ROW_LIMIT = 100_000
PAGE_SIZE = 500
COLUMNS = ("order", "status", "overlays", "late", "promised_date", "completed_at", "placed_at", "region", "channel", "partners")


def csv_lines(filters: OrderFilter, reader: Reader) -> Iterator[str]:
    """The header, then a line per order, the latest heard first."""
    columns = [*COLUMNS]
    if reader.sees_customers:
        columns += ["customer_id", "customer"]
    if reader.sees_money:
        columns += ["money", "value", "currency"]
    return spreadsheet.lines(columns, islice(_rows(filters, reader), ROW_LIMIT))


def _rows(filters: OrderFilter, reader: Reader) -> Iterator[list[str]]:
    now, cursor = reader.clock.now, None
    asked = narrowed(filters, now=now)
    while True:
        page = find_orders(asked, now=now, cursor=cursor, page_size=PAGE_SIZE)
        at_risk = at_risk_of([row.handle for row in page.rows], now=now, visible_partner=reader.partner)
        yield from (_values(row, reader, is_at_risk=row.handle in at_risk) for row in page.rows)
        if page.next is None:
            return
        cursor = page.next


def _values(row: OrderRow, reader: Reader, *, is_at_risk: bool) -> list[str]:
    overlays = [*row.overlays, "at_risk"] if is_at_risk else row.overlays
    late = is_late_row(row, reader.clock.now)
    partners = row.partners if reader.partner is None else (reader.partner,)
    values = [
        row.handle,
        row.status,
        " ".join(overlays),
        str(late).lower(),
        row.promised_date or "",
        row.completed_at.isoformat() if row.completed_at else "",
        row.placed_at.isoformat() if row.placed_at else "",
        row.region or "",
        row.channel or "",
        " ".join(partners),
    ]
    if reader.sees_customers:
        values += [row.customer_id or "", row.customer_name or ""]
    if reader.sees_money:
        values += [row.money, str(row.value) if row.value is not None else "", row.currency or ""]
    return values
