import json

import jsonschema_rs
import pytest

from apps.contracts.contract import Contract
from apps.contracts.registry import CONTRACTS
from apps.contracts.schemas import contracts_document, schema_of

ALL = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda contract: contract.name)


@ALL
def test_the_schema_is_one_and_accepts_every_example(contract: Contract) -> None:
    schema = schema_of(contract)
    jsonschema_rs.meta.validate(schema)
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    for example in contract.examples:
        validator.validate(example["data"])
    assert schema["$id"] == f"urn:distsync:contract:{contract.name}:v1"
    assert schema["additionalProperties"] is True


def test_what_a_schema_says_of_a_quantity() -> None:
    line = schema_of(CONTRACTS["distsync.leg.shipped.v1"])["$defs"]["Line"]
    assert line["properties"]["quantity"] == {
        "type": ["number", "string"],
        "pattern": r"^-?0*[0-9]{1,18}(?:\.[0-9]{1,6}0*)?$",
        "maxLength": 100,
        "exclusiveMinimum": -(10**18),
        "exclusiveMaximum": 10**18,
        "description": "Units, in the unit of measure of `uom`. A negative quantity corrects an earlier one.",
    }
    assert line["required"] == ["quantity"]


def test_the_document_lists_all_contracts_for_the_api_and_the_page() -> None:
    documents = contracts_document()
    assert [document["type"] for document in documents] == list(CONTRACTS)
    held = next(document for document in documents if document["name"] == "order.held")
    assert {key: held[key] for key in held if key not in ("schema", "examples", "fields")} == {
        "name": "order.held",
        "title": "Order held",
        "type": "distsync.order.held.v1",
        "version": 1,
        "state": "active",
        "senders": ["OMS", "ERP"],
        "description": "The OMS or the ERP stops the order, for credit for instance, until the hold is released.",
        "owned": [],
        "mixed": ["order"],
    }
    assert [(field["name"], field["required"], field["type"]) for field in held["fields"]] == [
        ("order", True, "identifier (text)"),
        ("hold", True, "identifier (text)"),
        ("reason", False, "text"),
        ("code", False, "short text or whole number"),
        ("references", False, "list of objects"),
        ("references[].scheme", True, "identifier (text)"),
        ("references[].value", True, "identifier (text)"),
        ("references[].issuer", False, "identifier (text)"),
    ]
    assert json.loads(json.dumps(documents)) == documents
