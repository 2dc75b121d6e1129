"""Plain builders of messages as a door hands them to the log: a test says what arrived, in the wire's own words."""

import hashlib
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.db import connection

from apps.eventlog import log
from apps.eventlog.types import Appended, NewMessage
from apps.pipeline.process import process_batch
from apps.pipeline.rebuild import DERIVED

OMS, ERP, MIDDLEWARE, NORTH, SOUTH, CARRIER = "/oms", "/erp", "/middleware", "/northstar", "/polaris", "/ups"
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
NOW = START + timedelta(days=30)
_ids = itertools.count(1)


def message(name: str, source: str, /, *, minute: int = 0, id: str | None = None, **data: Any) -> NewMessage:  # noqa: A002
    """An event of `name`, `minute` minutes after START, heard when it happened. `return_` stands for `return`."""
    data = {key.rstrip("_"): value for key, value in data.items()}
    time = START + timedelta(minutes=minute)
    attributes = {
        "specversion": "1.0",
        "id": id or f"m{next(_ids):06}",
        "source": source,
        "type": f"distsync.{name}.v1",
        "time": time.isoformat(),
    }
    body = msgspec.json.encode(attributes | {"data": data})
    return NewMessage(
        source=source,
        id=attributes["id"],
        type=attributes["type"],
        digest=hashlib.sha256(body).digest(),
        body=body,
        content_type="application/cloudevents+json",
        time=time,
        heard_at=time,
        is_history=True,
        door="events",
    )


def line(number: str, sku: str, quantity: float, **more: Any) -> dict[str, Any]:
    return {"line": number, "sku": sku, "quantity": quantity, **more}


def hear(*messages: NewMessage) -> Appended:
    """Appends the messages as one batch."""
    return log.append(list(messages), now=NOW)


def process(limit: int = 1_000) -> int:
    """Processes all that is due, `limit` messages a batch; how many it took."""
    total = 0
    while taken := process_batch(limit, now=NOW):
        total += taken
    return total


def tell(*messages: NewMessage) -> None:
    hear(*messages)
    process()


def order_story(order: str = "SO-1") -> list[NewMessage]:
    """Two legs, one of them shipped in two parts, delivered, posted and invoiced; references that arrive late."""
    lines = [line("1", "GLV", 40, unit_price="2.50"), line("2", "VAC", 12, unit_price="30")]
    a, b = f"{order}-A", f"{order}-B"
    return [
        message("order.placed", OMS, minute=0, order=order, lines=lines, customer={"id": "C1", "name": "Meridian Clinics"}),
        message("order.validated", ERP, minute=1, order=order),
        message("order.allocated", ERP, minute=2, order=order, lines=[line("1", "GLV", 40), line("2", "VAC", 12)]),
        message(
            "leg.released",
            MIDDLEWARE,
            minute=10,
            order=order,
            leg=a,
            partner="northstar",
            site="ATL",
            lines=[line("1", "GLV", 40)],
        ),
        message(
            "leg.released",
            MIDDLEWARE,
            minute=11,
            order=order,
            leg=b,
            partner="polaris",
            site="CHI",
            lines=[line("2", "VAC", 12)],
        ),
        message("leg.acknowledged", NORTH, minute=15, leg=a),
        message("leg.acknowledged", SOUTH, minute=16, leg=b),
        message("leg.shipped", NORTH, minute=60, leg=a, shipment=f"{a}-1", lines=[line("1", "GLV", 30)], tracking=[f"T-{a}"]),
        message("leg.shipped", NORTH, minute=90, leg=a, shipment=f"{a}-2", lines=[line("1", "GLV", 10)], final=True),
        message("leg.shipped", SOUTH, minute=95, leg=b, shipment=f"{b}-1", lines=[line("2", "VAC", 12)]),
        message("shipment.in_transit", CARRIER, minute=100, tracking=f"T-{a}"),
        message("shipment.delivered", CARRIER, minute=500, tracking=f"T-{a}"),
        message("shipment.delivered", NORTH, minute=510, shipment=f"{a}-2"),
        message("shipment.posted", ERP, minute=120, shipment=f"{a}-1", posting=f"P-{a}"),
        message("invoice.issued", ERP, minute=130, invoice=f"I-{order}", shipments=[f"{a}-1", f"{a}-2", f"{b}-1"], amount=460),
    ]


def derived_rows() -> dict[str, list[tuple[Any, ...]]]:
    """Every derived row, without the places in the log that arrival gives."""
    rows = {}
    with connection.cursor() as cursor:
        for table in DERIVED:
            cursor.execute(f"SELECT * FROM {table} AS row ORDER BY row::text")
            rows[table] = cursor.fetchall()
    return rows


def empty() -> None:
    """Takes away the log and all that was derived from it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in (*DERIVED, "eventlog_message", "eventlog_key", "eventlog_pending"):
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def shown(handles: Sequence[str]) -> dict[str, Any]:
    """The orders as they are shown, without the places in the log that arrival gives."""
    from apps.orders.queries import get_order

    return {handle: _placeless(msgspec.to_builtins(by_name(get_order(handle).state))) for handle in handles}


def by_name(value: Any) -> Any:
    """A state with its fields' names, which its own encoding leaves out; fields that have their defaults are left out too."""
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.fields(value)
        return {f.encode_name: by_name(getattr(value, f.name)) for f in fields if getattr(value, f.name) != f.default}
    if isinstance(value, dict):
        return {key: by_name(each) for key, each in value.items()}
    return [by_name(each) for each in value] if isinstance(value, tuple) else value


def _placeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _placeless(each) for key, each in value.items() if key != "position"}
    return [_placeless(each) for each in value] if isinstance(value, list | tuple) else value
