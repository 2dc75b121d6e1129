"""The exception queue by keyboard alone, two people on one case, the world that changes rows under nobody's hands, and axe."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import NORTHSTAR, Visitor
from tests.browser.late_orders import unacknowledged

pytestmark = pytest.mark.browser
Tell = Callable[..., None]
Visit = Callable[..., Visitor]


def row(visitor: Visitor, order: str) -> Locator:
    return visitor.page.locator(f'#exceptions [data-handle="{order}"]')


def focused(visitor: Visitor) -> str:
    """The order of the row in hand, once a dialog that closes and a row that is renewed have given the focus back."""
    for _ in range(50):
        found = visitor.page.evaluate("document.activeElement.closest('tr')?.dataset.handle ?? document.activeElement.id")
        if found:
            return str(found)
        visitor.page.wait_for_timeout(100)
    return ""


def queue(visitor: Visitor, site: str, order: str) -> None:
    """Opens the queue of one site, in a fixed order, once the order's case is there."""
    visitor.see(f"/exceptions/?tab=all&sort=age&site={site}", order)
    visitor.page.mouse.move(2, 2)


def said(visitor: Visitor, text: str) -> None:
    expect(visitor.page.locator(".toast")).to_contain_text(text)
    expect(visitor.page.locator("#announce")).to_contain_text(text)


def test_the_whole_queue_by_keyboard_alone(visit: Visit, tell: Tell) -> None:  # noqa: PLR0915 - one shift, key by key
    unacknowledged(tell, "XK-1", "XK-2", site="Keyboard")
    visitor = visit("finance")
    queue(visitor, "Keyboard", "XK-2")
    keys = visitor.page.keyboard
    keys.press("j")
    assert focused(visitor) == "XK-1"
    mine = visitor.page.locator("#nav-mine")
    before = int((re.match(r"\d+", mine.inner_text()) or ["0"])[0])  # other tests' people share the system

    keys.press("e")
    said(visitor, "Claimed")
    expect(row(visitor, "XK-1")).to_contain_text("In progress")
    expect(mine).to_contain_text(str(before + 1))
    assert focused(visitor) == "XK-1", "the focus is where it was"
    keys.press("u")
    said(visitor, "Undone")
    expect(row(visitor, "XK-1")).to_contain_text("nobody yet")
    assert focused(visitor) == "XK-1"

    keys.press("a")
    expect(visitor.page.locator("#assign-to")).to_be_focused()
    keys.type("browser-cust")
    expect(visitor.page.locator("#assign-list [aria-selected=true]")).to_contain_text("browser-customer_service")
    keys.press("Enter")
    said(visitor, "Assigned to browser-customer_service")
    assert focused(visitor) == "XK-1"

    keys.press("c")
    keys.type("Look at this, @browser-fin")
    expect(visitor.page.locator("#comment-list [aria-selected=true]")).to_contain_text("browser-finance")
    keys.press("Enter")
    assert visitor.page.locator("#comment-text").input_value() == "Look at this, @browser-finance "
    keys.press("Control+Enter")
    said(visitor, "Comment kept")
    expect(row(visitor, "XK-1").locator(".talk")).to_contain_text("1")

    keys.press("w")
    said(visitor, "Waiting on the partner")
    keys.press("w")
    said(visitor, "Back at work")
    keys.press("x")
    keys.type("planning")
    expect(visitor.page.locator("#escalate-list [aria-selected=true]")).to_contain_text("Planning")
    keys.press("Enter")
    said(visitor, "Escalated to Planning")
    expect(row(visitor, "XK-1")).to_contain_text("Planning")

    keys.press("s")
    keys.press("1")
    said(visitor, "Snoozed until")
    expect(row(visitor, "XK-1")).to_contain_text("Snoozed")
    assert focused(visitor) == "XK-1"
    keys.press("s")
    keys.press("0")
    said(visitor, "Back at work")

    keys.press("r")
    keys.press("4")
    expect(visitor.page.get_by_label("Accepted as it is")).to_be_checked()
    keys.press("Enter")
    said(visitor, "Resolved: accepted as it is")
    expect(row(visitor, "XK-1")).to_have_class(re.compile(r"\bleft\b"))
    assert focused(visitor) == "XK-2", "the next row is in hand"
    keys.press("k")
    assert focused(visitor) == "XK-2", "what has left is passed over"
    keys.press("u")
    said(visitor, "Undone")
    assert focused(visitor) == "XK-1"

    keys.press("o")
    visitor.page.wait_for_url("**/exceptions/*/")
    expect(visitor.page.locator("#wrong-text")).to_contain_text("has not acknowledged release XK-1-L")
    keys.press("g")
    keys.press("e")
    visitor.page.wait_for_url("**/exceptions/")
    assert visitor.complaints == []


