"""Whatever strangers put into identifiers, names and reasons is text on every page: followed from link to link."""

import json
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.pipeline.process import process_batch
from tests.apps.intake.conftest import BATCH, Door

pytestmark = pytest.mark.django_db
PAGES = 400
OF_A_SHAPE = 2
PROBE = "xssprobe"
# Each breaks out of one place: text, an attribute in either quotes or none, a script, a template, a URL, a comment.
PAYLOADS = {
    "element": f"<{PROBE} onload=alert(1)>",
    "double quotes": f'" {PROBE}="1" onmouseover="alert(1)',
    "single quotes": f"' {PROBE}='1' onmouseover='alert(1)",
    "no quotes": f"x {PROBE}=1 autofocus onfocus=alert(1)",
    "script": f"</script><{PROBE}>",
    "style": f"</style></title></textarea><{PROBE}>",
    "template": "{{ request.user.password }}{% debug %}",
    "URL": f"javascript:{PROBE}(1)",
    "comment": f"--><{PROBE}>",
    "slash": f"//{PROBE}.example/%2F%252F?a=b#c",
    "control": f"\u202e\u2028<{PROBE}>\u200b",
    "formula": f'=HYPERLINK("http://{PROBE}.example")',
}
VISIBLE = "as plain as can be"


def events(text: str, number: int) -> Iterator[dict[str, object]]:
    """An order's whole story with `text` wherever a sender may put its own."""
    own = text.replace("\u2028", "")  # no line breaks in identifiers
    lines = [{"line": own, "sku": own, "quantity": 2, "uom": own, "unit_price": 5, "description": f"{VISIBLE}{text}"}]
    base = {"order": own, "lines": lines}
    told = [
        ("order.placed", {**base, "customer": {"id": own, "name": text}, "region": text, "channel": text, "priority": text}),
        ("order.held", {"order": own, "hold": own, "reason": text, "code": text}),
        ("order.backordered", {"order": own, "lines": [{"line": own, "sku": own, "quantity": 1}]}),
        ("leg.released", {**base, "leg": own, "partner": own, "site": own, "carrier": text, "service": text}),
        ("leg.rejected", {"leg": own, "reason": text, "code": text}),
        ("leg.problem", {"leg": own, "code": "damaged", "reason": text}),
        ("leg.shipped", {"leg": own, "shipment": own, "lines": lines, "tracking": [own], "carrier": text}),
        ("shipment.failed", {"shipment": own, "reason": text, "location": text}),
        ("shipment.delivered", {"shipment": own, "signed_by": text, "location": text}),
        ("shipment.posted", {"shipment": own, "posting": own}),
        ("invoice.issued", {"invoice": own, "shipments": [own], "amount": 10}),
        ("invoice.held", {"invoice": own, "reason": text, "code": text}),
        ("return.authorized", {"return": own, "order": own, "reason": text, "lines": lines}),
        ("order.cancelled", {"order": f"{own}.", "reason": text}),
        ("leg.acknowledged", {"leg": f"of nobody {own}"}),
        ("order.placed", {"order": 7, "lines": text}),
        ("queue.measured", {"queue": own, "depth": text}),
    ]
    for place, (name, data) in enumerate(told):
        yield {
            "specversion": "1.0",
            "id": f"{place}{text}",
            "source": own,
            "type": f"distsync.{name}.v1",
            "subject": text,
            "data": data | {"references": [{"scheme": "po", "value": own}]},
        }
    yield {"specversion": "1.0", "id": f"n{number}", "source": own, "type": f"distsync.{text}.v1", "mine": text}
    yield {"specversion": "1.0", "id": f"n{number}", "source": own, "type": f"distsync.{text}.v1", "mine": "other"}


class Page(HTMLParser):
    """The links of a page, and what of the probes became part of it."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.broken_out: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if PROBE in tag or any(PROBE in name or name.startswith("on") for name in named):
            self.broken_out.append(f"<{tag} {attrs}>")
        for name in ("href", "hx-get", "src", "action", "data-live", "hx-post", "formaction"):
            link = named.get(name)
            if link and (link.lower().lstrip().startswith(("javascript:", "data:")) or urlsplit(link).netloc):
                self.broken_out.append(f"{name}={link}")
        if tag == "a" and named.get("href"):
            self.links.append(str(named["href"]))


def crawl(client: Client, *starts: str) -> dict[str, tuple[int, str]]:
    """Every page that is reached from `starts`, once: its status and its text. Of a page's filters each set of names is tried
    with a few of its values, since lists link to every combination."""
    found: dict[str, tuple[int, str]] = {}
    waiting = list(starts)
    tried: Counter[tuple[str, frozenset[str]]] = Counter()
    while waiting and len(found) < PAGES:
        url = waiting.pop(0)
        shape = (urlsplit(url).path, frozenset(name for name, _ in parse_qsl(urlsplit(url).query)))
        if url in found or tried[shape] == OF_A_SHAPE:
            continue
        tried[shape] += 1
        response = client.get(url, REQUEST_URI=url)  # as the server tells it: what of the path was encoded
        if response.streaming:
            list(response.streaming_content)
            continue
        kind = response["Content-Type"]
        found[url] = response.status_code, response.content.decode() if "html" in kind else ""
        page = Page()
        page.feed(found[url][1])
        assert not page.broken_out, f"{url}: {page.broken_out[:3]}"
        waiting += [link for link in (urljoin(url, each).partition("#")[0] for each in page.links) if _is_page(link)]
    return found


def _is_page(link: str) -> bool:
    return link.startswith("/") and not link.startswith(("/accounts/", "/static/", "/live/"))


@pytest.mark.parametrize(("name", "role"), [*((name, "administrator") for name in PAYLOADS), ("element", "customer_service")])
def test_no_text_becomes_markup(door: Door, name: str, role: str) -> None:
    text = PAYLOADS[name]
    told = list(events(text, 1))
    answer = door.knock(json.dumps(told).encode(), BATCH)
    assert (answer.status, answer.document["rejected"]) == (202, [])
    while process_batch(now=timezone.now()):  # never before it was heard
        pass
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_user("ada", role=role))
    found = crawl(client, "/", "/search/?search=" + text[:3], "/messages/?state=quarantined", "/messages/?state=conflict")
    bad = {url: status for url, (status, _) in found.items() if status not in (200, 302)}
    assert not bad
    orders = [url for url in found if url.startswith("/orders/") and "?" not in url and url != "/orders/"]
    assert len(orders) >= 2, sorted(found)
    assert any(VISIBLE in body for _, body in found.values())
    messages = [url for url in found if url.startswith("/messages/") and "?" not in url and url != "/messages/"]
    assert len(messages) >= 10, sorted(found)
