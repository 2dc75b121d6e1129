from apps.contracts.contract import Contract
from apps.contracts.descriptions import description_of
from apps.contracts.facts import FACTS
from apps.contracts.fields import Kind, fields_of
from apps.contracts.registry import CONTRACTS


def by_name(name: str) -> Contract:
    return CONTRACTS[f"distsync.{name}.v1"]


def test_every_fact_has_one_contract_of_its_own() -> None:
    assert sorted(contract.name for contract in CONTRACTS.values()) == sorted(FACTS)
    assert all(wire_type == contract.type for wire_type, contract in CONTRACTS.items())


def test_identifiers_that_the_sender_has_issued_for_certain() -> None:
    owned = {contract.name: set(contract.owned) for contract in CONTRACTS.values() if contract.owned}
    assert owned == {
        "order.placed": {"order"},
        "order.changed": {"order"},
        "order.cancelled": {"order"},
        "leg.planned": {"leg", "release"},
        "leg.released": {"leg", "release"},
        "leg.shipped": {"shipment"},
        "shipment.posted": {"posting"},
        "invoice.issued": {"invoice"},
        "invoice.held": {"invoice"},
        "invoice.released": {"invoice"},
        "invoice.credited": {"invoice"},
        "return.authorized": {"return"},
    }


def test_identifiers_that_the_sender_may_have_issued() -> None:
    mixed = {contract.name: set(contract.mixed) for contract in CONTRACTS.values() if contract.mixed}
    assert mixed == {
        "order.validated": {"order"},
        "order.rejected": {"order"},
        "order.held": {"order"},
        "order.hold_released": {"order"},
        "shipment.in_transit": {"shipment", "tracking"},
        "shipment.delivered": {"shipment", "tracking"},
        "shipment.failed": {"shipment", "tracking"},
        "return.authorized": {"order"},
    }


def test_every_field_is_described() -> None:
    for contract in CONTRACTS.values():
        pending = [contract.fact]
        while pending:
            struct = pending.pop()
            for field in fields_of(struct):
                assert description_of(struct, field.name).endswith("."), (contract.name, field.name)
                if field.struct is not None:
                    pending.append(field.struct)


def test_special_descriptions_are_of_fields_that_exist() -> None:
    for contract in CONTRACTS.values():
        for path in contract.descriptions:
            struct = contract.fact
            for name in path.split("."):
                field = next(field for field in fields_of(struct) if field.name == name.removesuffix("[]"))
                struct = field.struct or struct


def test_kinds_come_from_the_structs() -> None:
    kinds = {field.name: (field.kind, field.is_required, field.is_list) for field in fields_of(FACTS["leg.shipped"])}
    assert kinds == {
        "leg": (Kind.IDENTIFIER, True, False),
        "shipment": (Kind.IDENTIFIER, True, False),
        "lines": (Kind.STRUCT, True, True),
        "order": (Kind.IDENTIFIER, False, False),
        "carrier": (Kind.NAME, False, False),
        "service": (Kind.NAME, False, False),
        "tracking": (Kind.IDENTIFIER, False, True),
        "packages": (Kind.COUNT, False, False),
        "final": (Kind.FLAG, False, False),
        "references": (Kind.STRUCT, False, True),
    }


def test_a_message_is_an_identifier_in_one_type_and_text_in_another() -> None:
    kinds = {
        name: {field.name: field.kind for field in fields_of(FACTS[name])}["message"]
        for name in ("message.failed", "posting.failed")
    }
    assert kinds == {"message.failed": Kind.IDENTIFIER, "posting.failed": Kind.TEXT}


def test_examples_are_whole_events_of_their_type_with_ids_of_their_own() -> None:
    examples = [(contract, example) for contract in CONTRACTS.values() for example in contract.examples]
    assert all(contract.examples for contract in CONTRACTS.values())
    assert len({(example["source"], example["id"]) for _, example in examples}) == len(examples)
    for contract, example in examples:
        assert example["type"] == contract.type
        assert example["specversion"] == "1.0"
        assert example["time"].endswith(("Z", "-05:00"))
