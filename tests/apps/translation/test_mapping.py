"""Files under a mapping, as the events that they tell and the rows that tell none."""

from pathlib import Path

import pytest

from apps.translation.mapping import MappedEvent, Mapper, plan
from apps.translation.mapping_file import find_mapping, read_mapping
from apps.translation.mapping_rules import MappingError
from tests.apps.translation.mapping_builders import HEAD, ORDERS, SINGLE, events, others, run, write


def test_two_files_joined_by_key_tell_one_order_with_its_lines(tmp_path: Path) -> None:
    orders = write(tmp_path, "orders.csv", "number,placed\nA-1,2026-03-02 08:00:00\nA-2,2026-03-02 09:30:00\n")
    items = write(
        tmp_path, "items.csv.gz", "number,line,sku,quantity\nA-2,1,MASK,5\nA-1,1,GLOVE,2.50\nA-1,2,MASK,1\nA-9,1,LOST,1\n"
    )
    outcomes = run(tmp_path, ORDERS, orders, items)
    first, second = events(outcomes)
    assert first == {
        "specversion": "1.0",
        "id": first["id"],
        "source": "/acme/oms",
        "type": "distsync.order.placed.v1",
        "datacontenttype": "application/json",
        "time": "2026-03-02T08:00:00-06:00",
        "data": {
            "order": "A-1",
            "currency": "USD",
            "lines": [{"line": "1", "sku": "GLOVE", "quantity": 2.5}, {"line": "2", "sku": "MASK", "quantity": 1}],
        },
    }
    assert second["data"]["lines"] == [{"line": "1", "sku": "MASK", "quantity": 5}]
    assert others(outcomes) == [("Skipped", "items.csv.gz", 5, "no row of `order` has the key 'A-9' of this row of `items`")]


def test_ids_come_from_the_content_alone(tmp_path: Path) -> None:
    rows = "number,placed\nA-1,2026-03-02 08:00:00\n"
    once = events(run(tmp_path, SINGLE, write(tmp_path, "monday.csv", rows)))
    again = events(run(tmp_path, SINGLE, write(tmp_path, "tuesday.csv", rows)))
    changed = events(run(tmp_path, SINGLE, write(tmp_path, "tuesday.csv", rows.replace("08:00", "08:01"))))
    assert once == again
    assert changed[0]["id"] != once[0]["id"]


def test_exact_decimals_reach_the_event_as_written(tmp_path: Path) -> None:
    mapping = ORDERS.replace("number(quantity)", "number(quantity), unit_price: number(quantity)")
    orders = write(tmp_path, "orders.csv", "number,placed\nA-1,2026-03-02 08:00:00\n")
    items = write(tmp_path, "items.csv", "number,line,sku,quantity\nA-1,1,GLOVE,123456789012345678.123456\n")
    (outcome,) = run(tmp_path, mapping, orders, items)
    assert isinstance(outcome, MappedEvent)
    assert b'"unit_price":123456789012345678.123456' in outcome.body


def test_a_grouped_file_is_one_record_for_each_key(tmp_path: Path) -> None:
    mapping = (
        HEAD
        + """\
files:
  rows:
    key: number
    group: true
    columns: [number, placed, sku, quantity]
events:
  - type: order.placed
    time: earliest(rows[].placed)
    data:
      order: rows[0].number
      lines: "rows[].{line: sku, sku: sku, quantity: number(quantity)}"
"""
    )
    path = write(
        tmp_path,
        "flat.csv",
        "number,placed,sku,quantity\nB,2026-03-02 09:00,X,1\nA,2026-03-02 08:00,Y,2\nB,2026-03-02 07:00,Z,3\n",
    )
    first, second = events(run(tmp_path, mapping, path))
    assert (first["data"]["order"], first["time"]) == ("B", "2026-03-02T07:00:00-06:00")
    assert first["data"]["lines"] == [{"line": "X", "sku": "X", "quantity": 1}, {"line": "Z", "sku": "Z", "quantity": 3}]
    assert second["data"]["order"] == "A"


