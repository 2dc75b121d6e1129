"""`manage.py demo`: people, partners and credentials, made once; nothing where the sample is off."""

import json
import stat
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.demo import seeding
from apps.partners.models import Partner, Site, Source
from apps.partners.services import authenticate

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def demo(settings: Any, tmp_path: Path) -> Any:
    settings.DEMO = "live"
    settings.DATA_DIR = tmp_path
    return settings


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


def test_every_role_can_log_in_and_the_logins_are_listed() -> None:
    run("seed")
    logins = json.loads(run("logins", "--json"))
    assert {login["role"] for login in logins} == {role.value for role in Role}
    for login in logins:
        user = User.objects.get(username=login["username"])
        assert (user.role, user.check_password(login["password"])) == (login["role"], True)
    assert User.objects.get(username="partner-northstar").partner == "northstar"


def test_partners_and_sites_have_names_and_zones() -> None:
    run("seed")
    assert dict(Partner.objects.values_list("code", "name")) == {
        "northstar": "NorthStar Logistics",
        "bluedock": "BlueDock Fulfilment",
        "polaris": "Polaris Cold",
    }
    assert dict(Site.objects.values_list("name", "zone")) == {
        "Atlanta": "America/New_York",
        "Reno": "America/Los_Angeles",
        "Chicago": "America/Chicago",
    }
    assert Source.objects.get(name="/northstar/wms").partner == "northstar"


def test_a_second_seed_makes_nothing_and_leaves_what_somebody_changed() -> None:
    run("seed")
    first = seeding.tokens_path().read_text()
    User.objects.filter(username="cs-1").update(role=Role.MANAGER.value)
    Partner.objects.filter(code="northstar").update(name="NorthStar Inc.")
    assert run("seed").startswith("The sample is ready: 0 users made, 8 there already.")
    assert seeding.tokens_path().read_text() == first
    assert User.objects.get(username="cs-1").role == Role.MANAGER.value
    assert Partner.objects.get(code="northstar").name == "NorthStar Inc."


def test_what_was_only_discovered_is_completed() -> None:
    Partner.objects.create(code="northstar", is_discovered=True)
    run("seed")
    partner = Partner.objects.get(code="northstar")
    assert (partner.name, partner.is_discovered) == ("NorthStar Logistics", False)


def test_the_credentials_are_private_open_the_door_and_are_made_anew_where_they_do_not() -> None:
    run("seed")
    path = seeding.tokens_path()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first = seeding.read_tokens()
    assert first is not None
    assert authenticate(first.history, "events", timezone.now()).may_send_history is True
    assert authenticate(first.live, "events", timezone.now()).may_send_history is False
    path.unlink()
    run("seed")
    again = seeding.read_tokens()
    assert again is not None
    assert again != first
    assert authenticate(again.live, "events", timezone.now()).name == "demo-live"


@pytest.mark.parametrize("act", ["seed", "live", "logins", "tell", "verify"])
def test_a_system_without_the_sample_refuses(settings: Any, act: str) -> None:
    settings.DEMO = "off"
    with pytest.raises(CommandError, match="set DISTSYNC_DEMO=live") as caught:
        run(act)
    assert caught.value.returncode == 2
    assert not User.objects.exists()


def test_the_feed_asks_for_a_seed_first() -> None:
    with pytest.raises(CommandError, match=r"run `manage\.py demo seed` first"):
        run("live")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--orders", "0"], "--orders must be 1 or more"),
        (["--days", "400"], "--days 1 to 366"),
        (["--seeds", "1,x"], "--seeds takes whole numbers"),
        (["--start", "yesterday"], "not an RFC 3339 time"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said) as caught:
        run("messages", *arguments)
    assert caught.value.returncode == 2


def test_messages_come_as_lines_of_json_beside_their_truth(tmp_path: Path, settings: Any) -> None:
    settings.DEMO = "off"  # they need no system at all
    path = tmp_path / "truth.json"
    arguments = ["--seed", "2", "--orders", "20", "--days", "5", "--mark", "T", "--start", "2026-03-02T05:00:00Z"]
    events = [json.loads(line) for line in run("messages", *arguments, "--truth", str(path)).splitlines()]
    truth = json.loads(path.read_text())
    assert len(events) > 300
    assert {event["data"]["order"] for event in events if event["type"] == "distsync.order.placed.v1"} <= set(truth["orders"])
    assert len(truth["orders"]) == 20
    assert all(number.startswith("SO-T1") for number in truth["orders"])
    times = [event["recordedtime"] for event in events]
    assert times == sorted(times)


def test_a_world_without_faults_has_none(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    run("messages", "--orders", "30", "--days", "5", "--no-faults", "--truth", str(path))
    truth = json.loads(path.read_text())
    assert (truth["faults"], truth["spells"], truth["messages"]["not_applied"]) == ([], [], [])
