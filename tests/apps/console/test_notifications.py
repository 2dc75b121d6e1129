"""The inbox, its settings and the log of deliveries: who sees what, and what each button does."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from apps.accounts.models import User
from apps.delivery import telling
from apps.delivery.models import DeliveryRow, NotificationRow, PreferenceRow
from apps.delivery.outbox import Outcome, form, work
from apps.exceptions.services import Wish
from tests.apps.console.conftest import SignedIn
from tests.apps.exceptions.worked import done, problem
from tests.messages import NOW

pytestmark = pytest.mark.django_db
FINAL = Outcome(is_sent=False, answer="410 gone", is_final=True)


def text_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, response.content
    return re.sub(r"\s+", " ", response.content.decode())


def assigned(to: str = "bob") -> str:
    """A case is given to somebody, and that is told; the case's id."""
    number = problem()
    done(number, Wish("assign", to=to))
    telling.sweep(now=NOW)
    return number


def unread(client: Client) -> str:
    found = re.search(r'id="inbox-count"[^>]*>([^<]*)<', client.get("/account/").content.decode())
    assert found is not None
    return found[1]


def test_the_header_counts_what_is_not_read(signed_in: SignedIn) -> None:
    bob = signed_in("finance", name="bob")
    assert unread(bob) == ""
    assigned()
    assert unread(bob) == "1"
    assert bob.get("/live/freshness").json()["unread"] == 1
    with time_machine.travel(NOW, tick=False):
        assert "Assigned to you: Problem at the 3PL: leg" in text_of(bob, "/notifications/").replace(
            '<span class="nowrap">', ""
        )


def test_opening_leads_to_the_case_and_notes_that_it_was_read(signed_in: SignedIn) -> None:
    bob, cy = signed_in("finance", name="bob"), signed_in("finance", name="cy")
    number = assigned()
    (row,) = NotificationRow.objects.all()
    assert cy.get(f"/notifications/{row.id.hex()}/").status_code == 404, "somebody else's"
    response = bob.get(f"/notifications/{row.id.hex()}/")
    assert (response.status_code, response["Location"]) == (302, f"/exceptions/{number}/")
    assert unread(bob) == ""
    assert "All read" in text_of(bob, "/notifications/?show=unread")


def test_one_and_all_are_marked_as_read(signed_in: SignedIn) -> None:
    bob = signed_in("finance", name="bob")
    number = assigned()
    done(number, Wish("comment", text="@bob look"), now=NOW + timedelta(minutes=1))
    telling.sweep(now=NOW + timedelta(minutes=1))
    first, second = NotificationRow.objects.order_by("at")
    assert bob.post(f"/notifications/{second.id.hex()}/read").status_code == 302
    assert unread(bob) == "1"
    bob.post("/notifications/read", {"until": (first.at - timedelta(seconds=1)).isoformat()})
    assert unread(bob) == "1", "what came after the page was made is not read"
    bob.post("/notifications/read", {"until": first.at.isoformat()})
    assert unread(bob) == ""


def test_a_partners_reader_is_told_of_their_own_cases_alone(signed_in: SignedIn) -> None:
    nora = signed_in("partner", partner="northstar", name="nora")
    done(problem(), Wish("comment", text="@nora when?"))
    telling.sweep(now=NOW)
    assert unread(nora) == "1"
    User.objects.filter(username="nora").update(partner="polaris")
    assert unread(nora) == "", "whose user they were is not whose they are"
    assert "Nothing yet" in text_of(nora, "/notifications/")
    assert nora.get(f"/notifications/{NotificationRow.objects.get().id.hex()}/").status_code == 404


def test_an_empty_inbox_says_what_will_come(signed_in: SignedIn) -> None:
    assert "writes @bob in a comment" in text_of(signed_in("finance", name="bob"), "/notifications/")