def test_the_focus_returns_to_a_row_that_was_renewed_behind_a_dialog(visit: Visit, tell: Tell) -> None:
    unacknowledged(tell, "XF-1", "XF-2", site="Focus")
    first, second = visit("finance"), visit("customer_service")
    for visitor in (first, second):
        queue(visitor, "Focus", "XF-2")
        visitor.page.keyboard.press("j")
    first.page.keyboard.press("r")
    expect(first.page.get_by_role("dialog", name="Resolve")).to_be_visible()
    second.page.keyboard.press("e")
    said(second, "Claimed")
    expect(row(first, "XF-1")).to_contain_text("browser-customer_service")
    first.page.keyboard.press("Escape")
    assert focused(first) == "XF-1"
    first.page.keyboard.press("j")
    assert focused(first) == "XF-2", "and not at the top again"
    assert first.complaints == []


def test_a_selection_is_worked_at_once(visit: Visit, tell: Tell) -> None:
    unacknowledged(tell, "XS-1", "XS-2", site="Selection")
    visitor = visit("finance")
    queue(visitor, "Selection", "XS-2")
    keys = visitor.page.keyboard
    keys.press("j")
    keys.press("Space")
    keys.press("j")
    keys.press("Space")
    expect(visitor.page.locator("#chosen")).to_have_text("2 selected")
    keys.press("e")
    said(visitor, "Claimed: 2 cases")
    for order in ("XS-1", "XS-2"):
        expect(row(visitor, order)).to_contain_text("In progress")
    expect(visitor.page.locator("#chosen")).to_have_text("2 cases")
    keys.press("u")
    said(visitor, "Undone")
    keys.press("Shift+A")
    expect(visitor.page.locator("#chosen")).to_have_text("2 selected")
    keys.press("Shift+A")
    expect(visitor.page.locator("#chosen")).to_have_text("2 cases")
    assert visitor.complaints == []


def test_two_people_on_one_case_at_once(visit: Visit, tell: Tell) -> None:
    unacknowledged(tell, "XR-1", site="Race")
    first, second = visit("finance"), visit("customer_service")
    for visitor in (first, second):
        queue(visitor, "Race", "XR-1")
        visitor.page.keyboard.press("j")
    second.page.context.set_offline(True)  # it does not hear of what happens meanwhile
    first.page.keyboard.press("e")
    said(first, "Claimed")
    second.page.keyboard.press("r")
    second.page.keyboard.press("2")
    second.page.get_by_label("What was done").fill("We called them")
    second.page.context.set_offline(False)
    second.page.evaluate("document.querySelector('#act-resolve form').requestSubmit()")
    dialog = second.page.get_by_role("dialog", name="Resolve")
    expect(dialog.get_by_role("alert")).to_have_text("browser-finance was first: look at the case again, then decide.")
    expect(row(second, "XR-1")).to_contain_text("browser-finance")
    expect(dialog.get_by_label("What was done")).to_have_value("We called them")
    dialog.get_by_role("button", name="Resolve", exact=True).click()
    said(second, "Resolved: not a problem after all")


def test_without_the_server_nothing_typed_is_lost(visit: Visit, tell: Tell) -> None:
    unacknowledged(tell, "XO-1", site="Offline")
    visitor = visit("finance")
    queue(visitor, "Offline", "XO-1")
    visitor.page.keyboard.press("j")
    visitor.page.keyboard.press("c")
    visitor.page.keyboard.type("Called the dock")
    visitor.page.context.set_offline(True)
    visitor.page.keyboard.press("Control+Enter")
    dialog = visitor.page.get_by_role("dialog", name="Comment")
    expect(dialog.get_by_role("alert")).to_contain_text("Nothing was done, and nothing you typed is lost")
    visitor.page.context.set_offline(False)
    visitor.page.keyboard.press("Control+Enter")
    said(visitor, "Comment kept")
    expect(dialog).to_be_hidden()


