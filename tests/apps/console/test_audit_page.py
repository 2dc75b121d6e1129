"""The audit log as people see it: filters in the URL, pages, the CSV, who may; and acts among the messages."""

import csv
import io
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from django.test import Client

from apps.accounts.roles import MATRIX, Permission, Role
from apps.acts.queries import AuditFilter
from apps.acts.types import Act
from apps.console.pages.audit.filters import Filters, read_filters
from apps.console.pages.audit.presenters import shown_act
from apps.console.times import Clock
from tests import messages as m
from tests.apps.acts.acting import perform
from tests.apps.acts.builders import NOW, claim, put
from tests.apps.console.conftest import SignedIn

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def text(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, response.content[:500]
    return response.content.decode()


def exported(client: Client, url: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(client.get(url).streaming_content).decode())))


@pytest.fixture
def acts() -> None:
    perform(claim(order="SO/1", subject="Short pick on SO/1"))
    perform(Act(kind="case.snooze", who="ben", order="SO-2", until=NOW + 4 * HOUR), now=NOW + HOUR)
    perform(put("calendar", "ATL", {"zone": "UTC"}, who="cy", reason="=cmd"), now=NOW + 24 * HOUR)


@pytest.mark.parametrize("role", list(Role))
def test_it_is_there_for_whom_the_matrix_says(signed_in: SignedIn, role: Role) -> None:
    may = role in {Role.MANAGER, Role.INTEGRATION, Role.ADMINISTRATOR}
    assert (Permission.SEE_AUDIT in MATRIX[role]) == may
    client = signed_in(role.value, partner="northstar" if role is Role.PARTNER else "")
    text(client, "/audit/", 200 if may else 404)
    assert client.get("/audit/export.csv").status_code == (200 if may else 404)
    assert ('href="/audit/"' in text(client, "/account/")) == may


@pytest.mark.parametrize("url", ["/audit/", "/audit/export.csv"])
def test_a_stranger_is_sent_to_the_login(url: str) -> None:
    assert Client().get(url)["Location"] == f"/accounts/login/?next={url}"


def test_an_act_is_shown_with_its_order_its_message_and_its_times(acts: None, signed_in: SignedIn) -> None:
    client = signed_in("manager", time_zone="Asia/Kathmandu")
    page = text(client, "/audit/")
    for shown in (
        ">Claimed “Short pick on SO/1”</a>",
        'href="/orders/SO%2F1/"',
        '>Snoozed <span class="nowrap">SO-2</span></a>',
        "Mon 2 Mar 2026, 13:45:00 +0545 (Asia/Kathmandu)",
        "Mon 2 Mar 2026, 17:45:00 +0545 (Asia/Kathmandu)",
        ">Set calendar “ATL”: =cmd</a>",
        ">Setting changed</td>",
    ):
        assert shown in page, shown
    message = page.split('data-sheet id="act-')[1].split('href="')[1].split('"')[0]
    assert "Setting changed" in text(client, message)


@pytest.mark.parametrize(
    ("query", "who"),
    [
        ("", ["cy", "ben", "ada"]),
        ("?who=ben", ["ben"]),
        ("?kind=case.claim", ["ada"]),
        ("?kind=nonsense", ["cy", "ben", "ada"]),
        ("?order=SO%2F1", ["ada"]),
        ("?search=snoozed+so", ["ben"]),
        ("?from=2026-03-03", ["cy"]),
        ("?to=2026-03-02", ["ben", "ada"]),
        ("?from=2026-03-02&to=2026-03-02&who=ada", ["ada"]),
        ("?from=soon&to=0001-01-01", ["cy", "ben", "ada"]),
        ("?cursor=nonsense", ["cy", "ben", "ada"]),
        ("?who=ada%00", ["ada"]),
    ],
)
def test_filters_of_the_url_narrow_list_and_export_alike(acts: None, signed_in: SignedIn, query: str, who: list[str]) -> None:
    client = signed_in("integration")
    response = client.get(f"/audit/{query}")
    assert [row.who for row in response.context["rows"]] == who
    assert ("no longer known" in response.content.decode()) == ("cursor" in query)
    assert [row["who"] for row in exported(client, f"/audit/export.csv{query}")] == who


def test_a_day_is_the_readers_and_both_are_included() -> None:
    filters = read_filters(QueryDict("from=2026-03-29&to=2026-03-29&kind=case.claim&who=+ada+"))
    assert filters == Filters(who="ada", kind="case.claim", first="2026-03-29", last="2026-03-29")
    assert filters.query == "who=ada&kind=case.claim&from=2026-03-29&to=2026-03-29"
    meaning = filters.meaning(ZoneInfo("Europe/Berlin"))
    assert meaning.since is not None
    assert meaning.until is not None
    assert (meaning.since.isoformat(), meaning.until.isoformat()) == ("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00")
    assert read_filters(QueryDict("")).meaning(ZoneInfo("UTC")) == AuditFilter()


