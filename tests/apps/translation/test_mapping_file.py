"""Mistakes in a mapping, each named with its line and what was expected."""

from pathlib import Path

import pytest

from apps.translation.mapping_file import SHIPPED, find_mapping, read_mapping
from apps.translation.mapping_rules import MappingError
from tests.apps.translation.mapping_builders import ORDERS, write

LINES = ORDERS.splitlines()


def detail(folder: Path, text: str | bytes) -> str:
    with pytest.raises(MappingError) as caught:
        read_mapping(write(folder, "acme.yaml", text))
    return caught.value.detail


def changed(old: str, new: str) -> str:
    assert ORDERS.count(old) >= 1
    return ORDERS.replace(old, new, 1)


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(LINES, start=1) if text in line)


def test_a_sound_mapping_reads(tmp_path: Path) -> None:
    rules = read_mapping(write(tmp_path, "acme.yaml", ORDERS))
    assert (rules.name, rules.zone.key, rules.currency) == ("acme", "America/Chicago", "USD")
    assert [(rule.name, rule.key, rule.joins) for rule in rules.files] == [
        ("order", "number", False),
        ("items", "number", True),
    ]
    assert [event.type for event in rules.events] == ["distsync.order.placed.v1"]


@pytest.mark.parametrize(
    ("old", "new", "at", "sentence"),
    [
        ("mapping: 1", "mapping: 2", "mapping:", "`mapping`: expected version 1 of the language, came '2'."),
        ("America/Chicago", "Chicago", "zone:", "`zone`: expected a time zone such as America/Chicago, came 'Chicago'."),
        ("zone:", "zoen:", "zone:", "the mapping: `zoen` is not known here; expected one of mapping, name,"),
        (
            "key: number\n    columns: [number, placed]",
            "key: id\n    columns: [number, placed]",
            "key: number",
            "`files.order`, `key`: expected one of its columns, came 'id'.",
        ),
        (
            "join: order",
            "join: orders",
            "join:",
            "`files.items`, `join`: every later kind of file joins the first one, `order`.",
        ),
        (
            "type: order.placed",
            "type: order.plaiced",
            "type:",
            "`type`: 'order.plaiced' is no event of ours; expected one of order.placed,",
        ),
        (
            "order: order.number",
            "order: order.nmber",
            "      order:",
            "`order.placed`, `data.order`: there is no `nmber` here; expected one of number, placed.",
        ),
        (
            "order: order.number",
            "order: ordr.number",
            "      order:",
            "`order.placed`, `data.order`: there is no `ordr` here; expected one of zone, currency, order, items.",
        ),
        (
            "sku: sku",
            "sku: skew",
            "lines:",
            "`order.placed`, `data.lines`: there is no `skew` here; expected one of number, line, sku, quantity.",
        ),
        (
            "items[].{",
            "items.{",
            "lines:",
            "`order.placed`, `data.lines`: `line` is asked of a list: say `[].line` for that of each element.",
        ),
        (
            "time(order.placed)",
            "tme(order.placed)",
            "time:",
            "`order.placed`, `time`: there is no function `tme()`; expected one of abs,",
        ),
        (
            "time(order.placed)",
            "latest(order.placed, order.placed)",
            "time:",
            "`order.placed`, `time`: `latest()` takes 1 argument, came 2.",
        ),
        (
            "time(order.placed)",
            "time(order.placed",
            "time:",
            "`order.placed`, `time`: expected a JMESPath expression, came 'time(order.placed' (unreadable at character 18).",
        ),
        (
            "currency: currency",
            "currencey: currency",
            "      currency:",
            "`order.placed`, `data`: `currencey` is not known here; expected one of ",
        ),
        ("order: order.number\n", "channel: order.number\n", "      order:", "`order.placed`, `data`: `order` is missing."),
        (
            "source: /acme/oms",
            "source: /acme/{order.number",
            "source:",
            "`order.placed`, `source`: expected text with {expression} in it, came '/acme/{order.number': a brace is",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, at: str, sentence: str) -> None:
    assert detail(tmp_path, changed(old, new)).startswith(f"acme.yaml, line {line_of(at)}: {sentence}")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "acme.yaml: the file is empty: expected `mapping: 1`"),
        (b"mapping: 1\nzone: [\n", "acme.yaml, line 3: not readable as YAML: while parsing a flow node"),
        (b"mapping: 1\nzone: caf\xe9\n", "acme.yaml, line 2: expected UTF-8 text, came the byte 0xe9."),
        (b"- 1\n", "acme.yaml, line 1: the mapping: expected `name: value` pairs, came a list."),
        (b"mapping: 1\n", "acme.yaml, line 1: the mapping: `zone` is missing."),
        (b"mapping: 1\nmapping: 1\n", "acme.yaml, line 2: the mapping: `mapping` stands twice."),
        (b"a: &x [1]\nb: *x\n", "acme.yaml, line 2: a mapping takes no aliases (`*name`): write it out."),
        (b"[" * 1_000 + b"]" * 1_000, "acme.yaml: not readable as YAML: maximum recursion depth"),
    ],
)
def test_what_is_no_mapping_is_named(tmp_path: Path, text: bytes, sentence: str) -> None:
    assert detail(tmp_path, text).startswith(sentence)


def test_shipped_mappings_are_found_by_name_and_all_of_them_read(tmp_path: Path) -> None:
    assert find_mapping("olist") == SHIPPED / "olist.yaml" == find_mapping("olist.yaml")
    for path in SHIPPED.glob("*.yaml"):
        assert read_mapping(path).files
    with pytest.raises(MappingError, match="none of that name ships with DistSync"):
        find_mapping(str(tmp_path / "missing.yaml"))