def test_the_world_resolves_a_case_under_nobodys_hands(visit: Visit, tell: Tell) -> None:
    unacknowledged(tell, "XW-1", "XW-2", site="World")
    visitor = visit("finance")
    queue(visitor, "World", "XW-2")
    visitor.page.keyboard.press("j")
    handles = "[...document.querySelectorAll('#exceptions [data-handle]')].map(row => row.dataset.handle)"
    before = visitor.page.evaluate(handles)
    tell("leg.acknowledged", NORTHSTAR, leg="XW-1-L")
    expect(row(visitor, "XW-1")).to_contain_text("Resolved, verified")
    expect(row(visitor, "XW-1")).to_have_class("case left changed")
    assert visitor.page.evaluate(handles) == before
    assert focused(visitor) == "XW-1"
    expect(visitor.page.locator("#tab-all .n")).to_have_text("1")
    visitor.page.keyboard.press("j")
    assert focused(visitor) == "XW-2"
    assert visitor.complaints == []


def test_an_incident_is_opened_and_worked_as_one(visit: Visit, tell: Tell) -> None:
    unacknowledged(tell, "XI-1", "XI-2", "XI-3", site="Incident")
    visitor = visit("finance")
    visitor.see("/exceptions/?tab=all&site=Incident", "3 similar cases")
    keys = visitor.page.keyboard
    keys.press("j")
    keys.press("o")
    expect(row(visitor, "XI-3")).to_be_visible()
    keys.press("j")
    assert focused(visitor) == "XI-1"
    keys.press("k")
    keys.press("o")
    expect(row(visitor, "XI-3")).to_have_count(0)
    keys.press("w")
    expect(visitor.page.get_by_role("dialog", name="Set to waiting 3 cases?")).to_be_visible()
    keys.press("Enter")
    said(visitor, "Waiting on the partner: 3 cases")
    assert visitor.complaints == []


def test_a_cases_page_by_keyboard(visit: Visit, tell: Tell) -> None:
    unacknowledged(tell, "XP-1", site="Page")
    visitor = visit("finance")
    queue(visitor, "Page", "XP-1")
    visitor.page.keyboard.press("j")
    visitor.page.keyboard.press("o")
    visitor.page.wait_for_url("**/exceptions/*/")
    keys = visitor.page.keyboard
    keys.press("e")
    said(visitor, "Claimed")
    expect(visitor.page.locator("#case-head")).to_contain_text("you")
    keys.press("c")
    expect(visitor.page.locator("#say-text")).to_be_focused()
    keys.type("They say tomorrow")
    keys.press("Control+Enter")
    expect(visitor.page.locator(".past blockquote")).to_have_text("They say tomorrow")
    expect(visitor.page.locator("#say-text")).to_be_focused()
    expect(visitor.page.locator("#say-text")).to_have_value("")
    tell("leg.acknowledged", NORTHSTAR, leg="XP-1-L")
    expect(visitor.page.locator("#case-head")).to_contain_text("Resolved, verified")
    assert visitor.complaints == []


def test_what_is_being_typed_outlives_what_happens_meanwhile(visit: Visit, tell: Tell) -> None:
    unacknowledged(tell, "XY-1", site="Typing")
    visitor = visit("finance")
    queue(visitor, "Typing", "XY-1")
    visitor.page.keyboard.press("j")
    visitor.page.keyboard.press("o")
    visitor.page.wait_for_url("**/exceptions/*/")
    box = visitor.page.locator("#say-text")
    box.fill("They say tomorrow, and")
    box.press("Home")
    visitor.page.locator("#do-claim").click()
    said(visitor, "Claimed")
    expect(box).to_have_value("They say tomorrow, and")
    box.focus()
    tell("leg.acknowledged", NORTHSTAR, leg="XY-1-L")
    expect(visitor.page.locator("#case-head")).to_contain_text("Resolved, verified")
    expect(box).to_have_value("They say tomorrow, and")
    expect(box).to_be_focused()
    visitor.page.keyboard.type("Well: ")
    expect(box).to_have_value("Well: They say tomorrow, and")
    assert visitor.complaints == []


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (390, False), (390, True)])
def test_the_queue_a_case_and_its_dialogs_are_clean(visit: Visit, tell: Tell, width: int, dark: bool) -> None:
    unacknowledged(tell, "XA-1", "XA-2", "XA-3", site="Axe")
    unacknowledged(tell, "XA-4", site="Axe too")
    visitor = visit(width=width, dark=dark)
    visitor.see("/exceptions/?tab=all&site=Axe+too", "XA-4")
    case = visitor.page.locator("#exceptions tr.case [data-row-link]").first.get_attribute("href") or ""
    for path in (
        "/exceptions/?tab=all&site=Axe",
        "/exceptions/?tab=team",
        "/exceptions/?tab=mine",
        "/exceptions/?tab=resolved",
        f"/exceptions/?tab=all&site=Axe&as_of={datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        f"/exceptions/?tab=all&site=Axe&as_of={datetime.now(UTC) - timedelta(days=9):%Y-%m-%dT%H:%M:%SZ}",
        case,
    ):
        visitor.page.goto(path)
        assert visitor.axe() == [], path
        assert visitor.overflow() == 0, path
    for act in ("assign", "snooze", "escalate", "resolve"):
        visitor.page.locator(f"#do-{act}").click()
        expect(visitor.page.locator(f"#act-{act}")).to_be_visible()
        visitor.page.wait_for_timeout(200)
        assert visitor.axe() == [], act
        visitor.page.keyboard.press("Escape")
        expect(visitor.page.locator(f"#do-{act}")).to_be_focused()
    assert visitor.complaints == []