def test_own_settings_are_kept(signed_in: SignedIn) -> None:
    bob = signed_in("finance", name="bob")
    wanted = {
        "inbox": ["assigned", "breach"],
        "email_kinds": ["escalated"],
        "email": "bob@example.org",
        "digest": "daily",
        "digest_at": "07:30",
        "quiet_from": "22:00",
        "quiet_until": "06:00",
        "zone": "America/Chicago",
    }
    assert bob.post("/notifications/settings", wanted).status_code == 302
    row = PreferenceRow.objects.get()
    assert (row.recipient, row.inbox_kinds, row.email_kinds) == ("person:bob", ["assigned", "breach"], ["escalated"])
    assert (row.digest, row.digest_minute, row.quiet_from_minute, row.quiet_until_minute) == ("daily", 450, 1320, 360)
    shown = text_of(bob, "/notifications/settings")
    assert 'value="22:00"' in shown
    assert 'value="bob@example.org"' in shown


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"email_kinds": "assigned"}, "Say where to, or choose nothing by e-mail."),
        ({"email": "nobody"}, "This is no e-mail address."),
        ({"inbox": "everything"}, "There is no `everything` to be told of here."),
        ({"digest": "never"}, "Expected one of at_once, hourly, daily"),
        ({"digest_at": "25:00"}, "Expected a time of day such as 08:00, came `25:00`."),
        ({"quiet_from": "22:00"}, "Quiet hours need both times"),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "would never end"),
        ({"zone": "Mars/Base"}, "is no time zone"),
        ({"webhook_url": "https://example.org/"}, "Only a team has a webhook."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_kept(signed_in: SignedIn, wrong: dict[str, str], sentence: str) -> None:
    response = signed_in("finance", name="bob").post("/notifications/settings", {"digest": "at_once", **wrong})
    assert response.status_code == 400
    assert sentence in response.content.decode().replace("&#x27;", "'")
    assert not PreferenceRow.objects.exists()


def test_a_teams_webhook_shows_its_secret_once(signed_in: SignedIn) -> None:
    mia = signed_in("manager", name="mia")
    wanted = {
        "webhook_kinds": "escalated",
        "webhook_url": "https://hooks.example.com/x",
        "digest": "at_once",
        "reason": "pager",
    }
    response = mia.post("/notifications/settings/finance", wanted)
    assert response.status_code == 200
    (secret,) = re.findall(r"whsec_[\w+/=]+", response.content.decode())
    assert secret not in text_of(mia, "/notifications/settings/finance")
    assert mia.post("/notifications/settings/finance", wanted).status_code == 302
    another = re.findall(r"whsec_[\w+/=]+", mia.post("/notifications/settings/finance/secret").content.decode())
    assert another
    assert another != [secret]
    assert "notifications “finance”: pager" in text_of(signed_in("administrator"), "/audit/")
    assert mia.get("/notifications/settings/nobody").status_code == 404


def test_deliveries_are_shown_and_sent_again(signed_in: SignedIn, settings: Settings) -> None:
    PreferenceRow.objects.create(
        recipient="person:bob", email="bob@example.org", email_kinds=["assigned"], digest="at_once", digest_minute=480
    )
    signed_in("finance", name="bob")
    assigned()
    form(now=NOW)
    work(lambda _delivery: FINAL, lambda: NOW, at_most=5)
    ines = signed_in("integration", name="ines")
    shown = text_of(ines, "/notifications/deliveries/?state=given_up")
    for text in ("bob@example.org", "410 gone", "1 of 8", "Given up", "Send now"):
        assert text in shown
    assert "None in this state" in text_of(ines, "/notifications/deliveries/?state=sent")
    number = DeliveryRow.objects.get().id.hex
    assert ines.post(f"/notifications/deliveries/{number}/retry").status_code == 302
    assert DeliveryRow.objects.get().state == "waiting"
    for role in ("finance", "manager"):
        assert signed_in(role).get("/notifications/deliveries/").status_code == 404


def test_a_foreign_cursor_is_the_beginning(signed_in: SignedIn) -> None:
    admin = signed_in("administrator")
    for path in ("/notifications/?cursor=x", "/notifications/deliveries/?cursor=x"):
        assert "no longer known" in text_of(admin, path)


def test_long_lists_have_pages(signed_in: SignedIn) -> None:
    bob = signed_in("finance", name="bob")
    NotificationRow.objects.bulk_create(
        NotificationRow(
            id=number.to_bytes(16),
            recipient="person:bob",
            kind="assigned",
            at=NOW + timedelta(seconds=number),
            told_at=NOW,
            title=f"told {number}.",
            text="",
            path="/exceptions/",
            in_inbox=True,
        )
        for number in range(60)
    )
    first = text_of(bob, "/notifications/")
    assert "told 59." in first
    assert "told 9." not in first
    (following,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = text_of(bob, following.replace("&amp;", "&"))
    assert "told 9." in second
    assert "told 59." not in second
    (before,) = re.findall(r'rel="prev" href="([^"]+)"', second)
    assert "told 59." in text_of(bob, before.replace("&amp;", "&"))
    assert unread(bob) == "60"
