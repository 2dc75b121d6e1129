"""The first charts, in a real browser: drawn under the strict content policy, renewed by what arrives, read by keyboard."""

import re
from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OMS, Visitor

pytestmark = pytest.mark.browser
Tell = Callable[..., None]
LISTEN = """
window.violations = [];
document.addEventListener('securitypolicyviolation', event => window.violations.push(
    `${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""
DRAWN = "document.querySelectorAll('[data-plot][data-drawn]').length === 4"
# The lines of each chart: how many paths have a length that the eye can see.
LINES = """[...document.querySelectorAll('[data-plot]')].map(plot =>
    [...plot.querySelectorAll('.scatterlayer path.js-line')].filter(path => path.getTotalLength() > 5).length)"""
RENEWED = "Number(document.getElementById('pipeline').dataset.renewed ?? 0)"
# Whether the sources, as the server tells them now, are others than those that the page held.
IS_TOLD_OTHERWISE = """fetch(document.getElementById('pipeline').dataset.refreshUrl).then(answer => answer.text()).then(html =>
    !new DOMParser().parseFromString(html, 'text/html').getElementById('piece-sources').isEqualNode(window.held))"""
STROKE = "getComputedStyle(document.querySelector('#chart-rates .scatterlayer path.js-line')).stroke"


@pytest.fixture
def busy(tell: Tell) -> None:
    for number in range(3):
        tell("order.placed", OMS, order=f"BR-PIPE-{number}", lines=[])


def opened(visitor: Visitor, path: str = "/pipeline/") -> Visitor:
    """The page with its charts drawn."""
    visitor.page.add_init_script(LISTEN)
    visitor.page.goto(path)
    for _ in range(3):  # the first figures are written within seconds
        with suppress(AssertionError):
            visitor.wait_until(DRAWN)
            return visitor
    raise AssertionError("the charts were not drawn")


def renew(visitor: Visitor) -> None:
    """As for somebody who comes back to the page: it is asked for at once."""
    before = visitor.page.evaluate(RENEWED)
    visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    visitor.wait_until(f"{RENEWED} > {before}")


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (390, False), (390, True)])
def test_charts_are_drawn_under_the_content_policy(visit: Callable[..., Visitor], busy: None, width: int, dark: bool) -> None:
    visitor = opened(visit(width=width, dark=dark))
    for name in ("hour", "day", "month"):
        visitor.page.goto(f"/pipeline/?range={name}")
        expect(visitor.page.get_by_role("heading", name="By worker")).to_be_visible()
        assert visitor.page.evaluate("window.violations") == []
        assert visitor.axe() == []
        assert visitor.overflow() == 0
    visitor.page.goto("/pipeline/")
    visitor.wait_until(DRAWN)
    lines = visitor.page.evaluate(LINES)
    assert lines[2] == 2, lines  # in and out
    assert visitor.page.evaluate("document.querySelectorAll('style').length") == 0
    assert visitor.page.evaluate("window.violations") == []
    assert visitor.complaints == []


def test_plotly_has_its_styles_and_heat_maps_keep_their_edges(visit: Callable[..., Visitor], busy: None) -> None:
    """What a chart with cells will need: the sheet stands in for the style element that the policy refuses."""
    visitor = opened(visit())
    found = visitor.page.evaluate(
        """async () => {
            const holder = document.createElement('div');
            document.querySelector('main').append(holder);
            await Plotly.newPlot(holder, [{type: 'heatmap', z: [[1, 2], [3, 4]], showscale: false}], {width: 300, height: 200},
                {displayModeBar: false});
            const image = holder.querySelector('.heatmaplayer image');
            const found = [getComputedStyle(image).imageRendering, getComputedStyle(holder.querySelector('.main-svg')).position,
                image.getAttribute('href').startsWith('data:image/png')];
            holder.remove();
            return found;
        }"""
    )
    assert found == ["pixelated", "absolute", True]
    assert visitor.page.evaluate("window.violations") == []
    assert visitor.complaints == []


def test_what_arrives_is_seen_without_a_reload(visit: Callable[..., Visitor], busy: None, tell: Tell) -> None:
    visitor = opened(visit())
    page = visitor.page
    page.mouse.move(5, 5)
    page.evaluate("window.unreloaded = true; window.plotted = document.querySelector('#chart-rates [data-plot]')")
    row = page.locator("tr", has=page.get_by_role("link", name="urn:browser:arrives", exact=True))
    expect(row).to_have_count(0)
    total = "document.querySelector('#chart-rates [data-plot]').data[0].y.reduce((sum, each) => sum + (each ?? 0), 0)"
    before = page.evaluate(total)
    for number in range(4):
        tell("order.placed", "urn:browser:arrives", order=f"BR-ARRIVES-{number}", lines=[])
    expect(row).to_have_count(1, timeout=25_000)
    expect(row.locator("td.num").first).to_have_text("4", timeout=25_000)
    visitor.wait_until("document.querySelector('#chart-rates [data-plot]') === window.plotted && window.unreloaded")
    for _ in range(100):
        if page.evaluate(total) != before:
            break
        page.wait_for_timeout(200)
    assert page.evaluate(total) != before, "the chart was drawn again in place"
    assert visitor.complaints == []


def test_nothing_changes_under_the_pointer(visit: Callable[..., Visitor], busy: None, tell: Tell) -> None:
    visitor = opened(visit())
    page = visitor.page
    page.locator("#piece-sources tbody tr").first.hover()
    page.evaluate("window.held = document.getElementById('piece-sources')")
    tell("order.placed", "urn:browser:later", order="BR-LATER", lines=[])
    for _ in range(3):
        with suppress(AssertionError):
            visitor.wait_until(IS_TOLD_OTHERWISE)
            break
    assert page.evaluate(IS_TOLD_OTHERWISE), "the server has something new to tell"
    for _ in range(3):
        renew(visitor)
    assert page.evaluate("document.getElementById('piece-sources') === window.held")
    page.mouse.move(5, 5)
    visitor.wait_until("document.getElementById('piece-sources') !== window.held")  # renewed once nobody points at it


def test_the_theme_changes_the_charts_at_once(visit: Callable[..., Visitor], busy: None) -> None:
    visitor = opened(visit())
    light = visitor.page.evaluate(STROKE)
    visitor.page.locator("[data-menu] > summary").last.click()
    visitor.page.get_by_role("button", name="Dark").click()
    for _ in range(50):
        if visitor.page.evaluate(STROKE) != light:
            break
        visitor.page.wait_for_timeout(100)
    assert (light, visitor.page.evaluate(STROKE)) == ("rgb(47, 91, 234)", "rgb(124, 155, 255)")
    visitor.page.get_by_role("button", name="As the system").click()


def test_a_chart_is_read_by_keyboard_and_as_a_table(visit: Callable[..., Visitor], busy: None) -> None:
    visitor = opened(visit())
    chart = visitor.page.locator("#chart-rates")
    cursor = chart.get_by_role("slider", name="Rate in and out: move through time")
    summary = chart.locator("[data-readout]").inner_text()
    assert summary.startswith("In at most ")
    cursor.focus()
    visitor.page.keyboard.press("ArrowLeft")
    said = chart.locator("[data-readout]").inner_text()
    assert re.fullmatch(r"\d+ \w+ \d\d:\d\d: In [\d.,a-z ]+ a second, Out [\d.,a-z ]+ a second", said), said
    assert cursor.get_attribute("aria-valuetext") == said
    assert visitor.axe() == []
    chart.locator("summary").click()
    rows = chart.get_by_role("region", name="Rate in and out, slot by slot").get_by_role("row")
    expect(rows).to_have_count(61)
    assert rows.nth(2).inner_text().split("\t")[0] in said
    assert visitor.axe() == []
    assert visitor.complaints == []


def test_a_server_that_does_not_answer_is_told_and_forgiven(visit: Callable[..., Visitor], busy: None) -> None:
    visitor = opened(visit())
    notice = visitor.page.get_by_text("The figures below stand still")
    expect(notice).to_be_hidden()
    visitor.page.route("**/pipeline/**", lambda route: route.abort())
    expect(notice).to_be_visible(timeout=20_000)
    visitor.page.unroute("**/pipeline/**")
    expect(notice).to_be_hidden(timeout=40_000)


def test_without_plotly_the_table_still_tells(visit: Callable[..., Visitor], busy: None) -> None:
    visitor = visit()
    visitor.page.route("**/plotly-cartesian.min.js", lambda route: route.abort())
    visitor.page.goto("/pipeline/")
    chart = visitor.page.locator("#chart-rates")
    expect(chart.get_by_text("The chart could not be drawn.")).to_be_visible()
    chart.locator("summary").click()
    expect(chart.get_by_role("row")).to_have_count(61)
