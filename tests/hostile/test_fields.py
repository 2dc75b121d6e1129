"""Every field of every event type, and every attribute of the envelope, with every kind of value that does not belong there.

The published JSON Schema is the judge: what it allows is applied, what it forbids is quarantined with the field's name.
"""

import copy
import itertools
import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from apps.contracts.contract import Contract
from apps.contracts.fields import Kind
from apps.contracts.registry import CONTRACTS
from apps.contracts.schemas import schema_of
from tests.apps.contracts.valid_data import paths
from tests.apps.intake.conftest import Door
from tests.hostile.between import Fate, fates

pytestmark = pytest.mark.django_db
Path = tuple[str | int, ...]
VALUES: dict[str, str] = {
    "null": "null",
    "true": "true",
    "zero": "0",
    "minus zero": "-0.0",
    "large": "9" * 17,
    "fraction": "1.5",
    "empty text": '""',
    "blanks": '" \\t "',
    "a date that is none": '"2026-02-30"',
    "markup": '"<script>alert(1)</script>\' OR 1=1; --"',
    "marks": '"\\u202e\\u2066/%2F\\ud83d\\ude00"',
    "long": json.dumps("x" * 5000),
    "list": "[]",
    "list of lists": "[[]]",
    "list of nulls": "[null]",
    "object": "{}",
    "deep": '{"a":' * 240 + "1" + "}" * 240,
    "object of ours": '{"order": {}, "sku": [], "line": {}, "amount": "x", "currency": 7}',
}
# No JSON, or nothing that a schema can judge.
UNLAWFUL: dict[str, str] = {
    "7 places": "0.1234567",
    "NaN": "NaN",
    "infinite": "-Infinity",
    "1e400": "1e400",
    "1e999999999999": "1e999999999999",
    "10,000 digits": "9" * 10_000,
    "10,000 places": "0." + "1" * 10_000,
    "U+0000": '"a\\u0000"',
    "half a pair": '"\\ud800"',
}
_ids = itertools.count(1)


def event(contract: Contract, data: str) -> bytes:
    head = {"specversion": "1.0", "id": f"bad-{next(_ids)}", "source": "/bad", "type": contract.type}
    return json.dumps(head).encode()[:-1] + b', "data": ' + data.encode() + b"}"


def example(contract: Contract) -> Any:
    """An example of the contract's, with identifiers of its own, so that the events have nothing to do with each other."""
    data = copy.deepcopy(dict(contract.examples[0]["data"]))
    number = next(_ids)
    for path, field in paths(contract.fact):
        if field.kind is Kind.IDENTIFIER and not field.is_list:
            holder = _at(data, path[:-1])
            if isinstance(holder, dict) and isinstance(holder.get(path[-1]), str) and path[-1] != "scheme":
                holder[path[-1]] += f"~{number}"
    return data


def _at(data: Any, path: Path) -> Any:
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def changed(contract: Contract, path: Path, value: str) -> str | None:
    """The example as JSON text with `value` at `path`; None where the example has no such place."""
    data = example(contract)
    holder = _at(data, path[:-1])
    if not isinstance(holder, dict):
        return None
    holder[path[-1]] = "@@value@@"
    return json.dumps(data).replace('"@@value@@"', value)


def cases(contract: Contract, values: dict[str, str]) -> Iterator[tuple[str, Path, str]]:
    for path, _ in paths(contract.fact):
        for name, value in values.items():
            data = changed(contract, path, value)
            if data is not None:
                yield f"{contract.name} {path} {name}", path, data


