"""The inbox in a browser: its count changes while one looks at another page, and axe finds nothing wrong."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor
from tests.browser.late_orders import unacknowledged

pytestmark = pytest.mark.browser
Tell = Callable[..., None]
Visit = Callable[..., Visitor]


def test_the_count_changes_when_somebody_assigns_and_when_it_is_read(visit: Visit, tell: Tell) -> None:
    unacknowledged(tell, "NT-1", site="Notices")
    boss, worker = visit("administrator"), visit("finance")
    worker.page.goto("/notifications/?show=unread")
    if worker.page.get_by_role("button", name="Mark all read").count():
        worker.page.get_by_role("button", name="Mark all read").click()
    worker.page.goto("/orders/")
    count = worker.page.locator("#inbox-count")
    expect(count).to_have_text("")
    expect(worker.page.locator("[data-live-indicator]")).to_have_attribute("data-state", "live", timeout=20_000)

    boss.see("/exceptions/?tab=all&site=Notices", "NT-1")
    boss.page.mouse.move(2, 2)
    boss.page.keyboard.press("j")
    boss.page.keyboard.press("a")
    expect(boss.page.locator("#assign-to")).to_be_focused()
    boss.page.keyboard.type("browser-fin")
    expect(boss.page.locator("#assign-list [aria-selected=true]")).to_contain_text("browser-finance")
    boss.page.keyboard.press("Enter")

    expect(count).to_have_text("1", timeout=20_000)
    worker.page.get_by_role("link", name="Notifications 1 unread").click()
    worker.page.get_by_role("link", name="Assigned to you: Not acknowledged").first.click()
    expect(worker.page.get_by_role("heading", level=1)).to_contain_text("Not acknowledged")
    expect(worker.page.locator("#inbox-count")).to_have_text("")
    assert worker.complaints == []


@pytest.mark.parametrize(
    "path", ["/notifications/", "/notifications/settings", "/notifications/settings/finance", "/notifications/deliveries/"]
)
@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (390, False)])
def test_the_pages_are_open_to_everybody(visit: Visit, path: str, width: int, dark: bool) -> None:
    visitor = visit("administrator", width=width, dark=dark)
    visitor.page.goto(path)
    assert visitor.axe() == []
    assert visitor.overflow() <= 0
    assert visitor.complaints == []