def test_an_event_for_each_group_and_a_reason_where_there_is_none(tmp_path: Path) -> None:
    mapping = (
        ORDERS
        + """\
  - type: leg.released
    for_each: group(items, 'sku')
    otherwise: nothing to release
    source: "/acme/{each.key}"
    subject: "{order.number}/{each.key}"
    time: time(order.placed)
    data:
      order: order.number
      leg: concat(order.number, '/', each.key)
      partner: each.key
      site: each.key
      lines: "each.rows[].{line: line, quantity: number(quantity)}"
"""
    )
    orders = write(tmp_path, "orders.csv", "number,placed\nA,2026-03-02 08:00\nB,2026-03-02 08:00\n")
    items = write(tmp_path, "items.csv", "number,line,sku,quantity\nA,1,X,1\nA,2,Y,2\nA,3,X,3\n")
    outcomes = run(tmp_path, mapping, orders, items)
    legs = [event for event in events(outcomes) if event["type"] == "distsync.leg.released.v1"]
    assert [(leg["source"], leg["subject"], leg["data"]["leg"]) for leg in legs] == [
        ("/acme/X", "A/X", "A/X"),
        ("/acme/Y", "A/Y", "A/Y"),
    ]
    assert legs[0]["data"]["lines"] == [{"line": "1", "quantity": 1}, {"line": "3", "quantity": 3}]
    assert others(outcomes) == [("Skipped", "orders.csv", 3, "distsync.leg.released.v1: nothing to release")]


def test_a_cell_that_is_no_time_rejects_its_event_and_no_other(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "number,placed\nA,yesterday\nB,2026-03-02 08:00\n")
    outcomes = run(tmp_path, SINGLE, path)
    assert [event["data"]["order"] for event in events(outcomes)] == ["B"]
    reason = "distsync.order.validated.v1: time(): expected a time like 2017-10-02 10:56:33, came 'yesterday'"
    assert others(outcomes) == [("Refused", "a.csv", 2, reason)]


def test_what_an_event_needs_and_the_row_lacks_rejects_the_event(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "number,placed\n,2026-03-02 08:00\nB,\n")
    outcomes = run(tmp_path, SINGLE.replace("    when: order.placed\n", ""), path)
    needs = "distsync.order.validated.v1: there is nothing for `order`, and this event needs it"
    untimed = "distsync.order.validated.v1: `time: time(order.placed)` gives nothing; say in `when` that the event needs it"
    assert others(outcomes) == [("Refused", "a.csv", 2, needs), ("Refused", "a.csv", 3, untimed)]


def test_a_row_that_tells_nothing_is_said_so(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "number,placed\nA,\n")
    assert others(run(tmp_path, SINGLE, path)) == [("Skipped", "a.csv", 2, "the row tells no event of this mapping")]


def test_texts_that_mean_nothing_are_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "number,placed\nA,NULL\nB, \n")
    outcomes = run(tmp_path, SINGLE.replace("source:", "nothing: [NULL]\nsource:"), path)
    assert [line for _, _, line, _ in others(outcomes)] == [2, 3]


def test_extensions_and_constants_and_nested_fields(tmp_path: Path) -> None:
    mapping = (
        HEAD
        + """\
files:
  row: {columns: [leg, shipment, sent, heard, name]}
events:
  - type: leg.shipped
    time: time(row.sent)
    recordedtime: time(row.heard)
    id: "{row.leg}-{row.shipment}"
    data:
      leg: row.leg
      shipment: row.shipment
      lines: "[]"
      final: true
      packages: 2
  - type: order.placed
    data: {order: row.leg, lines: "`[]`", customer: {id: row.heard, name: row.name}}
"""
    )
    mapping = mapping.replace('"[]"', '"`[]`"')
    path = write(tmp_path, "a.csv", "leg,shipment,sent,heard,name\nL,S,2026-03-02 08:00,2026-03-02 13:00,\n")
    shipped, placed = events(run(tmp_path, mapping, path))
    assert (shipped["id"], shipped["recordedtime"]) == ("L-S", "2026-03-02T13:00:00-06:00")
    assert shipped["data"] == {"leg": "L", "shipment": "S", "lines": [], "final": True, "packages": 2}
    assert "time" not in placed
    assert placed["data"] == {"order": "L", "lines": [], "customer": {"id": "2026-03-02 13:00"}}