def test_pages_lead_forth_and_back(signed_in: SignedIn) -> None:
    perform(*(claim(f"user-{number:02}") for number in range(60)))
    client = signed_in("administrator")
    first = client.get("/audit/?kind=case.claim")
    assert [row.who for row in first.context["rows"]] == [f"user-{number:02}" for number in range(59, 9, -1)]
    second = client.get(first.context["next"])
    assert [row.who for row in second.context["rows"]] == [f"user-{number:02}" for number in range(9, -1, -1)]
    assert second.context["next"] == ""
    assert client.get(second.context["previous"]).context["rows"][0].who == "user-59"
    assert len(exported(client, "/audit/export.csv")) == 60


def test_the_export_has_every_field_and_no_formula(acts: None, signed_in: SignedIn) -> None:
    perform(claim("=1+1", order="@SUM(A1)"), now=NOW + 48 * HOUR)
    newest, setting, *_ = exported(signed_in("manager"), "/audit/export.csv")
    assert (newest["who"], newest["order"]) == ("'=1+1", "'@SUM(A1)")
    assert setting == {
        "at": "2026-03-03T08:00:00.123456+00:00",
        "who": "cy",
        "kind": "setting.put",
        "order": "",
        "subject": "",
        "case": "",
        "summary": "Set calendar “ATL”: =cmd",
        "detail": '{"name":"ATL","value":{"zone":"UTC"},"reason":"=cmd","setting":"calendar"}',
    }


def test_nothing_done_and_nothing_found_are_told_apart(signed_in: SignedIn) -> None:
    client = signed_in("manager")
    assert "Nobody has done anything yet" in text(client, "/audit/")
    perform(claim())
    page = text(client, "/audit/?who=nobody")
    assert "No act fits these filters" in page
    assert "Nobody has done anything yet" not in page


def test_what_people_write_is_text(signed_in: SignedIn) -> None:
    perform(claim("<b>ada</b>", order='"><script>alert(1)</script>', subject="<i>it</i>", text="</a><script>"))
    page = text(signed_in("manager"), "/audit/")
    assert "<script>alert" not in page
    assert "Claimed “&lt;i&gt;it&lt;/i&gt;”: &lt;/a&gt;&lt;script&gt;" in page


def test_a_long_comment_is_cut_in_the_list_alone(signed_in: SignedIn) -> None:
    (performed,) = perform(claim(text="word " * 1_000 + "END"))
    client = signed_in("manager")
    page = text(client, "/audit/")
    assert page.count("word ") == 44
    assert "END" not in page
    assert text(client, f"/messages/{performed.position}/").count("word ") >= 1_000


def test_acts_are_messages_in_words_and_what_only_claims_to_be_one_is_not(signed_in: SignedIn) -> None:
    (genuine,) = perform(claim())
    m.tell(m.message("act.case.claim", "distsync:people", id="forged"))
    client = signed_in("customer_service")
    rows = {row.id: row for row in client.get("/messages/").context["rows"]}
    assert {(row.title, row.state.word) for row in rows.values()} == {
        ("Case claimed", "Applied"),
        ("distsync.act.case.claim.v1", "Quarantined"),
    }
    assert rows[genuine.id].title == "Case claimed"
    assert "<h1>Case claimed" in text(client, rows[genuine.id].url)
    assert "<h1>act.case.claim" in text(client, rows["forged"].url)


def test_a_partners_user_finds_no_act_among_messages(story: None, signed_in: SignedIn) -> None:
    (performed,) = perform(claim(order="SO-1"))
    client = signed_in("partner", partner="northstar")
    text(client, f"/messages/{performed.position}/", 404)
    text(client, f"/messages/{performed.position}/body", 404)
    ids = {row.id for row in client.get("/messages/?order=SO-1").context["rows"]}
    assert len(ids) > 0
    assert performed.id not in ids


def test_an_act_as_shown() -> None:
    perform(Act(kind="case.wait", who="ada", until=NOW + HOUR))
    from apps.acts.queries import find_acts

    (entry,) = find_acts(AuditFilter(), cursor=None, page_size=9).rows
    clock = Clock(NOW, ZoneInfo("Europe/Berlin"))
    shown = shown_act(entry, clock)
    assert (shown.summary, shown.kind, shown.order, shown.order_url) == ("Set a case to waiting", "Case waiting", "", "")
    assert (shown.until, shown.at) == (clock.instant(NOW + HOUR), clock.instant(NOW))
    assert shown.until is not None
    assert shown.until.short == "2 Mar 10:00"
