"""The published schema and the translation say the same of the same data, and no data at all makes the translation fail."""

import copy
import json
from decimal import Decimal
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.contracts.contract import Contract
from apps.contracts.fields import Field, Kind
from apps.contracts.registry import CONTRACTS
from apps.contracts.schemas import schema_of
from apps.core.numbers import bounded
from apps.translation.canonical import Refusal, translate
from tests.apps.contracts.valid_data import contracts_with_data, paths, required_paths
from tests.apps.translation.canonical_messages import binary, fact_of, refused, structured

ALL = list(CONTRACTS.values())
VALIDATORS = {contract.name: jsonschema_rs.Draft202012Validator(schema_of(contract), validate_formats=True) for contract in ALL}
MISSING = object()
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda each: st.lists(each) | st.dictionaries(st.text(), each),
)


WRONG: dict[Kind, list[Any]] = {
    Kind.STRUCT: [5, "text", True],
    Kind.COUNT: ["5", True, {}, 2.5],
    Kind.INTEGER: ["5", True, {}, [], 2.5, 10**18],
    Kind.NUMBER: ["NaN", "1E+5", "1_0", "", True, [], 10**18, "0.1234567"],
    Kind.MONEY: ["NaN", "1E+5", "1_0", "", True, [], 10**18, "0.1234567"],
    Kind.FLAG: ["true", 1, []],
    Kind.IDENTIFIER: ["", "  ", "a\nb", "\x00", "x" * 513, 5, True, [], {}],
    Kind.LINE_ID: ["", "a\tb", 1.5, True, [], {}, 10**18],
    Kind.DATE: ["", "soon", "2026-02-30", "2026-03-02T08:00:00", 5, True, []],
    Kind.TIME: ["", "soon", "2026-02-30", "2026-03-02T08:00:00", 5, True, []],
}


def wrong_for(field: Field) -> list[Any]:
    if field.is_list:
        return WRONG[Kind.STRUCT]
    return WRONG.get(field.kind) or [True, [], {}, "x" * 4001, *([" "] if field.is_required else [])]


def whole_example(contract: Contract) -> dict[str, Any]:
    """An example that has every required field at least once, with an item in each list."""
    data = copy.deepcopy(dict(contract.examples[0]["data"]))
    data.setdefault("references", [{"scheme": "po", "value": "PO-1"}])
    return data


def broken(data: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any] | None:
    """`data` with another value (or none) at `path`; None where the example does not go so deep."""
    changed = copy.deepcopy(data)
    node: Any = changed
    for step in path[:-1]:
        try:
            node = node[step]
        except (KeyError, IndexError):
            return None
        if not isinstance(node, dict | list):
            return None
    if value is MISSING:
        node.pop(path[-1], None)
    else:
        node[path[-1]] = value
    return changed


def agree_on_refusal(contract: Contract, data: dict[str, Any], path: tuple[str | int, ...]) -> None:
    assert not VALIDATORS[contract.name].is_valid(data), (contract.name, path, data)
    _, reason = refused(structured(contract.name, data))
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    assert reason.startswith(f"data{place}: "), reason


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.name)
@pytest.mark.parametrize("value", [MISSING, None], ids=["missing", "null"])
def test_both_refuse_each_required_field_that_is_not_there(contract: Contract, value: Any) -> None:
    data = whole_example(contract)
    tried = 0
    for path in required_paths(contract):
        changed = broken(data, path, value)
        if changed is not None:
            agree_on_refusal(contract, changed, path)
            tried += 1
    assert tried >= 1 or not required_paths(contract)


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.name)
def test_both_refuse_each_field_of_a_wrong_type(contract: Contract) -> None:
    data = whole_example(contract)
    for path, field in paths(contract.fact):
        for value in wrong_for(field):
            changed = broken(data, path, value)
            if changed is not None:
                agree_on_refusal(contract, changed, path)


@given(contracts_with_data)
def test_both_accept_whatever_the_contract_allows(said: tuple[Contract, dict[str, Any]]) -> None:
    contract, data = said
    VALIDATORS[contract.name].validate(data)
    fact = fact_of(structured(contract.name, data))
    assert type(fact) is contract.fact
    assert all(bounded(number) == number for number in numbers_in(fact))


@given(st.sampled_from(ALL), st.data())
def test_one_field_of_any_json_is_taken_or_refused_and_what_is_taken_is_bounded(
    contract: Contract, draw: st.DataObject
) -> None:
    path, _ = draw.draw(st.sampled_from(paths(contract.fact)))
    data = broken(whole_example(contract), path, draw.draw(json_values))
    if data is None:
        return
    body = json.dumps(data).encode()  # may hold NaN and lone surrogates, as careless senders do
    for message in (binary(contract.name, body), structured(contract.name, body)):
        found = translate(message)
        if isinstance(found, Refusal):
            assert found.reason.startswith("data") or message.attributes == {}
            assert found.reason.isprintable()
        else:
            assert all(bounded(number) == number for number in numbers_in(found.fact))
            msgspec.msgpack.encode(found)


@given(st.sampled_from(ALL), st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_make_the_translation_fail(contract: Contract, body: bytes) -> None:
    assert isinstance(translate(binary(contract.name, body)), Refusal)
    assert isinstance(translate(structured(contract.name, body)), Refusal)


def numbers_in(value: Any) -> list[Decimal]:
    if isinstance(value, Decimal):
        return [value]
    if isinstance(value, msgspec.Struct):
        return [number for name in value.__struct_fields__ for number in numbers_in(getattr(value, name))]
    return [number for item in value for number in numbers_in(item)] if isinstance(value, tuple) else []
