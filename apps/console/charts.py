"""Charts: what is plotted and what it means, as plain values, and the Plotly figure that is made of them. Pure.

A page gives `Chart`s to its template, which includes `console/chart.html` for each; `static/js/charts.js` draws them and
keeps them. Colours are roles: a text such as `--accent` is replaced in the browser by the token's value, so that a figure
needs no new answer when the theme changes. Times are positions on an axis in seconds, labelled here in the reader's zone:
an axis of Plotly's own dates would show UTC, and an hour twice or not at all where clocks change.

The figures are made as plain data and not by plotly's Python classes: those cost 33 MB and 0.4 s in each process and 11 ms
a figure, against 0.1 ms. A test holds every figure to plotly's own schema.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from apps.console.chart_axes import Axis, time_ticks
from apps.console.times import Clock

HEIGHT: Final = 168
DASHES: Final = ("solid", "dash", "dot")  # so that series are told apart without their colour


@dataclass(frozen=True, slots=True)
class Series:
    """One line: a value for each slot (None where nothing is known) and each value as it is read out. `look` is line, area
    or bars; `tone` names a colour token."""

    name: str
    values: Sequence[float | None]
    texts: Sequence[str]
    tone: str = "accent"
    look: str = "line"
    dash: str = "solid"


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its title, unit and formula (its tooltip), a sentence that says what it shows, and its slots' starts.

    `limit` is a level worth a line, with its label. `empty` says why there is nothing, where there is nothing.
    """

    id: str
    title: str
    unit: str
    formula: str
    summary: str
    starts: Sequence[datetime]
    step_seconds: int
    axis: Axis
    series: Sequence[Series]
    limit: tuple[float, str] | None = None
    empty: str = ""

    @property
    def is_empty(self) -> bool:
        return all(value is None for series in self.series for value in series.values)


def figure(chart: Chart, clock: Clock) -> dict[str, Any]:
    """`data` and `layout` as Plotly takes them; `moments` and `columns` for the readout and the table."""
    begin, end = chart.starts[0].timestamp(), chart.starts[-1].timestamp() + chart.step_seconds
    middles = [start.timestamp() + chart.step_seconds / 2 for start in chart.starts]
    ticks = time_ticks(begin, end, clock)
    return {
        "data": [_trace(series, middles, chart) for series in chart.series],
        "layout": {
            "autosize": True,
            "height": HEIGHT,
            "margin": {"l": 46, "r": 12, "t": 10, "b": 26},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": "--font", "size": 11, "color": "--text-faint"},
            "showlegend": False,
            "hovermode": "x",
            "dragmode": False,
            "barmode": "overlay",
            "bargap": 0.25,
            "xaxis": {
                "range": [begin, end],
                "fixedrange": True,
                "tickvals": [place for place, _ in ticks],
                "ticktext": [label for _, label in ticks],
                "showgrid": False,
                "zeroline": False,
                "linecolor": "--line-strong",
                "ticks": "outside",
                "ticklen": 4,
                "tickcolor": "--line-strong",
                "showspikes": True,
                "spikemode": "across",
                "spikesnap": "data",
                "spikethickness": 1,
                "spikedash": "solid",
                "spikecolor": "--line-control",
            },
            "yaxis": {
                "type": "log" if chart.axis.is_log else "linear",
                "range": list(chart.axis.range),
                "fixedrange": True,
                "tickvals": [place for place, _ in chart.axis.ticks],
                "ticktext": [label for _, label in chart.axis.ticks],
                "gridcolor": "--line",
                "griddash": "dot",
                "zeroline": False,
            },
            "shapes": _limit_line(chart),
            "annotations": _limit_label(chart),
        },
        "moments": [clock.short(start) for start in chart.starts],
        "columns": [{"name": series.name, "texts": list(series.texts)} for series in chart.series],
    }


def _trace(series: Series, places: list[float], chart: Chart) -> dict[str, Any]:
    values = [value if value is None or not chart.axis.is_log else max(value, chart.axis.least) for value in series.values]
    trace: dict[str, Any] = {"name": series.name, "x": places, "y": values, "hoverinfo": "none"}
    if series.look == "bars":
        return trace | {"type": "bar", "marker": {"color": f"--{series.tone}"}}
    trace |= {
        "type": "scatter",
        "mode": "lines+markers",
        "line": {"color": f"--{series.tone}", "width": 1.75, "dash": series.dash, "shape": "linear"},
        "marker": {"size": [4 if _is_alone(values, place) else 0 for place in range(len(values))], "color": f"--{series.tone}"},
        "connectgaps": False,
    }
    if series.look == "area":
        trace |= {"fill": "tozeroy", "fillcolor": f"--{series.tone}-soft"}
    return trace


def _is_alone(values: Sequence[float | None], place: int) -> bool:
    """A value between gaps has no line: a dot shows it."""
    if values[place] is None:
        return False
    before = place > 0 and values[place - 1] is not None
    after = place + 1 < len(values) and values[place + 1] is not None
    return not (before or after)


def _limit_line(chart: Chart) -> list[dict[str, Any]]:
    if chart.limit is None or not chart.axis.holds(chart.limit[0]):
        return []
    level = chart.limit[0]
    line = {"color": "--line-control", "width": 1, "dash": "dash"}
    return [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": level, "y1": level, "line": line}]


def _limit_label(chart: Chart) -> list[dict[str, Any]]:
    if chart.limit is None or not chart.axis.holds(chart.limit[0]):
        return []
    place = {"xref": "paper", "x": 0.005, "xanchor": "left", "yref": "y", "y": chart.axis.place_of(chart.limit[0])}
    text = {"yanchor": "bottom", "text": chart.limit[1], "showarrow": False, "font": {"size": 10, "color": "--text-faint"}}
    return [place | text]
