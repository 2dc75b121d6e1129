"""The CSV of a filter: all of its rows up to a bound, streamed page by page, safe to open in a spreadsheet."""

import csv
from collections.abc import Iterator
from itertools import islice

from apps.console.access import Reader
from apps.orders.lateness import is_late_row
from apps.orders.queries import OrderFilter, OrderRow, find_orders

ROW_LIMIT = 100_000
PAGE_SIZE = 500
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four are full-width
COLUMNS = ("order", "status", "overlays", "late", "promised_date", "completed_at", "placed_at", "region", "channel", "partners")


class _Line:
    """A file of one line: `csv` writes into it and it is what was written."""

    def write(self, text: str) -> str:
        return text


def safe(value: str) -> str:
    """Text that no spreadsheet takes for a formula: such a beginning gets an apostrophe in front."""
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value


def csv_lines(filters: OrderFilter, reader: Reader) -> Iterator[str]:
    """The header, then a line per order, the latest heard first."""
    writer = csv.writer(_Line())
    columns = [*COLUMNS]
    if reader.sees_customers:
        columns += ["customer_id", "customer"]
    if reader.sees_money:
        columns += ["money", "value", "currency"]
    yield writer.writerow(columns)
    for row in islice(_rows(filters, reader), ROW_LIMIT):
        yield writer.writerow([safe(value) for value in _values(row, reader)])


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
