"""How single values look in every answer: times, quantities, amounts."""

from datetime import UTC, datetime
from decimal import Decimal

Json = dict[str, object]


def time(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC with `Z`; fractions only where there are any."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def number(quantity: Decimal) -> int | str:
    """A number when whole, else a decimal string without idle zeros, so that no reader loses digits."""
    return int(quantity) if quantity == quantity.to_integral_value() else format(quantity.normalize(), "f")


def money(amount: Decimal | None, currency: str | None) -> Json | None:
    return None if amount is None else {"amount": number(amount), "currency": currency}
