"""The form of the ownership rules: its fields of a list of rules, the rules that they make, and what its buttons do to them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from apps.console.pages.rules.entries import Form, seconds_of
from apps.console.pages.rules.saying import in_unit
from apps.core.errors import Unreadable
from apps.core.numbers import read_decimal
from apps.core.text import printable
from apps.exceptions.ownership import RULES_LIMIT, Rule

FIELDS: Final = ("code", "partner", "site", "region", "least_value", "team", "escalate_to", "after", "after_unit")
Row = dict[str, str]
EMPTY: Final[Row] = dict.fromkeys(FIELDS, "") | {"after_unit": "h"}


def entered(rules: Sequence[Rule]) -> list[Row]:
    """The rows that say what the rules say."""
    return [_row(rule) for rule in rules]


def _row(rule: Rule) -> Row:
    after, unit = in_unit(rule.escalate_seconds) if rule.escalate_seconds else ("", "h")
    return {
        "code": rule.code or "",
        "partner": rule.partner or "",
        "site": rule.site or "",
        "region": rule.region or "",
        "least_value": "" if rule.least_value is None else f"{rule.least_value:f}",
        "team": rule.team,
        "escalate_to": rule.escalate_to or "",
        "after": after,
        "after_unit": unit,
    }


def posted(form: Form) -> list[Row]:
    """The rows as they came."""
    text = form.get("count", "0")
    count = min(int(text), RULES_LIMIT) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return [{name: form.get(f"{name}_{number}", EMPTY[name]) for name in FIELDS} for number in range(count)]


def rearranged(rows: list[Row], act: str) -> list[Row] | None:
    """What a button makes of the rows: `add`, `up-3`, `down-3`, `remove-3`. None for a button that does something else."""
    if act == "add":
        return [*rows, dict(EMPTY)] if len(rows) < RULES_LIMIT else rows
    verb, _, number = act.partition("-")
    if verb not in {"up", "down", "remove"} or not (number.isascii() and number.isdigit() and len(number) < 6):
        return None
    at, rows = int(number), list(rows)
    if at >= len(rows):
        return rows
    if verb == "remove":
        del rows[at]
    else:
        to = at - 1 if verb == "up" else at + 1
        if 0 <= to < len(rows):
            rows[at], rows[to] = rows[to], rows[at]
    return rows


def value_of(rows: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """The rules that the rows make, as `set_ownership` takes them. Raises Unreadable with the rule that is wrong."""
    return [_rule(place, row) for place, row in enumerate(rows, start=1)]


def _rule(place: int, row: Mapping[str, str]) -> dict[str, Any]:
    rule: dict[str, Any] = {name: text for name in ("code", "partner", "site", "region") if (text := row[name].strip())}
    if not row["team"]:
        raise Unreadable(f"Ownership rule {place} names no team: choose who owns what fits.")
    rule["team"] = row["team"]
    if amount := row["least_value"].strip().replace(",", ""):
        if read_decimal(amount) is None:
            raise Unreadable(f"Ownership rule {place}: expected an amount such as 5000, came `{printable(amount, 40)}`.")
        rule["least_value"] = amount
    try:
        after = seconds_of(row, "after")
    except Unreadable as error:
        raise Unreadable(f"Ownership rule {place}: {error.detail.partition(': ')[2]}") from error
    if row["escalate_to"] or after:
        rule |= {"escalate_to": row["escalate_to"] or None, "escalate_seconds": after}
    return rule
