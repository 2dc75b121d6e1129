"""Strategies of data that a contract allows, by the kind of each field: every field absent, null, plain or at its edge."""

from typing import Any

import msgspec
from hypothesis import strategies as st

from apps.contracts.contract import Contract
from apps.contracts.fields import Field, Kind, either_of, fields_of
from apps.contracts.registry import CONTRACTS
from apps.core.numbers import BOUND

storable = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
words = st.text(storable, max_size=12)
identifiers = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=12)
whole = st.integers(-BOUND + 1, BOUND - 1)
decimal_texts = st.integers(-(BOUND * 10**6) + 1, BOUND * 10**6 - 1).map(
    lambda millionths: f"{'-' if millionths < 0 else ''}{abs(millionths) // 10**6}.{abs(millionths) % 10**6:06}"
)
numbers = whole | decimal_texts
days = st.dates().filter(lambda day: day.year < 9999).map(lambda day: day.isoformat())
times = st.datetimes().filter(lambda moment: 1 < moment.year < 9999).map(lambda moment: moment.isoformat() + "-03:30")
currencies = st.sampled_from(["USD", "BRL", "eur"])
STRATEGIES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.IDENTIFIER: identifiers,
    Kind.LINE_ID: identifiers | whole,
    Kind.CODE: words | whole,
    Kind.NAME: words,
    Kind.TEXT: words,
    Kind.CURRENCY: currencies,
    Kind.ZONE: st.sampled_from(["America/Sao_Paulo", "UTC"]),
    Kind.DATE: days | times,
    Kind.TIME: times,
    Kind.NUMBER: numbers,
    Kind.MONEY: numbers | st.fixed_dictionaries({"amount": numbers, "currency": currencies}),
    Kind.INTEGER: whole,
    Kind.COUNT: whole | st.lists(st.just({})),
    Kind.FLAG: st.booleans(),
}


def data_of(struct: type[msgspec.Struct]) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects that `struct` allows."""
    required = {field.name: value_of(field) for field in fields_of(struct) if field.is_required}
    optional = {field.name: st.none() | value_of(field) for field in fields_of(struct) if not field.is_required}
    either = either_of(struct)
    data = st.fixed_dictionaries(required, optional={**optional, "a field of the sender's own": words})
    return data.filter(lambda found: not either or any(found.get(name) is not None for name in either))


def value_of(field: Field) -> st.SearchStrategy[Any]:
    if field.struct is not None:
        item: st.SearchStrategy[Any] = data_of(field.struct)
    elif field.choices:
        item = st.sampled_from(field.choices)
    else:
        item = STRATEGIES[field.kind]
        if field.is_required and field.kind in (Kind.CODE, Kind.NAME, Kind.TEXT):
            item = identifiers
    return st.lists(item, max_size=3) if field.is_list else item


contracts_with_data = st.sampled_from(list(CONTRACTS.values())).flatmap(
    lambda contract: st.tuples(st.just(contract), data_of(contract.fact))
)


def required_paths(contract: Contract) -> list[tuple[str | int, ...]]:
    """The path of each required field, those in the first item of a list included."""
    return [path for path, field in paths(contract.fact) if field.is_required]


def paths(struct: type[msgspec.Struct], *stem: str | int) -> list[tuple[tuple[str | int, ...], Field]]:
    found = []
    for field in fields_of(struct):
        found.append(((*stem, field.name), field))
        if field.struct is not None:
            found += paths(field.struct, *stem, field.name, *((0,) if field.is_list else ()))
    return found