def test_files_are_known_by_their_columns_where_their_names_tell_nothing(tmp_path: Path) -> None:
    first = write(tmp_path, "export-1.csv", "number,placed\nA,2026-03-02 08:00\n")
    second = write(tmp_path, "export-2.csv", "number,line,sku,quantity\nA,1,X,1\n")
    (event,) = events(run(tmp_path, ORDERS, second, first))
    assert event["data"]["lines"] == [{"line": "1", "sku": "X", "quantity": 1}]


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"orders.csv": "number,placed\n"}, "acme.yaml: no file for `items` was given: expected a name like items*.csv*"),
        (
            {"orders.csv": "number\nA\n", "items.csv": "number,line,sku,quantity\n"},
            "orders.csv, line 1: column 'placed' is missing, which acme.yaml names for `order`; the file has number.",
        ),
        (
            {"stock.csv": "sku,on_hand\n"},
            "stock.csv: acme.yaml does not know this kind of file: expected a name like orders*.csv*",
        ),
        ({"orders.csv": "number,placed,number\n"}, "orders.csv, line 1: column 'number' is named twice"),
        ({"orders.csv": ""}, "orders.csv: the file is empty: expected a line that names its columns"),
    ],
)
def test_files_that_do_not_fit_are_named_before_anything_is_read(tmp_path: Path, files: dict[str, str], sentence: str) -> None:
    paths = [write(tmp_path, name, content) for name, content in files.items()]
    with pytest.raises(MappingError) as caught:
        run(tmp_path, ORDERS, *paths)
    assert caught.value.detail.startswith(sentence)


def test_the_shipped_example_of_a_flat_export(tmp_path: Path) -> None:
    content = (
        "DELIVERY;RELEASE;ORDER;SHIPPED;ITEM;QTY;CARRIER;TRACKING;LAST\r\n"
        "4711;L-1;SO-1;31.12.2026 16:05;GLV;12,5;07;1Z1;Y\r\n"
        "4712;L-2;SO-2;-;GLV;1;07;-;N\r\n"
        "4711;L-1;SO-1;31.12.2026 16:05;MSK;1.000;07;-;Y\r\n"
        "4713;L-3;SO-3;31.12.2026 17:00;GLV;1;99;1Z3;N\r\n"
    )
    rules = read_mapping(find_mapping("shipments_flat"))
    path = write(tmp_path, "SHIP_20261231.csv", content)
    outcomes = list(Mapper(rules).outcomes(plan(rules, [path])))
    (shipped,) = events(outcomes)
    assert (shipped["time"], shipped["subject"]) == ("2026-12-31T16:05:00-05:00", "SO-1")
    assert shipped["data"] == {
        "order": "SO-1",
        "leg": "L-1",
        "shipment": "4711",
        "lines": [{"sku": "GLV", "quantity": 12.5}, {"sku": "MSK", "quantity": 1000}],
        "carrier": "UPSN",
        "tracking": ["1Z1"],
        "final": True,
    }
    no_carrier = "distsync.leg.shipped.v1: lookup(): table `carriers` has no entry '99': add it to the mapping"
    assert sorted(others(outcomes)) == [
        ("Refused", "SHIP_20261231.csv", 5, no_carrier),
        ("Skipped", "SHIP_20261231.csv", 3, "the row tells no event of this mapping"),
    ]
