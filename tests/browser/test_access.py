"""Every page for everybody: axe finds nothing, nothing runs off a phone's screen, nothing breaks the content policy."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import AXE, RULES, Visitor
from tests.whole_system import WholeSystem

pytestmark = pytest.mark.browser
PAGES = (
    "/orders/",
    "/orders/?search=nobody",
    "/orders/BR-1/",
    "/exceptions/",
    "/exceptions/?tab=team&team=finance",
    "/exceptions/?tab=all&code=ACK_OVERDUE&sort=money",
    "/messages/",
    "/messages/?state=unmatched",
    "/contracts/",
    "/contracts/distsync.leg.shipped.v1/",
    "/sources/",
    "/audit/",
    "/audit/?who=nobody",
    "/account/",
    "/accounts/password/change/",
    "/accounts/2fa/",
)


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (390, False), (390, True)])
def test_pages_are_clean(visit: Callable[..., Visitor], story: str, width: int, dark: bool) -> None:
    visitor = visit(width=width, dark=dark)
    visitor.see(f"/orders/{story}/", "NS-88121")
    for path in PAGES:
        visitor.page.goto(path)
        assert visitor.page.locator("html").get_attribute("data-theme") == ("dark" if dark else "light")
        assert visitor.axe() == [], path
        assert visitor.overflow() == 0, path
    assert visitor.complaints == []


def test_the_story_as_a_list_and_a_message_are_clean(visit: Callable[..., Visitor], story: str) -> None:
    visitor = visit()
    visitor.see(f"/orders/{story}/", "NS-88121")
    visitor.page.get_by_role("button", name="List", exact=True).click()
    assert visitor.page.get_by_role("group", name="Swimlanes").is_hidden()
    assert visitor.axe() == []
    visitor.page.locator("#story").get_by_role("link", name="Placed").locator("visible=true").click()
    visitor.page.get_by_role("dialog").get_by_text("Laid out").wait_for()
    assert visitor.axe() == []
    visitor.page.keyboard.press("Escape")
    assert visitor.page.evaluate("document.activeElement.textContent") == "Placed", "the focus is back where it was"
    assert visitor.complaints == []


def test_the_entrance_is_clean(page: Page, stack: WholeSystem) -> None:
    for path in ("/accounts/login/", "/nothing-here"):
        page.goto(path)
        page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": AXE})
        found = page.evaluate("rules => axe.run(document, {runOnly: rules}).then(r => r.violations.map(v => v.id))", RULES)
        assert found == [], path


def test_the_content_policy_blocks_what_is_inline(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.ran = true';
            const style = document.createElement('style');
            style.textContent = 'body { opacity: .5 }';
            document.body.append(script, style);
        }"""
    )
    assert visitor.page.evaluate("window.ran === undefined && getComputedStyle(document.body).opacity === '1'")
    assert len(visitor.complaints) == 2
