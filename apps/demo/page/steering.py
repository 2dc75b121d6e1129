"""Reads what somebody asks for on the sandbox's page, or says what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from apps.demo.memory import MOST_PER_HOUR, Steering, rates_that_differ
from apps.demo.world.faults import FAULTS
from apps.demo.world.network import SOURCES

_LONGEST: Final = 12  # characters of a number that anybody means


@dataclass(frozen=True, slots=True)
class Asked:
    """Either `steering`, or what is wrong by the field's name."""

    steering: Steering | None
    errors: Mapping[str, str]


def read_rates(form: Mapping[str, str], current: Steering) -> Asked:
    """The rates of orders and faults; a field that is left out stays as it is."""
    errors: dict[str, str] = {}
    per_hour = _number(form, "orders_per_hour", current.orders_per_hour, MOST_PER_HOUR, errors)
    rates = current.all_rates()
    for fault in FAULTS:
        share = _number(form, fault.code, 100 * rates[fault.code], 100 * fault.most, errors)
        rates[fault.code] = round(share / 100, 6)
    return Asked(None if errors else Steering(per_hour, rates_that_differ(rates), current.away), errors)


def _number(form: Mapping[str, str], name: str, current: float, most: float, errors: dict[str, str]) -> float:
    text = form.get(name)
    if text is None:
        return current
    try:
        number = float(text.strip().replace(",", ".")) if len(text) <= _LONGEST else -1.0
    except ValueError:
        number = -1.0
    if not 0 <= number <= most:
        errors[name] = f"A number from 0 to {most:g} is needed; {text.strip()[:_LONGEST] or 'nothing'} came."
        return current
    return number


def with_outage(current: Steering, source: str, *, starts: bool) -> Steering | None:
    """The same with that source held away, or no longer; None for a source that there is not."""
    if source not in SOURCES:
        return None
    away = {*current.away, source} if starts else {*current.away} - {source}
    return Steering(current.orders_per_hour, current.rates, tuple(each for each in SOURCES if each in away))