def dotted(path: Path) -> str:
    return "data" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def test_the_schema_decides_what_is_applied(door: Door) -> None:
    told, expected = [], []
    for contract in CONTRACTS.values():
        judge = jsonschema_rs.Draft202012Validator(schema_of(contract), validate_formats=True)
        unjudged = {path for path, field in paths(contract.fact) if field.kind in (Kind.CURRENCY, Kind.ZONE)}
        for name, path, data in cases(contract, VALUES):
            if path in unjudged:  # its list of words is not in the schema, and blank text is as good as none
                continue
            told.append((name, path, event(contract, data)))
            expected.append("applied" if judge.is_valid(json.loads(data)) else "quarantined")
    found = fates(door, [raw for _, _, raw in told])
    wrong = [
        (name, should, fate) for (name, _, _), should, fate in zip(told, expected, found, strict=True) if fate.state != should
    ]
    assert not wrong, "\n".join(map(str, wrong[:20]))
    unnamed = [(name, fate) for (name, path, _), fate in zip(told, found, strict=True) if not names(fate, path)]
    assert not unnamed, unnamed[:20]
    assert {"applied", "quarantined"} == {fate.state for fate in found}


def names(fate: Fate, path: Path) -> bool:
    """Whether the reason tells the place (or a rule over its neighbours) and what to expect there."""
    if fate.reason is None:
        return fate.state == "applied"
    places = (dotted(path), *(f"{dotted(path[:depth])}:" for depth in range(len(path))))
    return fate.reason.startswith(places) and len(fate.reason) < 600


def test_what_no_schema_can_judge_harms_nobody(door: Door) -> None:
    told = [
        (name, path, event(contract, data)) for contract in CONTRACTS.values() for name, path, data in cases(contract, UNLAWFUL)
    ]
    found = fates(door, [raw for _, _, raw in told])
    assert {fate.state for fate in found} == {"quarantined"}, [
        (name, fate) for (name, _, _), fate in zip(told, found, strict=True) if fate.state != "quarantined"
    ][:20]
    assert not [fate for (_, path, _), fate in zip(told, found, strict=True) if not names(fate, path)][:20]


ATTRIBUTES = (
    "specversion",
    "id",
    "source",
    "type",
    "time",
    "subject",
    "dataschema",
    "datacontenttype",
    "data",
    "data_base64",
    "sequence",
    "recordedtime",
    "correlationid",
    "causationid",
    "traceparent",
    "tracestate",
    "deprecation",
    "mine",
)


def test_every_attribute_takes_every_value_or_says_why_not(door: Door) -> None:
    told = []
    for attribute, (name, value) in itertools.product(ATTRIBUTES, (VALUES | UNLAWFUL).items()):
        number = next(_ids)
        whole = {"specversion": "1.0", "id": f"bad-{number}", "source": f"/bad/{attribute}/{number}"}
        whole |= {"type": "distsync.order.placed.v1", "data": {"order": f"BAD-{number}", "lines": []}}
        if attribute == "data_base64":
            del whole["data"]
        whole[attribute] = "@@value@@"
        told.append((f"{attribute} {name}", json.dumps(whole).replace('"@@value@@"', value).encode()))
    found = fates(door, [raw for _, raw in told])
    mute = [name for (name, _), fate in zip(told, found, strict=True) if fate.state != "applied" and not fate.reason]
    assert not mute
    by_name = {name: fate.state for (name, _), fate in zip(told, found, strict=True)}
    assert {name: by_name[name] for name in EXPECTED} == EXPECTED
    ignored = {
        by_name[f"{attribute} {name}"] for attribute in ("mine", "causationid", "deprecation") for name in VALUES | UNLAWFUL
    }
    assert ignored == {"applied"}


EXPECTED = {
    "id null": "rejected",
    "id U+0000": "quarantined",
    "id half a pair": "quarantined",
    "id long": "rejected",
    "id NaN": "rejected",
    "id 1e400": "rejected",
    "source 10,000 digits": "rejected",
    "subject infinite": "rejected",
    "id marks": "applied",
    "source markup": "applied",
    "source U+0000": "quarantined",
    "type markup": "quarantined",
    "type null": "rejected",
    "subject U+0000": "quarantined",
    "subject list": "rejected",
    "subject long": "applied",
    "time a date that is none": "rejected",
    "time 1e400": "rejected",
    "time null": "applied",
    "data null": "quarantined",
    "data list": "quarantined",
    "data NaN": "quarantined",
    "data_base64 markup": "rejected",
    "correlationid U+0000": "quarantined",
    "correlationid object": "quarantined",
    "sequence long": "quarantined",
    "recordedtime U+0000": "rejected",
}
