"""The command: what it says, what is in the log afterwards, and how it ends."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from apps.eventlog import log
from apps.pipeline import ingest

pytestmark = pytest.mark.django_db
MAPPING = """\
mapping: 1
zone: America/Chicago
source: /acme/oms
files:
  order: {columns: [number, placed]}
events:
  - type: order.validated
    time: time(order.placed)
    data: {order: order.number}
"""


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path / "var")
    return tmp_path / "var"


def event(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"e{number}",
        "source": "/acme/oms",
        "type": "distsync.order.validated.v1",
        "time": "2025-03-02T08:00:00Z",
        "data": {"order": f"A-{number}"},
    } | changes


def write(folder: Path, name: str, content: str | list[dict[str, Any]]) -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else "".join(json.dumps(item) + "\n" for item in content))
    return path


def run(*files: Path, **options: Any) -> tuple[int, dict[str, Any]]:
    """(exit status, summary)"""
    out = StringIO()
    status = 0
    try:
        call_command("ingest", *map(str, files), json=True, stdout=out, **options)
    except SystemExit as ended:
        status = int(ended.code or 0)
    summary: dict[str, Any] = json.loads(out.getvalue())
    return status, summary


def counts(summary: dict[str, Any]) -> list[int]:
    return [summary[name] for name in ("read", "accepted", "duplicates", "conflicts", "rejected", "skipped")]


def logged() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, is_history, heard_at = time, credential, door FROM eventlog_message ORDER BY id")
        return cursor.fetchall()


def test_files_of_events_come_in_once(tmp_path: Path) -> None:
    lines = write(tmp_path, "a.jsonl", [event(1), event(2)])
    array = write(tmp_path, "b.json", json.dumps([event(2), event(3), event(1, data={"order": "other"})]))
    status, summary = run(lines, array, source="acme")
    assert (status, counts(summary)) == (0, [5, 3, 1, 1, 0, 0])
    assert logged() == [(f"e{number}", False, False, "acme", "file") for number in (1, 2, 3)]
    status, summary = run(lines, array)
    assert (status, counts(summary)) == (0, [5, 0, 4, 1, 0, 0])


def test_history_is_heard_when_it_was_recorded_else_when_it_happened(tmp_path: Path) -> None:
    recorded = event(2, recordedtime="2025-03-02T13:00:00Z")
    status, summary = run(write(tmp_path, "a.jsonl", [event(1), recorded]), history=True)
    assert (status, summary["history"], counts(summary)[1]) == (0, True, 2)
    assert [(id_, is_history, at_time) for id_, is_history, at_time, *_ in logged()] == [
        ("e1", True, True),
        ("e2", True, False),
    ]


def test_what_is_rejected_is_counted_shown_and_kept(tmp_path: Path, data_folder: Path) -> None:
    path = write(tmp_path, "a.jsonl", "\n".join([json.dumps(event(1)), "{", json.dumps(event(3, time="soon")), '{"id":"4"}']))
    status, summary = run(path)
    assert (status, counts(summary)) == (1, [4, 1, 0, 0, 3, 0])
    assert [(told["count"], told["places"]) for told in summary["rejections"]] == [
        (1, ["a.jsonl, line 2"]),
        (1, ["a.jsonl, line 3"]),
        (1, ["a.jsonl, line 4"]),
    ]
    kept = Path(summary["kept_in"])
    assert kept.parent == data_folder / "rejected"
    pieces = [json.loads(line) for line in kept.read_text().splitlines()]
    assert [(piece["kind"], piece["line"], piece["raw"]) for piece in pieces] == [
        ("rejected", 2, "{"),
        ("rejected", 3, json.dumps(event(3, time="soon"))),
        ("rejected", 4, '{"id":"4"}'),
    ]
    assert pieces[2]["reason"] == "the required attribute `specversion` is missing"


def test_csv_under_a_mapping(tmp_path: Path) -> None:
    mapping = write(tmp_path, "acme.yaml", MAPPING)
    rows = write(tmp_path, "orders.csv", "number,placed\nA,2025-03-02 08:00\nB,never\nC,2025-03-02 09:00,x\n")
    status, summary = run(rows, mapping=str(mapping), history=True)
    assert (status, counts(summary)) == (1, [3, 1, 0, 0, 2, 0])
    assert summary["types"] == {"distsync.order.validated.v1": 1}
    assert [told["places"] for told in summary["rejections"]] == [["orders.csv, line 3"], ["orders.csv, line 4"]]


def test_a_run_that_was_killed_is_finished_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "BATCH_EVENTS", 2)
    path = write(tmp_path, "a.jsonl", [event(number) for number in range(7)])
    append, calls = log.append, []

    def breaks_on_the_third(messages: Any, **options: Any) -> Any:
        calls.append(len(messages))
        if len(calls) == 3:
            raise OperationalError("server closed the connection")
        return append(messages, **options)

    monkeypatch.setattr(log, "append", breaks_on_the_third)
    with pytest.raises(CommandError, match="The database went away") as caught:
        run(path)
    assert caught.value.returncode == 1
    assert len(logged()) == 4
    monkeypatch.setattr(log, "append", append)
    status, summary = run(path)
    assert (status, counts(summary)) == (0, [7, 3, 4, 0, 0, 0])
    assert len(logged()) == 7


def test_a_dry_run_loads_nothing_and_says_what_the_pipeline_would(tmp_path: Path, data_folder: Path) -> None:
    unknown = event(2, type="com.acme.points.v1")
    status, summary = run(write(tmp_path, "a.jsonl", [event(1), unknown, event(3, data={})]), dry_run=True)
    assert (status, counts(summary), summary["dry_run"]) == (0, [3, 0, 0, 0, 0, 0], True)
    assert sorted(summary["would_be_quarantined"].values()) == [1, 1]
    assert logged() == []
    assert not data_folder.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["missing.jsonl"], "missing.jsonl does not exist. Name the files to load."),
        (["."], ". is a folder, not a file. Name the files to load."),
        (["a.jsonl", "--mapping", "nobody"], "nobody: there is no such mapping file, and none of that name ships"),
        (["a.jsonl", "--mapping", "bad.yaml"], "bad.yaml, line 2: the mapping: `zoen` is not known here"),
        (["a.jsonl", "--mapping", "acme.yaml"], "a.jsonl: acme.yaml does not know this kind of file"),
    ],
)
def test_used_wrongly_is_a_sentence_and_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "a.jsonl", [event(1)])
    write(tmp_path, "acme.yaml", MAPPING)
    write(tmp_path, "bad.yaml", MAPPING.replace("zone:", "zoen:"))
    with pytest.raises(CommandError) as caught:
        call_command("ingest", *arguments)
    assert str(caught.value).startswith(sentence)
    assert caught.value.returncode == 2
    assert logged() == []


def test_the_summary_for_people(tmp_path: Path) -> None:
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("ingest", str(write(tmp_path, "a.jsonl", json.dumps(event(1)) + "\nx\n")), stdout=out)
    told = out.getvalue()
    assert "Read 2 events of 1 file in" in told
    assert "        1  accepted\n" in told
    assert "        1  rejected\n" in told
    assert "(a.jsonl, line 2)" in told


def test_a_big_file_waits_while_the_workers_are_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.INTAKE_PENDING_LIMIT = 5
    pending = iter([5, 5, 0])
    told: list[ingest.Progress] = []
    monkeypatch.setattr(log, "pending_count", lambda at_most: next(pending))
    monkeypatch.setattr(ingest, "_WAIT_SECONDS", 0)
    order = ingest.Order(paths=[write(tmp_path, "a.jsonl", [event(1)])])
    summary = ingest.Ingest(order, told.append, timezone.now).run()
    assert summary.accepted == 1
    assert [bool(progress.waits_for) for progress in told] == [True, True, False]