def test_a_partner_reads_and_comments(visit: Visit, tell: Tell) -> None:
    unacknowledged(tell, "XN-1", site="Partner")
    visitor = visit("partner")
    visitor.see("/exceptions/?tab=all&site=Partner", "XN-1")
    assert visitor.axe() == []
    for key in "easwxr":
        visitor.page.keyboard.press(key)
    expect(visitor.page.locator("dialog[open]")).to_have_count(0)
    visitor.page.keyboard.press("j")
    visitor.page.keyboard.press("o")
    visitor.page.wait_for_url("**/exceptions/*/")
    assert visitor.axe() == []
    visitor.page.get_by_label("Comment").fill("The dock was flooded")
    visitor.page.keyboard.press("Control+Enter")
    expect(visitor.page.locator(".past blockquote")).to_have_text("The dock was flooded")
    assert visitor.complaints == []


def test_the_past_of_the_queue_is_looked_at_and_not_worked(visit: Visit, tell: Tell) -> None:
    unacknowledged(tell, "XT-1", "XT-2", site="Past")
    visitor = visit("finance")
    queue(visitor, "Past", "XT-2")
    then = datetime.now(UTC)
    tell("leg.acknowledged", NORTHSTAR, leg="XT-1-L")
    expect(row(visitor, "XT-1")).to_have_count(0)

    visitor.page.locator("#as-of > summary").click()
    picker = visitor.page.locator("#as-of input[name=as_of]")
    expect(picker).to_be_focused()
    picker.fill(f"{then - timedelta(hours=2):%Y-%m-%dT%H:%M}")
    visitor.page.locator("#as-of").get_by_role("button", name="Show").click()
    banner = visitor.page.locator(".as-of")
    expect(banner).to_contain_text("As known on")
    expect(banner).to_contain_text("Nothing can be done here.")
    expect(visitor.page.locator("#exceptions")).to_contain_text("Nothing of this was known then")

    visitor.page.goto(f"/exceptions/?tab=all&sort=age&site=Past&as_of={then:%Y-%m-%dT%H:%M:%S.%fZ}")
    for order in ("XT-1", "XT-2"):
        expect(row(visitor, order)).to_contain_text("New")
    keys = visitor.page.keyboard
    keys.press("j")
    assert focused(visitor) == "XT-1", "one can still move"
    for key in ("e", "r", "a", "Space", "Shift+A", "u"):
        keys.press(key)
    expect(visitor.page.locator("dialog[open], .toast")).to_have_count(0)
    expect(visitor.page.locator("#exceptions input[type=checkbox], #exceptions [data-do]")).to_have_count(0)
    visitor.page.get_by_label("Type").select_option("ACK_OVERDUE")
    visitor.page.wait_for_url("**code=ACK_OVERDUE**")
    expect(row(visitor, "XT-1")).to_contain_text("New")
    expect(banner).to_be_visible()
    visitor.page.locator("#as-of-now").click()
    expect(row(visitor, "XT-2")).to_be_visible()
    expect(row(visitor, "XT-1")).to_have_count(0)
    expect(visitor.page.locator("#as-of > summary")).to_be_visible()
    assert visitor.complaints == []
