"""The sandbox's page: what it says of the feed, whom it lets in, and what its levers ask of the feed."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.demo.memory import Absence, Recent, Report, Steering, ask, keep_memory, new_memory, read_steering, report
from apps.demo.world.faults import FAULTS

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.apps.demo.urls_with_page")]
NORTHSTAR = "/northstar/wms"
SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def demo(settings: Any, tmp_path: Path) -> Any:
    settings.DEMO = "live"
    settings.DATA_DIR = tmp_path
    return settings


@pytest.fixture
def sign_in() -> SignIn:
    def make(role: str) -> Client:
        user = User.objects.create_user(f"demo-{role}", role=role, partner="northstar" if role == "partner" else "")
        client = Client()
        client.force_login(user)
        return client

    return make


def fed(*, is_live: bool = True, **changes: Any) -> None:
    """A feed that has just reported."""
    now = timezone.now()
    memory = new_memory(7, now - timedelta(hours=3), days=30, orders=100)
    memory.told_until = now if is_live else memory.plan.began_at + timedelta(days=6)
    memory.told = 2_345
    memory.by_source = {NORTHSTAR: 321}
    for name, value in changes.items():
        setattr(memory, name, value)
    keep_memory(memory)
    report(Report(now, 14.0))


def text_of(client: Client, path: str = "/demo/", **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.parametrize("role", [role.value for role in Role])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/demo/"), ("POST", "/demo/"), ("POST", "/demo/outage"), ("POST", "/demo/reset")]
)
def test_integration_and_administrators_alone_may_come_in(sign_in: SignIn, role: str, method: str, path: str) -> None:
    may = role in {"integration", "administrator"}
    data = {"source": NORTHSTAR, "act": "start"} if path == "/demo/outage" else {}
    answer = sign_in(role).generic(
        method, path, "&".join(f"{k}={v}" for k, v in data.items()), "application/x-www-form-urlencoded"
    )
    assert (answer.status_code in {200, 302}) is may
    if not may:
        assert answer.status_code in {403, 404}
        assert read_steering() is None


def test_a_stranger_is_sent_to_the_login() -> None:
    assert Client().get("/demo/")["Location"].startswith("/accounts/login/")


def test_where_the_demo_is_off_there_is_no_page_and_no_entry(sign_in: SignIn, settings: Any) -> None:
    client = sign_in("administrator")
    assert "Sandbox" in text_of(client, "/account/")
    settings.DEMO = "off"
    for path in ("/demo/", "/demo/outage", "/demo/reset"):
        assert client.post(path).status_code == 404
    assert "Sandbox" not in text_of(client, "/account/")


def test_the_entry_is_for_those_who_may_come_in(sign_in: SignIn) -> None:
    assert "Sandbox" not in text_of(sign_in("finance"), "/account/")


def test_it_says_how_the_feed_is(sign_in: SignIn) -> None:
    client = sign_in("integration")
    assert "Starting The sandbox has not told anything yet." in text_of(client)
    fed(is_live=False)
    assert "History 6.0 of 30 days are told, 2,345 messages so far." in text_of(client)
    assert 'value="20"' in client.get("/demo/").content.decode()
    fed()
    assert "Live 20 new orders an hour, 2,345 messages told so far, 14 in the last minute." in text_of(client)
    report(Report(timezone.now(), 0.0, "DistSync answered 503: the sandbox waits and tries again."))
    assert "Waiting DistSync answered 503" in text_of(client)
    report(Report(timezone.now() - timedelta(minutes=10)))
    assert "Not running The feed has not reported for 10 m." in text_of(client)


def test_it_shows_the_network_and_what_went_wrong(sign_in: SignIn) -> None:
    fed(
        recent=[Recent("short_ship", timezone.now() - timedelta(minutes=3), "SO-10042", "L-10042-1")],
        faults={"short_ship": 1_234},
    )
    text = text_of(sign_in("administrator"))
    for words in (
        "NorthStar Logistics 3PL, Atlanta, Southeast",
        "Polaris Cold Cold-chain 3PL, Chicago, Midwest",
        "12:00",
        "321",
    ):
        assert words in text
    assert re.search(r"Short ship 3 m ago SO-10042 L-10042-1", text)
    assert "1,234" in text


def test_rates_are_asked_for_and_shown_until_the_feed_has_taken_them_over(sign_in: SignIn) -> None:
    fed()
    client = sign_in("administrator")
    answer = client.post("/demo/", {"orders_per_hour": "120", "late": "12.5", "duplicate": "1"})
    assert answer["Location"] == "/demo/"
    assert read_steering() == Steering(120.0, {"late": 0.125})
    text = text_of(client)
    assert "What was asked for last is taken over within seconds." in text
    assert "120 new orders an hour" in text
    assert "Told late changed" in text
    memory_as_steered = new_memory(7, timezone.now(), days=30, orders=100)
    memory_as_steered.eras = [type(memory_as_steered.eras[0])(timezone.now(), 120.0, {"late": 0.125})]
    keep_memory(memory_as_steered)
    assert "taken over within seconds" not in text_of(client).replace("Asked for. The feed takes it over within seconds", "")


@pytest.mark.parametrize("typed", ["", "-1", "51", "many", "nan", "inf", "1e400", "9" * 40])
def test_a_rate_that_cannot_be_is_refused_with_what_was_typed(sign_in: SignIn, typed: str) -> None:
    fed()
    answer = sign_in("administrator").post("/demo/", {"late": typed, "orders_per_hour": "33"})
    assert answer.status_code == 400
    text = answer.content.decode()
    assert "A number from 0 to 50 is needed" in text
    assert 'value="33"' in text
    assert read_steering() is None


def test_every_fault_can_be_turned_up_to_its_limit(sign_in: SignIn) -> None:
    client = sign_in("administrator")
    assert client.post("/demo/", {fault.code: f"{100 * fault.most:g}" for fault in FAULTS}).status_code == 302
    asked = read_steering()
    assert asked is not None
    assert asked.rates == {fault.code: fault.most for fault in FAULTS}


def test_a_partner_is_held_away_and_comes_back(sign_in: SignIn) -> None:
    fed()
    client = sign_in("integration")
    client.post("/demo/outage", {"source": NORTHSTAR, "act": "start"})
    assert "NorthStar Logistics is away from now on." in text_of(client)
    assert read_steering() == Steering(away=(NORTHSTAR,))
    fed(absences=[Absence(NORTHSTAR, timezone.now())])
    text = text_of(client)
    assert "NorthStar Logistics is held away." in text
    assert "End outage of NorthStar Logistics" in text
    client.post("/demo/outage", {"source": NORTHSTAR, "act": "end"})
    assert read_steering() == Steering()
    assert client.post("/demo/outage", {"source": "/nobody", "act": "start"}).status_code == 400


def test_everything_goes_back_to_the_defaults(sign_in: SignIn) -> None:
    ask(Steering(500.0, {"late": 0.3}, (NORTHSTAR,)))
    sign_in("administrator").post("/demo/reset")
    assert read_steering() == Steering()


def test_the_part_that_asks_again_comes_alone_with_fresh_counts(sign_in: SignIn) -> None:
    fed(faults={"late": 77})
    answer = sign_in("administrator").get("/demo/", headers={"HX-Request": "true", "HX-Target": "demo-status"})
    text = answer.content.decode()
    assert "<html" not in text
    assert "Rates" not in text
    assert 'id="count-late" hx-swap-oob="true">77' in text
    assert "style=" not in text


def test_a_steering_file_that_somebody_broke_is_no_trouble(sign_in: SignIn, demo: Any) -> None:
    (demo.DATA_DIR / "demo-steering.json").write_text('{"orders_per_hour": "often"}')
    assert read_steering() is None
    assert sign_in("administrator").get("/demo/").status_code == 200
    (demo.DATA_DIR / "demo-steering.json").write_text('{"orders_per_hour": 1e9, "rates": {"late": 7, "x": 1}, "away": ["/x"]}')
    assert read_steering() == Steering(3_600.0, {"late": 0.5})
