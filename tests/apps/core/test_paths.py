"""An identifier with a slash is one segment, whatever Django decodes."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import NoReverseMatch, path, reverse

from apps.core.paths import link, segment


def show(request: HttpRequest, **identifiers: str) -> HttpResponse:
    return HttpResponse("|".join([*identifiers.values(), request.get_full_path()]))


urlpatterns = [
    path("orders/<identifier:order>", show, name="order"),
    path("orders/<identifier:order>/legs/<identifier:leg>", show, name="leg"),
]
pytestmark = pytest.mark.urls(__name__)
MIDDLEWARE = ["apps.core.paths.EncodedSlashMiddleware"]


@pytest.fixture(autouse=True)
def _only_this_middleware() -> object:
    with override_settings(MIDDLEWARE=MIDDLEWARE):
        yield


def ask(raw: str, **environ: str) -> str:
    """The answer to a request whose path arrived as `raw`, as gunicorn hands it over."""
    response = Client().get(raw, RAW_URI=raw, **environ)
    return response.content.decode() if response.status_code == 200 else str(response.status_code)


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        ("/orders/SO-1", "SO-1|/orders/SO-1"),
        ("/orders/A%2FB", "A/B|/orders/A%2FB"),
        ("/orders/A%2fB/legs/1%2F2", "A/B|1/2|/orders/A%2FB/legs/1%2F2"),
        ("/orders/A%252FB", "A%2FB|/orders/A%252FB"),
        ("/orders/100%25", "100%|/orders/100%25"),
        ("/orders/%2525", "%25|/orders/%2525"),
        ("/orders/Gr%C3%BC%C3%9Fe%20%3F", "Grüße ?|/orders/Gr%C3%BC%C3%9Fe%20%3F"),
        ("/orders/A%2FB?x=%2F", "A/B|/orders/A%2FB?x=%2F"),
        ("/orders/A/B", "404"),
        ("/orders%2FA", "404"),
    ],
)
def test_a_segment_is_decoded_once(raw: str, answer: str) -> None:
    assert ask(raw) == answer


def test_a_whole_address_in_the_request_line_is_read() -> None:
    response = Client().get("/orders/A%2FB", RAW_URI="http://example.com/orders/A%2FB")
    assert response.content.decode() == "A/B|/orders/A%2FB"


def test_a_mounted_application_keeps_its_prefix() -> None:
    response = Client().get("/orders/A%2FB", RAW_URI="/sync/orders/A%2FB", SCRIPT_NAME="/sync")
    assert response.content.decode() == "A/B|/sync/orders/A%2FB"


@pytest.mark.parametrize("raw", ["/orders/%FF", "/orders/%C0%AF", "/%ED%A0%80/%2F"])
def test_a_path_that_is_not_utf8_is_left_to_django(raw: str) -> None:
    assert Client().get(raw, RAW_URI=raw).status_code in (200, 404)


def test_without_the_raw_path_a_percent_is_still_itself() -> None:
    assert Client().get("/orders/50%25").content.decode() == "50%|/orders/50%25"


@pytest.mark.parametrize("identifier", ["SO-1", "A/B", "100%", "%2F", "Grüße ?#", "0x0x0", "..", "a;b,c"])
def test_a_link_leads_back_to_its_identifier(identifier: str) -> None:
    url = link("leg", order=identifier, leg=identifier + "/1")
    assert url == f"/orders/{segment(identifier)}/legs/{segment(identifier)}%2F1"
    assert ask(url).split("|")[:2] == [identifier, identifier + "/1"]


def test_djangos_reverse_refuses_what_it_would_quote_twice() -> None:
    assert reverse("order", kwargs={"order": "SO 1"}) == "/orders/SO%201"
    with pytest.raises(NoReverseMatch):
        reverse("order", kwargs={"order": "A/B"})
