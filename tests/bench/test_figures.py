"""Percentiles, what machines carry, and the pages that figures are written into."""

import json
from pathlib import Path

import pytest

from bench import report
from bench.figures import percentiles
from bench.model import Capacity, Costs, capacity

PAGE = (
    "before\n<!-- bench:limit -->\n{limit}\n<!-- /bench:limit -->\nafter\n<!-- bench:search -->\nkept\n<!-- /bench:search -->\n"
)
LIMIT = "| COPY | rows a second |\n|---|---:|\n| one connection | 81,234 |\n| two connections | 120,000 |"
COSTS = Costs(application_us=300, database_us=100, wal_bytes=2_000, disk_bytes=3_000)


def test_percentiles_are_values_that_occurred() -> None:
    assert percentiles([number / 1_000 for number in range(100, 0, -1)]) == {"p50": 50, "p95": 95, "p99": 99, "max": 100}
    assert percentiles([0.002]) == {"p50": 2, "p95": 2, "p99": 2, "max": 2}
    assert percentiles([]) == {}


def test_one_machine_carries_what_its_cores_have_time_for() -> None:
    assert capacity(COSTS, cores=2, machines=1) == Capacity(2, 1, 1, pytest.approx(2 * 0.7 * 1e6 / 400))


def test_several_machines_are_divided_where_neither_side_waits_for_the_other() -> None:
    found = capacity(COSTS, cores=2, machines=4)
    assert (found.databases, found.per_second) == (1, pytest.approx(3 * 1.4e6 / 300))


def test_several_databases_carry_less_than_so_many_separate_ones() -> None:
    dear = Costs(application_us=1, database_us=100, wal_bytes=0, disk_bytes=None)
    assert capacity(dear, cores=2, machines=3).per_second == pytest.approx(2 * 0.8 * 1.4e6 / 100)


def test_a_runs_figures_go_where_a_page_has_a_place_for_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "docs").mkdir()
    for name in report.PAGES:
        (tmp_path / name).write_text(PAGE.format(limit="old"))
    run = {
        "at": "2026-11-23T20:00:00+00:00",
        "machine": {"cores": 2, "processor": "P", "memory_gib": 8.0, "python": "3.11.7", "load_before": 0.1},
        "options": {"orders": 2000, "plain_orders": 80, "in_flight": 500, "batch": 100, "connections": 2, "rounds": 3},
        "postgresql": {"server_version": "18.6", "fsync": "on", "synchronous_commit": "on"},
        "sections": {
            "limit": {"one_connection_per_second": 81234.5, "two_connections_per_second": 120000.0},
            "search": {"error": "it failed"},
        },
    }
    (tmp_path / "run.json").write_text(json.dumps(run))
    assert report.main([str(tmp_path / "run.json")], root=tmp_path) == 0
    assert capsys.readouterr().out == "docs/performance.md: limit\ndocs/scaling.md: limit\n"
    assert (tmp_path / "docs/scaling.md").read_text() == PAGE.format(limit=LIMIT)


def test_a_file_that_is_no_run_is_refused_with_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run.json").write_text("[]")
    assert report.main([str(tmp_path / "run.json")], root=tmp_path) == 1
    assert "not what a run of the bench prints" in capsys.readouterr().err
