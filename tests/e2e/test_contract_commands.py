"""CONTRACT.md, Command line: what the commands print for scripts, and with which exit status they end."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.world import NORTH, World, at, event, placed

pytestmark = pytest.mark.e2e


def said(world: World, *arguments: str) -> tuple[int, Any]:
    """The exit status and the JSON of a command."""
    done = world.stack.manage(*arguments, "--json")
    return done.returncode, json.loads(done.stdout) if done.stdout else None


def test_ingest_takes_json_lines_and_gzip_and_says_what_it_did(world: World, name: str, tmp_path: Path) -> None:
    array, lines, history = tmp_path / "a.json", tmp_path / "b.jsonl", tmp_path / "c.jsonl.gz"
    array.write_text(json.dumps([placed(f"{name}a"), placed(f"{name}b")]))
    lines.write_text(f"{json.dumps(placed(f'{name}c'))}\n{json.dumps(placed(f'{name}d'))}\n")
    history.write_bytes(gzip.compress(json.dumps({**placed(f"{name}e"), "recordedtime": at("1 12:00")}).encode()))
    status, summary = said(world, "ingest", str(array), str(lines), str(array))
    assert (status, summary["read"], summary["accepted"], summary["duplicates"]) == (0, 6, 4, 2)
    assert said(world, "ingest", "--history", str(history))[0] == 0
    world.settle()
    assert [world.order(f"{name}{each}")["status"] for each in "abcde"] == ["placed"] * 5
    (row,) = world.get(f"orders/{name}e/timeline").json["results"]
    assert row["received_at"] == at("1 12:00")


def test_ingest_fails_for_what_it_rejects_and_for_wrong_use(world: World, name: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text(f'{{"specversion": "1.0"}}\nnonsense\n{json.dumps(placed(name))}\n')
    status, summary = said(world, "ingest", str(broken))
    assert (status, summary["accepted"], summary["rejected"]) == (1, 1, 2)
    wrong = world.stack.manage("ingest", str(tmp_path / "nowhere.json"))
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "does not exist" in wrong.stderr


@pytest.mark.parametrize(
    "arguments",
    [("source", "create", "x", "--door", "nowhere"), ("user", "create", "x", "--role", "partner")],
    ids=" ".join,
)
def test_wrong_use_is_2_and_never_a_prompt(world: World, arguments: tuple[str, ...]) -> None:
    done = world.stack.manage(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_the_log_is_whole_and_makes_the_same_rows_again(world: World, name: str) -> None:
    world.tell(placed(name), event("leg.acknowledged", NORTH, "1 10:00", leg=f"{name}/1"))
    status, proof = said(world, "verify-log")
    assert (status, proof["ok"], proof["broken"]) == (0, True, None)
    status, comparison = said(world, "rebuild", "--verify")
    assert (status, [table["table"] for table in comparison["tables"] if not table["equal"]]) == (0, [])


def test_replay_takes_up_what_is_quarantined(world: World, name: str) -> None:
    world.tell({**placed(name), "type": f"com.example.{name}"})
    assert said(world, "replay", "--type", f"com.example.{name}") == (0, {"replayed": 1, "chosen": 1, "dry_run": False})
    world.settle()
    (row,) = world.get(f"messages?type=com.example.{name}").json["results"]
    assert row["state"] == "quarantined"
