"""A signed-in browser on the whole system, and orders told to it through its own door."""

import http.client
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.whole_system import WholeSystem

PASSWORD = "correct-horse-battery"
AXE = (Path(__file__).parent.parent / "vendor" / "axe" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
OMS, MIDDLEWARE, NORTHSTAR, POLARIS = (
    "urn:browser:oms",
    "urn:browser:middleware",
    "urn:browser:northstar",
    "urn:browser:polaris",
)
Tell = Callable[..., None]


@pytest.fixture(scope="session")
def made(stack: WholeSystem) -> tuple[str, dict[str, str]]:
    """The token of a credential, and user names by role: all made by one start of the command line."""
    names = {role: f"browser-{role}" for role in ("customer_service", "finance", "administrator", "partner")}
    of = {"partner": ("--partner", "NorthStar")}
    credential, *_ = stack.manage_together(
        ("source", "create", "browser-tests", "--json"),
        *(
            ("user", "create", name, "--role", role, *of.get(role, ()), "--password-stdin", "--json")
            for role, name in names.items()
        ),
        input=f"{PASSWORD}\n" * len(names),
    )
    return str(credential["token"]), names


@pytest.fixture(scope="session")
def token(made: tuple[str, dict[str, str]]) -> str:
    return made[0]


@pytest.fixture(scope="session")
def people(made: tuple[str, dict[str, str]]) -> dict[str, str]:
    """User names by role."""
    return made[1]


@pytest.fixture(scope="session")
def tell(stack: WholeSystem, token: str) -> Tell:
    """`tell("order.placed", OMS, order="SO-1", lines=[])`: posts one event, `hours` ago."""
    count = iter(range(1, 1_000_000))

    def post(name: str, source: str, /, *, hours: float = 0, **data: Any) -> None:
        event = {
            "specversion": "1.0",
            "id": f"browser-{next(count)}",
            "source": source,
            "type": f"distsync.{name}.v1",
            "time": (datetime.now(UTC) - timedelta(hours=hours)).isoformat(),
            "data": data,
        }
        connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=20)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/cloudevents+json"}
        connection.request("POST", "/api/v1/events", json.dumps(event), headers)
        answer = connection.getresponse()
        assert answer.status == 202, answer.read()
        assert json.loads(answer.read())["accepted"] == 1
        connection.close()

    return post


@pytest.fixture(scope="session")
def story(tell: Tell) -> str:
    """An order with a shipped leg at NorthStar and an overdue one at Polaris; the order's number."""
    gloves, vaccine = {"line": "1", "sku": "GLV-NTR-M", "quantity": 40}, {"line": "2", "sku": "VAC-2C8", "quantity": 12}
    due = (datetime.now(UTC) - timedelta(hours=30)).isoformat()
    tell(
        "order.placed",
        OMS,
        hours=96,
        order="BR-1",
        lines=[{**gloves, "unit_price": 58}, {**vaccine, "unit_price": 274, "description": "Vaccine pack"}],
        customer={"name": "Meridian Clinics"},
        currency="USD",
        promised_date=due[:10],
        references=[{"scheme": "po", "value": "MC-55021"}],
    )
    tell("order.validated", OMS, hours=95, order="BR-1")
    tell("leg.released", MIDDLEWARE, hours=80, order="BR-1", leg="BR-1-A", partner="NorthStar", site="Atlanta", lines=[gloves])
    tell(
        "leg.released",
        MIDDLEWARE,
        hours=79,
        order="BR-1",
        leg="BR-1-B",
        partner="Polaris",
        site="Chicago",
        lines=[vaccine],
        ship_by=due,
    )
    tell(
        "leg.shipped",
        NORTHSTAR,
        hours=50,
        leg="BR-1-A",
        order="BR-1",
        shipment="NS-88121",
        lines=[gloves],
        carrier="UPS",
        tracking=["1Z999AA10123456784"],
        final=True,
    )
    return "BR-1"


class Visitor:
    """A person in front of a browser."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda said: self.complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def sign_in(self, name: str) -> None:
        self.page.goto("/accounts/login/")
        self.page.get_by_label("User name").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url("**/orders/")

    def see(self, path: str, text: str) -> None:
        """Opens a page and waits for a text: the worker may still be working."""
        for _ in range(40):
            self.page.goto(path)
            if self.page.get_by_text(text).locator("visible=true").count():
                return
            self.page.wait_for_timeout(250)
        raise AssertionError(f"{text} is not on {path}")

    def wait_until(self, condition: str) -> None:
        """Until the page says true; asked from outside, since the content policy forbids the page to evaluate text."""
        for _ in range(100):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"never true: {condition}")

    def axe(self) -> list[str]:
        """What axe finds wrong. Evaluated over the debugger, past the page's own content security policy."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("Runtime.evaluate", {"expression": AXE})
        found: list[str] = self.page.evaluate(
            """rules => axe.run(document, {runOnly: rules}).then(result => result.violations.map(
                each => `${each.id}: ${each.nodes.map(node => node.html.slice(0, 160)).join(' | ')}`))""",
            RULES,
        )
        return found

    def overflow(self) -> int:
        """By how many pixels the page is wider than the screen."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.fixture
def visit(browser: Browser, stack: WholeSystem, people: dict[str, str]) -> Iterator[Callable[..., Visitor]]:
    """`visit("finance", width=390, dark=True)`: a person signed in, in a browser of their own."""
    opened: list[BrowserContext] = []

    def open_browser(role: str = "administrator", *, width: int = 1440, height: int = 900, dark: bool = False) -> Visitor:
        context = browser.new_context(
            base_url=stack.base_url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            permissions=["clipboard-read", "clipboard-write"],
        )
        opened.append(context)
        visitor = Visitor(context.new_page())
        visitor.sign_in(people[role])
        return visitor

    yield open_browser
    for context in opened:
        context.close()
