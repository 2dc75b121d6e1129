"""Holds the ground truth against what the API says: order by order, leg by leg, quantity by quantity, time by time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote, urlencode

Get = Callable[[str], Any]  # a path of the API -> its JSON; None for 404
_STATES: Final = ("unmatched", "ambiguous", "quarantined", "conflict", "pending")
# Without at_risk, which is of the second in which one looks, and by commitments: the clocks' cases are compared for it.
_OVERLAYS: Final = ("on_hold", "backordered", "late", "partially_cancelled")
_ABSENT: Final = "(absent)"


@dataclass(frozen=True, slots=True)
class Difference:
    """`where` leads into the order's document; a message has the order ``."""

    order: str
    where: str
    truth: Any
    api: Any


def check(truth: Mapping[str, Any], get: Get, *, now: Callable[[], datetime]) -> Iterator[Difference]:
    """Every difference there is. `get` reads below `/api/v1/` as somebody who may see all."""
    for number, order in truth["orders"].items():
        asked_at = now()
        document = get(f"orders/{quote(number, safe='')}")
        if document is None:
            yield Difference(number, "", "an order", _ABSENT)
            continue
        yield from _compare(number, "", _expected(order, asked_at), _shown(document, order))
    yield from _messages(truth, get)


def _messages(truth: Mapping[str, Any], get: Get) -> Iterator[Difference]:
    """The messages that did not end applied, of this world alone."""
    expected = {(row["source"], row["id"]): row["state"] for row in truth["messages"]["not_applied"]}
    mark = f"SO-{truth['mark']}"
    orders = truth["orders"]
    found: dict[tuple[str, str], str] = {}
    for state in _STATES:
        path: str | None = f"messages?{urlencode({'state': state, 'page_size': 500})}"
        while path:
            page = get(path)
            for row in page["results"]:
                if "-".join(row["id"].split("-")[:2]) in orders and row["id"].startswith(mark):
                    found[row["source"], row["id"]] = state
            path = page["next"].partition("/api/v1/")[2] if page["next"] else None
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            yield Difference("", " ".join(name), expected.get(name, "applied"), found.get(name, "applied"))


def _compare(order: str, where: str, truth: Any, shown: Any) -> Iterator[Difference]:
    if isinstance(truth, dict) and isinstance(shown, dict):
        for key in [*truth, *(key for key in shown if key not in truth)]:
            below = f"{where}.{key}" if where else str(key)
            yield from _compare(order, below, truth.get(key, _ABSENT), shown.get(key, _ABSENT))
    elif truth != shown:
        yield Difference(order, where, truth, shown)


def _expected(order: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The truth with what depends on the moment of asking, its times as the API writes them."""
    until, completed = order["promised_until"], order["completed_at"]
    is_closed = order["status"] in ("cancelled", "rejected")
    is_late = until is not None and not is_closed and (completed or now) >= until
    overlays = {*order["overlays"], *(("late",) if is_late else ())}
    kept = {key: value for key, value in order.items() if key not in ("promised_until", "completed_at")}
    shown: dict[str, Any] = _wire(kept | {"overlays": [word for word in _OVERLAYS if word in overlays]})
    return shown


def _wire(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, dict):
        return {key: _wire(each) for key, each in value.items()}
    return [_wire(each) for each in value] if isinstance(value, list) else value


def _shown(document: Mapping[str, Any], order: Mapping[str, Any]) -> dict[str, Any]:
    """The API's document in the shape of the truth."""
    value = document["value"]
    return {
        "status": document["status"],
        "overlays": [word for word in document["overlays"] if word in _OVERLAYS],
        "money": document["money"],
        "customer": document["customer"]["id"] if document["customer"] else None,
        "region": document["region"],
        "value": _plain(value["amount"]) if value else None,
        "promised_date": document["promised_date"],
        "milestones": document["milestones"],
        "lines": {
            line["line"]: {name: line[name] for name in next(iter(order["lines"].values()), {})} for line in document["lines"]
        },
        "legs": {leg["leg"]: _leg(leg) for leg in document["legs"]},
        "loose_shipments": {shipment["shipment"]: _shipment(shipment) for shipment in document["loose_shipments"]},
        "holds": {hold["hold"]: {"placed": hold["placed"], "released": hold["released"]} for hold in document["holds"]},
        "conflicts": [
            {"scheme": case["subject"]["scheme"], "value": case["subject"]["value"], "orders": sorted(case["orders"])}
            for case in sorted(document["exceptions"], key=lambda case: case["subject"]["value"])
            if case["code"] == "REFERENCE_CONFLICT"
        ],
    }


def _plain(amount: int | str) -> str:
    return format(Decimal(str(amount)).normalize(), "f")


def _leg(leg: Mapping[str, Any]) -> dict[str, Any]:
    ship_by = leg["ship_by"]
    return {
        "partner": leg["partner"],
        "site": leg["site"],
        "status": leg["status"],
        "ship_by": _wire(datetime.fromisoformat(ship_by).astimezone(UTC)) if ship_by else None,
        "milestones": leg["milestones"],
        "lines": _amounts(leg["lines"]),
        "problems": [problem["code"] for problem in leg["problems"]],
        "shipments": {shipment["shipment"]: _shipment(shipment) for shipment in leg["shipments"]},
    }


def _amounts(lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {line["line"]: line["quantity"] for line in lines}


def _shipment(shipment: Mapping[str, Any]) -> dict[str, Any]:
    plain = ("carrier", "shipped", "in_transit", "delivered", "failed", "posted", "invoiced")
    return {
        "tracking": sorted(shipment["tracking"]),
        "lines": _amounts(shipment["lines"]),
        **{name: shipment[name] for name in plain},
    }
