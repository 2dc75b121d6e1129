"""A case's page: what is wrong first, then evidence, history, next steps, the order; who may change what."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from apps.eventlog import log
from apps.exceptions.queries import Case, cases_of_order, get_case
from apps.exceptions.services import Wish, act
from apps.partners.models import Partner
from tests.apps.console.conftest import SignedIn
from tests.late_orders import unacknowledged
from tests.messages import NORTH, NOW, message, order_story, tell

PAGE = {"HX-Request": "true", "HX-Target": "case"}


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def case(db: None) -> Case:
    tell(*order_story(), *unacknowledged("SO-8"), *unacknowledged("SO-9", minute=1))
    Partner.objects.filter(code="northstar").update(name="NorthStar")
    (found,) = cases_of_order("SO-9", now=NOW)
    return found


def text(client: Client, case: Case, status: int = 200, **headers: str) -> str:
    response = client.get(f"/exceptions/{case.id}/", headers=headers)
    assert response.status_code == status, response.content[:500]
    return response.content.decode()


def test_what_is_wrong_stands_first_and_the_rest_follows(case: Case, signed_in: SignedIn) -> None:
    page = text(signed_in("partner_operations", name="ada"), case)
    assert "<title>Not acknowledged, SO-9 · DistSync</title>" in page
    places = [
        page.index(said)
        for said in (
            "NorthStar has not acknowledged release SO-9-L, due 2 Mar 09:11.",
            "Somebody of Partner operations takes it. Then: See whether others of this partner wait too",
            'id="evidence-title"',
            "Released: the clock starts",
            "Nothing heard so far",
            "Nobody can tell yet whether the work is late or only the word of it.",
            'id="past-title"',
            "Opened: it was due, and nothing had been heard",
            'id="playbook-title"',
            "What to tell the customer",
        )
    ]
    assert places == sorted(places)


def test_the_history_tells_what_people_did_the_newest_first(case: Case, signed_in: SignedIn) -> None:
    client = signed_in("partner_operations", name="ada")
    for wish in (Wish("claim"), Wish("comment", text="Ask @ada <b>now</b>"), Wish("escalate", to="finance", text="Too long")):
        act(case.id, wish, who="ada", now=NOW)
    page = text(client, case)
    history = page[page.index('class="past"') :]
    places = [
        history.index(said) for said in ("escalated it to Finance", "Too long", "wrote", "claimed it", "Opened: it was due")
    ]
    assert places == sorted(places)
    assert 'Ask <b class="mention">@ada</b> &lt;b&gt;now&lt;/b&gt;' in history


def test_bad_news_leads_to_its_message(case: Case, signed_in: SignedIn) -> None:
    told = message("leg.rejected", NORTH, minute=300, order="SO-9", leg="SO-9-L", partner="northstar", reason="no stock")
    tell(told)
    (refused,) = [each for each in cases_of_order("SO-9", now=NOW) if each.code == "LEG_REJECTED"]
    kept = log.find(told.source, told.id)
    assert kept is not None
    page = text(signed_in("manager"), refused)
    assert "NorthStar refused release SO-9-L: no stock." in page
    assert f'data-sheet id="evidence-2" href="/messages/{kept.position}/">Heard</a>' in page


def test_late_work_and_the_others_like_it(case: Case, signed_in: SignedIn) -> None:
    tell(message("leg.acknowledged", NORTH, minute=131, leg="SO-9-L"))
    client = signed_in("manager")
    page = text(client, case)
    assert "What was wrong" in page
    assert "NorthStar had not acknowledged release SO-9-L in time, due 2 Mar 09:11." in page
    assert page.count("Late work: it happened 1 h after it was due") == 3, "in the answer, the state's tooltip and the evidence"
    (other,) = cases_of_order("SO-8", now=NOW)
    like_it = text(client, other)
    like_it = like_it[like_it.index("The last ones like it") :]
    assert f'href="/exceptions/{case.id}/">SO-9</a>' in like_it
    assert "Late work: it happened 1 h after it was due" in like_it


def test_an_act_on_the_page_answers_the_page(case: Case, signed_in: SignedIn) -> None:
    client = signed_in("partner_operations", name="ada")
    response = client.post(f"/exceptions/{case.id}/claim", {"version": "0"}, headers=PAGE)
    page = response.content.decode()
    assert page.count('<article id="case"') == 1
    assert "<html" not in page
    assert "Partner operations, you" in page
    assert 'id="nav-mine" hx-swap-oob="true">1<' in page
    assert 'id="do-claim"' not in page
    race = client.post(f"/exceptions/{case.id}/wait", {"version": "0"}, headers=PAGE)
    assert race.status_code == 409
    assert "ada was first: look at the case again, then decide." in race.content.decode()
    assert '<article id="case"' in race.content.decode()


def test_a_live_refresh_answers_the_body_alone(case: Case, signed_in: SignedIn) -> None:
    part = text(signed_in("manager"), case, **PAGE)
    assert part.lstrip().startswith('<article id="case"')
    assert 'data-live="/live/orders/SO-9"' in part


def test_an_incident_is_named_left_and_joined_again(case: Case, signed_in: SignedIn) -> None:
    client = signed_in("partner_operations", name="ada")
    page = text(client, case)
    assert "Incident of 2 cases" in page
    assert f'href="/exceptions/?tab=all&amp;incident={case.incident}"' in page
    client.post(f"/exceptions/{case.id}/take_out", headers=PAGE)
    page = text(client, case)
    assert "Incident of" not in page
    assert 'data-do="put_back"' in page
    client.post(f"/exceptions/{case.id}/put_back", headers=PAGE)
    assert get_case(case.id, now=NOW).incident == case.incident


def test_each_state_offers_its_acts(case: Case, signed_in: SignedIn) -> None:
    client = signed_in("partner_operations", name="ada")

    def offered() -> list[str]:
        return [part.split('"')[0] for part in text(client, case).split('data-do="')[1:]]

    work = ["escalate", "resolve", "take_out"]
    assert offered() == ["claim", "assign", "snooze", "wait", *work]
    act(case.id, Wish("wait"), who="ada", now=NOW)
    assert offered() == ["claim", "assign", "snooze", "wake", *work]
    act(case.id, Wish("snooze", until=NOW + timedelta(hours=1)), who="ada", now=NOW)
    assert offered() == ["claim", "assign", "wake", "wait", *work]
    act(case.id, Wish("resolve", reason="accepted"), who="ada", now=NOW)
    assert offered() == ["reopen"]
    tell(message("leg.acknowledged", NORTH, minute=131, leg="SO-9-L"))
    assert offered() == []


def steps(client: Client, case: Case, **fields: str) -> tuple[int, str]:
    response = client.post(f"/exceptions/{case.id}/playbook", {"reason": "They answer calls", **fields})
    return response.status_code, response.content.decode()


@pytest.mark.parametrize("role", ["manager", "integration", "administrator"])
def test_the_next_steps_are_written_anew_with_a_reason(case: Case, signed_in: SignedIn, role: str) -> None:
    client = signed_in(role)
    assert "Write other steps" in text(client, case)
    assert steps(client, case, steps="Call the dock.\r\n\r\nSend it again.")[0] == 302
    page = text(client, case)
    assert '<ol class="playbook"><li>Call the dock.</li><li>Send it again.</li></ol>' in page
    assert "Somebody of Partner operations takes it. Then: Call the dock." in page
    assert steps(client, case, act="reset")[0] == 302
    assert "<li>See whether others of this partner wait too" in text(client, case)


def test_nothing_typed_is_lost_where_steps_cannot_be_kept(case: Case, signed_in: SignedIn) -> None:
    status, page = steps(signed_in("manager"), case, steps="Call the dock.", reason=" ")
    assert status == 400
    assert "Say why: the reason stands in the audit log beside the change." in page
    assert 'aria-describedby="steps-error">Call the dock.</textarea>' in page


def test_others_do_not_write_steps(case: Case, signed_in: SignedIn) -> None:
    client = signed_in("finance")
    assert "Write other steps" not in text(client, case)
    assert steps(client, case, steps="Call.")[0] == 404


def test_a_partner_reads_its_case_and_may_comment(case: Case, signed_in: SignedIn) -> None:
    act(case.id, Wish("comment", text="Is the dock open?"), who="ada", now=NOW)
    act(case.id, Wish("escalate", to="finance", text="They never answer"), who="ada", now=NOW)
    page = text(signed_in("partner", partner="northstar"), case)
    for shown in ("NorthStar has not acknowledged release SO-9-L", "Is the dock open?", 'id="say-text"', "escalated it"):
        assert shown in page, shown
    for hidden in ("They never answer", "Clinic of", "$", "data-do", "Next steps", "The last ones like it", "Incident of"):
        assert hidden not in page, hidden
    text(signed_in("partner", partner="polaris"), case, 404)


def test_a_case_that_is_none(case: Case, signed_in: SignedIn) -> None:
    client = signed_in("manager")
    for number in ("ab" * 16, "nonsense", "0"):
        assert client.get(f"/exceptions/{number}/").status_code == 404
