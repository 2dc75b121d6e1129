"""The CSV of a filter: all of its rows up to a bound, streamed page by page, safe to open in a spreadsheet."""

from collections.abc import Iterator
from itertools import islice

from apps.console import spreadsheet
from apps.console.access import Reader
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
    rows = islice(_rows(filters, reader), ROW_LIMIT)
    return spreadsheet.lines(columns, (_values(row, reader) for row in rows))


def _rows(filters: OrderFilter, reader: Reader) -> Iterator[OrderRow]:
    cursor = None
    while True:
        page = find_orders(filters, now=reader.clock.now, cursor=cursor, page_size=PAGE_SIZE)
        yield from page.rows
        if page.next is None:
            return
        cursor = page.next


def _values(row: OrderRow, reader: Reader) -> list[str]:
    late = is_late_row(row, reader.clock.now)
    partners = row.partners if reader.partner is None else (reader.partner,)
    values = [
        row.handle,
        row.status,
        " ".join(row.overlays),
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
