"""The whole console by keyboard: search, lists, menus, sheets; the focus is always somewhere and comes back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("key", ["/", "Control+k"])
def test_search_an_order_by_its_tracking_number_and_open_it(visit: Callable[..., Visitor], story: str, key: str) -> None:
    visitor = visit("customer_service")
    visitor.see(f"/orders/{story}/", "NS-88121")
    visitor.page.goto("/orders/")
    visitor.page.keyboard.press(key)
    visitor.page.keyboard.type("1Z999AA1")
    option = visitor.page.locator("#search-results [role=option]").first
    expect(option).to_contain_text(story)
    visitor.page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    assert visitor.page.locator("#search").get_attribute("aria-activedescendant") == option.get_attribute("id")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(f"**/orders/{story}/")
    expect(visitor.page.get_by_text("What to tell the customer")).to_be_visible()


def test_an_exact_number_opens_at_once_and_escape_gives_the_focus_back(visit: Callable[..., Visitor], story: str) -> None:
    visitor = visit("customer_service")
    visitor.see(f"/orders/{story}/", "NS-88121")
    visitor.page.goto("/orders/")
    visitor.page.keyboard.press("j")
    first = visitor.page.evaluate("document.activeElement.id")
    visitor.page.keyboard.press("/")
    visitor.page.keyboard.type(story)
    expect(visitor.page.locator("#search-results [role=option]").first).to_have_attribute("aria-selected", "true")
    visitor.page.keyboard.press("Escape")
    assert visitor.page.evaluate("document.activeElement.id") == first
    expect(visitor.page.locator("#search-results [role=option]")).to_have_count(0)


def test_rows_by_j_k_and_o(visit: Callable[..., Visitor], story: str, tell: Callable[..., None]) -> None:
    tell("order.placed", "urn:browser:oms", order="BR-KEYS", lines=[])
    visitor = visit()
    visitor.see("/orders/", "BR-KEYS")
    rows = visitor.page.locator("[data-row-link]")
    visitor.page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    visitor.page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    visitor.page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    order = rows.nth(0).text_content()
    visitor.page.keyboard.press("o")
    visitor.page.wait_for_url(f"**/orders/{order}/")


def test_the_answer_is_copied_by_c(visit: Callable[..., Visitor], story: str) -> None:
    visitor = visit("customer_service")
    visitor.see(f"/orders/{story}/", "NS-88121")
    visitor.page.keyboard.press("c")
    expect(visitor.page.locator("#answer-copy")).to_contain_text("Copied")
    assert visitor.page.evaluate("navigator.clipboard.readText()") == visitor.page.locator("#answer-text").inner_text()


def test_the_user_menu_opens_closes_and_signs_out(visit: Callable[..., Visitor]) -> None:
    visitor = visit("finance")
    menu = visitor.page.locator("details.menu > summary")
    menu.focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_role("button", name="Sign out")).to_be_visible()
    visitor.page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    visitor.page.keyboard.press("Enter")
    visitor.page.get_by_role("button", name="Sign out").press("Enter")
    visitor.page.goto("/orders/")
    visitor.page.wait_for_url("**/accounts/login/**")


def test_every_stop_of_the_tab_key_shows_where_it_is(visit: Callable[..., Visitor], story: str) -> None:
    visitor = visit()
    visitor.see(f"/orders/{story}/", "NS-88121")
    visitor.page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.activeElement.textContent") == "Skip to content"
    for _ in range(40):
        visitor.page.keyboard.press("Tab")
        seen = visitor.page.evaluate(
            """() => {
                const at = document.activeElement, mark = at.matches('svg a') && at.querySelector('.mark');
                if (mark) return getComputedStyle(mark).strokeWidth === '3px';
                return at === document.body || getComputedStyle(at).outlineStyle !== 'none';
            }"""
        )
        assert seen, visitor.page.evaluate("document.activeElement.outerHTML.slice(0, 200)")


def test_the_theme_is_kept(visit: Callable[..., Visitor]) -> None:
    visitor = visit("finance")
    visitor.page.locator("details.menu > summary").click()
    with visitor.page.expect_response("**/account/theme"):
        visitor.page.get_by_role("button", name="Dark").click()
    expect(visitor.page.locator("html")).to_have_attribute("data-theme", "dark")
    visitor.page.reload()
    expect(visitor.page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_navigation_of_a_phone_is_a_sheet(visit: Callable[..., Visitor]) -> None:
    visitor = visit(width=390, height=844)
    link = visitor.page.get_by_role("link", name="Contracts")
    expect(link).to_be_hidden()
    visitor.page.get_by_role("button", name="Navigation", exact=True).click()
    expect(link).to_be_visible()
    visitor.page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    expect(visitor.page.get_by_role("button", name="Navigation", exact=True)).to_be_focused()
