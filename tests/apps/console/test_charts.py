"""Figures keep to plotly's own schema; axes are round; times stand where the reader's clock says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.console import chart_axes as axes
from apps.console.charts import Chart, Series, figure
from apps.console.times import Clock

NOW = datetime(2026, 11, 23, 10, 7, 30, tzinfo=UTC)
CLOCK = Clock(NOW, ZoneInfo("UTC"))
STARTS = tuple(NOW.replace(second=0) - timedelta(minutes=back) for back in range(4, -1, -1))
CHART = Chart(
    id="one",
    title="One",
    unit="messages",
    formula="f",
    summary="s",
    starts=STARTS,
    step_seconds=60,
    axis=axes.counts([3, None, 5, 1, 0]),
    series=[
        Series("A", (3, None, 5, 1, 0), ("3", "no figure", "5", "1", "0"), look="area", tone="info"),
        Series("B", (1, 2, 3, 4, 5), tuple("12345"), dash="dash"),
        Series("C", (1, 2, 3, 4, 5), tuple("12345"), look="bars", tone="ok"),
    ],
    limit=(4, "limit"),
)


def coloured(value: Any) -> Any:
    """The figure with a colour or a font where the browser puts the theme's."""
    if isinstance(value, str):
        return "Inter" if value == "--font" else "#123456" if value.startswith("--") else value
    if isinstance(value, list):
        return [coloured(each) for each in value]
    return {name: coloured(each) for name, each in value.items()} if isinstance(value, dict) else value


def held_to_the_schema(made: dict[str, Any]) -> go.Figure:
    """Raises ValueError for a property or a value that plotly does not know."""
    return go.Figure(coloured({"data": made["data"], "layout": made["layout"]}))


def test_a_figure_keeps_to_the_schema() -> None:
    made = figure(CHART, CLOCK)
    drawn = held_to_the_schema(made)
    assert [trace.type for trace in drawn.data] == ["scatter", "scatter", "bar"]
    assert list(drawn.data[0].y) == [3, None, 5, 1, 0]
    assert made["moments"] == ["23 Nov 10:03", "23 Nov 10:04", "23 Nov 10:05", "23 Nov 10:06", "23 Nov 10:07"]
    assert made["columns"][0] == {"name": "A", "texts": ["3", "no figure", "5", "1", "0"]}


def test_the_schema_refuses_what_it_does_not_know() -> None:
    made = figure(CHART, CLOCK)
    made["layout"]["xaxis"]["fixedrang"] = True
    with pytest.raises(ValueError, match="fixedrang"):
        held_to_the_schema(made)


def test_a_logarithmic_figure_keeps_small_values_in_sight_and_places_its_limit() -> None:
    chart = replace(CHART, axis=axes.log_seconds([0.02, 40]), series=[Series("P50", (0, 0.02, None, 40, 1), tuple("abcde"))])
    made = figure(replace(chart, limit=(1.0, "1 s")), CLOCK)
    drawn = held_to_the_schema(made)
    assert list(drawn.data[0].y) == [0.01, 0.02, None, 40, 1]
    assert (drawn.layout.shapes[0].y0, drawn.layout.annotations[0].y) == (1.0, 0.0)
    assert drawn.layout.yaxis.type == "log"


def test_a_limit_out_of_sight_is_not_drawn() -> None:
    assert figure(replace(CHART, limit=(99, "far")), CLOCK)["layout"]["shapes"] == []


def test_a_value_between_gaps_is_shown_by_a_dot() -> None:
    chart = replace(CHART, series=[Series("A", (None, 4, None, 1, 2), tuple("abcde"))])
    assert figure(chart, CLOCK)["data"][0]["marker"]["size"] == [0, 4, 0, 0, 0]


def test_no_colour_is_written_down() -> None:
    """Every colour is a role, so that both themes are served and the palette stands in one place."""
    made = figure(CHART, CLOCK)

    def colours(value: Any, name: str = "") -> list[str]:
        if isinstance(value, dict):
            return [found for key, each in value.items() for found in colours(each, key)]
        if isinstance(value, list):
            return [found for each in value for found in colours(each, name)]
        return [value] if isinstance(value, str) and "color" in name and "bgcolor" not in name else []

    found = colours(made["data"]) + colours(made["layout"])
    assert len(found) > 8
    assert all(colour.startswith("--") for colour in found)


@given(st.lists(st.one_of(st.none(), st.just(0.0), st.floats(1e-6, 1e9)), max_size=20))
def test_axes_hold_what_they_are_made_for_in_a_few_round_steps(values: list[float | None]) -> None:
    most = max((value for value in values if value is not None), default=0)
    for axis in (axes.counts(values), axes.seconds(values)):
        assert axis.range[0] == 0
        assert axis.range[1] >= most
        assert 2 <= len(axis.ticks) <= 6
    log = axes.log_seconds([value for value in values if value is not None and 0.001 <= value <= 864_000])
    assert all(log.range[0] <= log.place_of(place) <= log.range[1] for place, _ in log.ticks)


def test_ticks_are_labelled_as_people_say_them() -> None:
    assert [label for _, label in axes.counts([37]).ticks] == ["0", "10", "20", "30", "40"]
    assert [label for _, label in axes.counts([2]).ticks] == ["0", "1", "2"]
    assert [label for _, label in axes.counts([0.6], whole=False).ticks] == ["0", "0.2", "0.4", "0.6"]
    assert [label for _, label in axes.counts([41_000]).ticks] == ["0", "20k", "40k", "60k"]
    assert [label for _, label in axes.seconds([5]).ticks] == ["0", "2 s", "4 s", "6 s"]
    assert [label for _, label in axes.seconds([150]).ticks] == ["0", "1 min", "2 min", "3 min"]
    assert [label for _, label in axes.log_seconds([0.02, 30]).ticks] == ["10 ms", "100 ms", "1 s", "10 s", "1 min"]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", ["09:15", "09:30", "09:45", "10:00"]),
        ("Asia/Kathmandu", ["15:00", "15:15", "15:30", "15:45"]),  # 5:45 ahead
    ],
)
def test_times_are_round_in_the_readers_zone(zone: str, expected: list[str]) -> None:
    begin = NOW.replace(minute=8, second=0) - timedelta(hours=1)
    ticks = axes.time_ticks(begin.timestamp(), begin.timestamp() + 3_600, Clock(NOW, ZoneInfo(zone)))
    assert [label for _, label in ticks] == expected


def test_a_day_on_which_clocks_go_back_has_each_instant_once() -> None:
    berlin = Clock(datetime(2026, 10, 25, 12, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    end = datetime(2026, 10, 25, 12, tzinfo=UTC).timestamp()
    ticks = axes.time_ticks(end - 86_400, end, berlin)
    assert [label for _, label in ticks] == ["16:00", "20:00", "25 Oct", "04:00", "08:00", "12:00"]
    places = [place for place, _ in ticks]
    assert [round((later - earlier) / 3_600) for earlier, later in pairwise(places)] == [4, 4, 5, 4, 4]
