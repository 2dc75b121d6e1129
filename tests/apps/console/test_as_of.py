"""A past moment on screen: what is asked for, the picker, the banner, the trace as of then."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import RequestFactory

from apps.console.as_of import NOTHING_SINCE, Asked, Step, address, asked, said, shown
from apps.console.times import Clock
from tests import messages as m
from tests.apps.console.conftest import SignedIn
from tests.apps.console.test_pages import text
from tests.messages_late import at, heard

NOW = datetime(2026, 5, 14, 12, 0, 20, tzinfo=UTC)
BERLIN = Clock(NOW, ZoneInfo("Europe/Berlin"))
MAY_12 = datetime(2026, 5, 12, 7, 14, tzinfo=UTC)


def request(query: str = "", path: str = "/orders/SO-1/") -> object:
    return RequestFactory().get(f"{path}?{query}")


class TestAsked:
    def test_without_a_moment_it_is_now(self) -> None:
        assert asked(request(), BERLIN) == Asked()
        assert asked(request("as_of="), BERLIN) == Asked()

    @pytest.mark.parametrize("text", ["2026-05-12T07:14:00Z", "2026-05-12T09:14:00%2B02:00", "2026-05-12T07:14:00.000Z"])
    def test_an_instant(self, text: str) -> None:
        assert asked(request(f"as_of={text}"), BERLIN) == Asked(MAY_12)

    @pytest.mark.parametrize(
        ("wall", "instant"),
        [
            ("2026-05-12T09:14", "2026-05-12T07:14:00Z"),
            ("2026-05-12T09:14:30", "2026-05-12T07:14:30Z"),
            ("2026-05-14T14:00", "2026-05-14T12:00:00Z"),  # the minute of now
            ("2025-10-26T02:30", "2025-10-26T00:30:00Z"),  # it comes twice: the first
            ("2026-03-29T02:30", "2026-03-29T01:30:00Z"),  # it is skipped: an hour on
        ],
    )
    def test_a_time_on_the_readers_wall_is_led_to_its_instant(self, wall: str, instant: str) -> None:
        found = asked(request(f"team=finance&as_of={wall}&cursor=abc"), BERLIN)
        assert found == Asked(redirect=f"/orders/SO-1/?team=finance&as_of={instant}")

    @pytest.mark.parametrize(
        "text", ["yesterday", "2026-02-30T09:14", "2026-05-12", "0001-01-01T00:00:00Z", "9999-12-31T23:59:00Z"]
    )
    def test_what_is_no_moment(self, text: str) -> None:
        clock = Clock(NOW, ZoneInfo("America/New_York" if text.startswith("0001") else "Europe/Berlin"))
        assert asked(request(f"as_of={text}"), clock) == Asked(
            problem=f"“{text}” is not a moment that can be shown. This is what is known now."
        )

    @pytest.mark.parametrize("text", ["2026-05-14T12:01:00Z", "2026-05-14T14:01"])
    def test_what_is_still_to_come(self, text: str) -> None:
        assert asked(request(f"as_of={text}"), BERLIN) == Asked(
            problem="14 May 14:01 is still to come. This is what is known now."
        )


class TestShown:
    hearings = (MAY_12, MAY_12 + timedelta(seconds=30, microseconds=5), MAY_12 + timedelta(hours=3))

    def test_now(self) -> None:
        picker = shown(request("region=EAST"), None, BERLIN, self.hearings)
        assert (picker.is_past, picker.path, picker.kept, picker.now_url) == (
            False,
            "/orders/SO-1/",
            (("region", "EAST"),),
            "/orders/SO-1/?region=EAST",
        )
        assert (picker.value, picker.least, picker.most, picker.step) == (
            "2026-05-14T14:00",
            "2026-05-12T09:14",
            "2026-05-14T14:00",
            60,
        )
        assert picker.previous == Step(
            "/orders/SO-1/?region=EAST&as_of=2026-05-12T10:14:00Z", "What was known when something was heard on 12 May 12:14"
        )
        assert (picker.next, picker.said, picker.place, picker.heard, picker.zone) == (None, "", "", "", "Europe/Berlin")

    def test_at_a_hearing(self) -> None:
        banner = shown(
            request(), self.hearings[1], BERLIN, self.hearings, ["Shipped (Leg 1)", "Picked (Leg 1)", "Picked (Leg 1)"]
        )
        assert (banner.is_past, banner.said, banner.value, banner.step, banner.place) == (
            True,
            "12 May 09:14:30",
            "2026-05-12T09:14:30",
            1,
            "2 of 3",
        )
        assert banner.heard == "Heard at that moment: Shipped (Leg 1), Picked (Leg 1)."
        assert banner.previous is not None
        assert banner.previous.url == "/orders/SO-1/?as_of=2026-05-12T07:14:00Z"
        assert banner.next is not None
        assert banner.next.url == "/orders/SO-1/?as_of=2026-05-12T10:14:00Z"
        assert banner.instant is not None
        assert banner.instant.exact == "Tue 12 May 2026, 09:14:30 CEST (Europe/Berlin), 2 d ago"

    def test_after_the_last_word_the_next_step_is_now(self) -> None:
        banner = shown(request(), MAY_12 + timedelta(hours=5), BERLIN, self.hearings)
        assert banner.next == Step("/orders/SO-1/", NOTHING_SINCE)
        assert (banner.place, banner.heard) == ("3 of 3", "The last word had come 2 h before.")

    def test_before_the_first_word(self) -> None:
        banner = shown(request(), MAY_12 - timedelta(hours=1), BERLIN, self.hearings)
        assert (banner.previous, banner.place, banner.heard) == (None, "", "Nothing had been heard by then.")
        assert banner.next is not None
        assert banner.next.url == "/orders/SO-1/?as_of=2026-05-12T07:14:00Z"

    def test_a_page_without_steps(self) -> None:
        banner = shown(request("state=open", "/exceptions/"), MAY_12, BERLIN)
        assert (banner.has_steps, banner.previous, banner.heard, banner.now_url, banner.least) == (
            False,
            None,
            "",
            "/exceptions/?state=open",
            "",
        )

    def test_more_than_three_things_heard_at_once_are_counted(self) -> None:
        banner = shown(request(), MAY_12, BERLIN, self.hearings, ["A", "B", "C", "D", "E"])
        assert banner.heard == "Heard at that moment: A, B, C +2."

    def test_the_year_is_said_where_it_is_another(self) -> None:
        assert said(datetime(2025, 12, 31, 23, 30, tzinfo=UTC), BERLIN) == "1 Jan 00:30"
        assert said(datetime(2025, 12, 31, 22, 30, 5, tzinfo=UTC), BERLIN) == "31 Dec 2025 23:30:05"
        assert address(request("a=1&a=2&b=x y"), MAY_12) == "/orders/SO-1/?a=1&a=2&b=x+y&as_of=2026-05-12T07:14:00Z"


@pytest.mark.django_db
class TestTrace:
    @pytest.fixture(autouse=True)
    def _story(self, story: None) -> Iterator[None]:
        with time_machine.travel(m.NOW, tick=False):
            yield

    def test_the_trace_shows_what_had_been_heard(self, signed_in: SignedIn) -> None:
        page = text(signed_in("customer_service", time_zone="Europe/Berlin"), f"/orders/SO-1/?as_of={_z(60)}")
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
        assert "As known on 2 Mar 10:00 (Europe/Berlin)" in words
        assert "Heard at that moment: Shipped (Leg 1). What was heard later is left out." in words
        assert "Back to now" in words
        assert "8 of 15" in words
        assert "What there was to tell the customer" in words
        assert "Partially shipped" in words
        assert "SO-1-A-1" in page
        for later in ("SO-1-A-2", "SO-1-B-1", "P-SO-1-A", "I-SO-1"):
            assert later not in page
        assert page.count('class="main-link"') == 8
        assert "<title>Order SO-1 as known on 2 Mar 10:00 · DistSync</title>" in page

    def test_a_past_moment_is_not_live_and_now_is(self, signed_in: SignedIn) -> None:
        client = signed_in("customer_service")
        past, now = text(client, f"/orders/SO-1/?as_of={_z(60)}"), text(client, "/orders/SO-1/")
        assert ("data-past" in past, "data-live=" in past, "data-live-url" in past) == (True, False, False)
        assert ("data-past" in now, "data-live=" in now, "data-live-url" in now) == (False, True, True)
        assert "As a list" in now
        assert "As a list" not in past

    def test_the_steps_lead_through_the_hearings(self, signed_in: SignedIn) -> None:
        client = signed_in("customer_service")
        url, seen = "/orders/SO-1/", []
        while True:
            step = re.search(r'id="as-of-previous"[^>]* href="([^"]+)"', text(client, url))
            if step is None:
                break
            url = step[1]
            seen.append((datetime.fromisoformat(url.split("as_of=")[1]) - m.START) / timedelta(minutes=1))
        assert seen == [510, 500, 130, 120, 100, 95, 90, 60, 16, 15, 11, 10, 2, 1, 0]
        assert f'id="as-of-next" data-step href="/orders/SO-1/?as_of={_z(1)}"' in text(client, url)

    def test_times_are_told_as_of_then(self, signed_in: SignedIn) -> None:
        m.tell(
            m.message(
                "leg.released",
                m.MIDDLEWARE,
                minute=20,
                order="SO-1",
                leg="SO-1-C",
                partner="polaris",
                site="CHI",
                lines=[m.line("2", "VAC", 1)],
                ship_by="2026-03-02T10:00:00Z",
            )
        )
        client = signed_in("customer_service")
        before, after = (text(client, f"/orders/SO-1/?as_of={_z(minute)}") for minute in (115, 130))
        assert "overdue" not in re.sub(r"<ul class=\"legend\".*?</ul>", "", before)
        assert "overdue 10 m" in after
        assert ">2 Mar 10:10</text>" in after, "the now line says which moment it is"
        assert ">Now</text>" in text(client, "/orders/SO-1/")

    def test_a_step_swaps_the_trace_alone_with_its_title(self, signed_in: SignedIn) -> None:
        part = text(signed_in("customer_service"), f"/orders/SO-1/?as_of={_z(60)}", **{"HX-Target": "trace"})
        assert part.lstrip().startswith("<title>Order SO-1 as known on 2 Mar 09:00 · DistSync</title><article")
        assert "<html" not in part

    def test_a_wall_clock_time_is_led_on(self, signed_in: SignedIn) -> None:
        answer = signed_in("customer_service", time_zone="Europe/Berlin").get("/orders/SO-1/?as_of=2026-03-02T10:00")
        assert (answer.status_code, answer["Location"]) == (302, "/orders/SO-1/?as_of=2026-03-02T09:00:00Z")

    def test_what_is_no_moment_shows_now_and_says_so(self, signed_in: SignedIn) -> None:
        page = text(signed_in("customer_service"), "/orders/SO-1/?as_of=soon", 400)
        assert "“soon” is not a moment that can be shown. This is what is known now." in page
        assert "data-live-url" in page

    def test_an_order_that_was_not_known_yet(self, signed_in: SignedIn) -> None:
        page = text(signed_in("customer_service"), f"/orders/SO-1/?as_of={_z(-60)}", 404)
        assert "SO-1 was not known yet" in page
        assert f'href="/orders/SO-1/?as_of={_z(0)}">Go to the first word</a>' in page

    def test_a_partner_sees_its_own_past(self, signed_in: SignedIn) -> None:
        client = signed_in("partner", partner="northstar")
        page = text(client, f"/orders/SO-1/?as_of={_z(120)}")
        assert "SO-1-A-2" in page
        for hidden in ("Meridian", "polaris", "SO-1-B", "VAC", "Invoice", "P-SO-1-A", "Posting", "$"):
            assert hidden not in page
        assert "5 of 7" in page, "hearings are those of its own leg"
        not_yet = text(client, f"/orders/SO-1/?as_of={_z(5)}", 404)
        assert "SO-1 was not known yet" in not_yet, "its leg had not been released"
        assert f"as_of={_z(10)}" in not_yet

    def test_late_word_is_not_known_before_it_came(self, signed_in: SignedIn) -> None:
        m.tell(heard(m.message("order.held", m.OMS, minute=30, order="SO-1", hold="credit", reason="limit"), 700))
        client = signed_in("customer_service")
        assert "On hold" not in text(client, f"/orders/SO-1/?as_of={_z(699)}")
        assert "On hold" in text(client, f"/orders/SO-1/?as_of={_z(700)}")


def _z(minute: float) -> str:
    return at(minute).isoformat().replace("+00:00", "Z")
