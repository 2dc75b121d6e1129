"""The screen follows the world: an event that arrives is seen without a reload, and nothing moves under the reader."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MIDDLEWARE, NORTHSTAR, OMS, Visitor

pytestmark = pytest.mark.browser
Tell = Callable[..., None]
GLOVES = {"line": "1", "sku": "GLV-NTR-M", "quantity": 4}


def test_a_trace_changes_when_an_event_arrives(visit: Callable[..., Visitor], tell: Tell) -> None:
    tell("order.placed", OMS, hours=5, order="BR-LIVE", lines=[GLOVES])
    visitor = visit("customer_service")
    visitor.see("/orders/BR-LIVE/", "Placed")
    visitor.page.evaluate("window.unreloaded = true")
    visitor.page.get_by_role("button", name="Copy answer").focus()
    visitor.page.get_by_role("button", name="List", exact=True).click()
    tell(
        "leg.released", MIDDLEWARE, hours=1, order="BR-LIVE", leg="BR-LIVE-A", partner="NorthStar", site="Reno", lines=[GLOVES]
    )
    expect(visitor.page.get_by_role("heading", name="Leg 1 · NorthStar")).to_be_visible()
    expect(visitor.page.locator(".tellings")).to_be_visible()
    expect(visitor.page.get_by_role("button", name="List", exact=True)).to_be_focused()
    tell("leg.shipped", NORTHSTAR, order="BR-LIVE", leg="BR-LIVE-A", shipment="SH-LIVE", lines=[GLOVES], final=True)
    expect(visitor.page.locator("#trace-head .chip", has_text="Shipped")).to_be_visible()
    assert visitor.page.evaluate("window.unreloaded") is True
    assert visitor.complaints == []


def test_a_list_shows_a_new_order_by_itself(visit: Callable[..., Visitor], tell: Tell) -> None:
    tell("order.placed", OMS, hours=2, order="BR-OLD", lines=[])
    visitor = visit()
    visitor.see("/orders/", "BR-OLD")
    visitor.page.mouse.move(5, 5)
    tell("order.placed", OMS, order="BR-NEW", lines=[])
    expect(visitor.page.locator('[data-handle="BR-NEW"]')).to_be_visible()


def test_rows_under_the_reader_stay_where_they_are(visit: Callable[..., Visitor], tell: Tell) -> None:
    tell("order.placed", OMS, hours=3, order="BR-STAY", lines=[GLOVES])
    tell("order.placed", OMS, hours=2, order="BR-ABOVE", lines=[GLOVES])
    visitor = visit()
    visitor.see("/orders/?search=BR-", "BR-ABOVE")
    visitor.see("/orders/?search=BR-", "BR-STAY")
    handles = "[...document.querySelectorAll('#orders [data-handle]')].map(row => row.dataset.handle)"
    visitor.page.locator('[data-handle="BR-STAY"] a').focus()
    before = visitor.page.evaluate(handles)
    tell("order.validated", OMS, order="BR-STAY")
    tell("order.placed", OMS, order="BR-WAITS", lines=[])
    row = visitor.page.locator('[data-handle="BR-STAY"]')
    expect(row.locator(".chip", has_text="Validated")).to_be_visible()
    expect(row.locator("a")).to_be_focused()
    show = visitor.page.get_by_role("button", name="heard of, show")
    expect(show).to_be_visible()
    assert visitor.page.evaluate(handles) == before
    show.click()
    expect(visitor.page.locator('[data-handle="BR-WAITS"]')).to_be_visible()


def test_the_indicator_says_how_far_behind_the_screen_is(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    expect(visitor.page.locator("[data-live-indicator]")).to_have_text("Live, 0.0 s behind", use_inner_text=True)
    visitor.page.goto("/contracts/")
    expect(visitor.page.locator("[data-live-indicator]")).to_have_attribute("data-state", "live")


def test_a_partner_hears_of_its_own_orders_alone(visit: Callable[..., Visitor], tell: Tell) -> None:
    visitor = visit("partner")
    visitor.page.evaluate(
        """() => { window.heard = []; const stream = new EventSource('/live/orders');
        stream.addEventListener('changed', event => window.heard.push(...(JSON.parse(event.data).orders ?? []))); }"""
    )
    visitor.wait_until("document.querySelector('[data-live-indicator]').dataset.state === 'live'")
    released = {"site": "Reno", "lines": [GLOVES]}
    tell("leg.released", MIDDLEWARE, order="BR-THEIRS", leg="BR-THEIRS-A", partner="Polaris", **released)
    tell("leg.released", MIDDLEWARE, order="BR-OURS", leg="BR-OURS-A", partner="NorthStar", **released)
    visitor.wait_until("window.heard.includes('BR-OURS')")
    assert visitor.page.evaluate("window.heard.includes('BR-THEIRS')") is False
    expect(visitor.page.locator('[data-handle="BR-OURS"]')).to_be_visible()
    expect(visitor.page.locator('[data-handle="BR-THEIRS"]')).to_have_count(0)
