"""A calendar as people write it: what is taken, and what each mistake is told."""

from typing import Any

import pytest

from apps.core.errors import Unreadable
from apps.sla.calendars import Calendar, Opening, calendar_of
from tests.apps.sla.working_hours import day

WEEK = [day("08:00-12:00", "12:00-24:00")] * 5 + [[], []]
GOOD = {"zone": "America/New_York", "hours": WEEK}
FIELDS = "A calendar is an object of `zone`, `hours`, `holidays`, `closures`, `cut_off`, `ship_days`."


def test_a_calendar_is_read_whole() -> None:
    value = GOOD | {"holidays": "US-GA", "closures": ["2026-12-24"], "cut_off": "15:00", "ship_days": [0, 3]}
    assert calendar_of(value) == Calendar(
        zone="America/New_York",
        hours=((Opening("08:00", "12:00"), Opening("12:00", "24:00")),) * 5 + ((), ()),
        holidays="US-GA",
        closures=("2026-12-24",),
        cut_off="15:00",
        ship_days=(0, 3),
    )


def test_what_is_left_out_is_none() -> None:
    calendar = calendar_of(GOOD)
    assert (calendar.holidays, calendar.closures, calendar.cut_off, calendar.ship_days) == ("", (), "", (0, 1, 2, 3, 4))


def monday(*openings: str) -> dict[str, Any]:
    return {"hours": [day(*openings), *WEEK[1:]]}


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        (None, f"A calendar cannot be read: Expected an object, came null. {FIELDS}"),
        ([], f"A calendar cannot be read: Expected an object, came a list. {FIELDS}"),
        ({}, f"A calendar cannot be read: Object missing required field `zone`. {FIELDS}"),
        (GOOD | {"opens": 1}, f"A calendar cannot be read: Object contains unknown field `opens`. {FIELDS}"),
        (GOOD | {"zone": 1}, f"A calendar cannot be read at `zone`: Expected text, came a whole number. {FIELDS}"),
        (
            GOOD | {"hours": [[{"opens": "08:00", "closes": 17}]]},
            f"A calendar cannot be read at `hours[0][0].closes`: Expected text, came a whole number. {FIELDS}",
        ),
        (GOOD | {"zone": "New York"}, "`New York` is not a time zone: use an IANA name such as America/Sao_Paulo."),
        (
            GOOD | {"hours": WEEK[:5]},
            "`hours`: expected seven days, Monday first, came 5. Write a day without hours as an empty list.",
        ),
        (
            GOOD | {"hours": [[]] * 7},
            "`hours`: no day has any. Give at least one opening: a calendar that never opens measures nothing.",
        ),
        (
            GOOD | monday("8:00-12:00"),
            "`hours`: Monday's `opens`: expected a local time from 00:00 to 23:59, came the text `8:00`.",
        ),
        (
            GOOD | monday("24:00-24:00"),
            "`hours`: Monday's `opens`: expected a local time from 00:00 to 23:59, came the text `24:00`.",
        ),
        (
            GOOD | monday("08:00-24:01"),
            (
                "`hours`: Monday's `closes`: expected a local time from 00:00 to 23:59, or 24:00 for the end of the day,"
                " came the text `24:01`."
            ),
        ),
        (
            GOOD | monday("22:00-06:00"),
            (
                "`hours`: Monday's opening from 22:00 to 06:00 ends before it has begun. Write what goes on over midnight as"
                " two openings: until 24:00, and from 00:00 of the next day."
            ),
        ),
        (
            GOOD | monday("08:00-08:00"),
            (
                "`hours`: Monday's opening from 08:00 to 08:00 ends before it has begun. Write what goes on over midnight as"
                " two openings: until 24:00, and from 00:00 of the next day."
            ),
        ),
        (
            GOOD | monday("08:00-12:00", "11:59-17:00"),
            (
                "`hours`: Monday's opening at 11:59 begins before the one from 08:00 to 12:00 ends."
                " Write a day's openings in order, without overlap."
            ),
        ),
        (
            GOOD | {"closures": ["24.12.2026"]},
            "`closures`: expected dates such as 2026-12-24, came the text `24.12.2026`.",
        ),
        (GOOD | {"closures": ["20261224"]}, "`closures`: expected dates such as 2026-12-24, came the text `20261224`."),
        (GOOD | {"closures": ["2026-02-29"]}, "`closures`: expected dates such as 2026-12-24, came the text `2026-02-29`."),
        (
            GOOD | {"closures": ["2026-12-24"] * 1001},
            "`closures`: at most 1000 days are kept, came 1001. Leave out those that are past.",
        ),
        (
            GOOD | {"ship_days": [0, 7]},
            "`ship_days`: expected numbers from 0 (Monday) to 6 (Sunday), came the number 7.",
        ),
        (
            GOOD | {"cut_off": "3 pm"},
            "`cut_off`: expected a local time from 00:00 to 23:59, or an empty text for none, came the text `3 pm`.",
        ),
        (
            GOOD | {"cut_off": "15:00", "ship_days": []},
            "`ship_days`: there is a `cut_off` and no day on which anything leaves. Give the days, or no `cut_off`.",
        ),
    ],
)
def test_what_is_wrong_with_it_is_said(value: object, detail: str) -> None:
    with pytest.raises(Unreadable) as refused:
        calendar_of(value)
    assert refused.value.detail == detail


EXPECTED = (
    "is no place whose holidays are known: expected a country's two letters such as `US`, with a subdivision such as `US-GA`"
    " where it has days of its own, or an empty text for none."
)


@pytest.mark.parametrize(
    ("place", "detail"),
    [
        ("XX", f"`XX` {EXPECTED}"),
        ("us", f"`us` {EXPECTED}"),
        ("NYSE", f"`NYSE` {EXPECTED}"),  # the library knows this exchange
        ("GB-", f"`GB-` {EXPECTED} GB has ENG, NIR, SCT, WLS."),
        ("GB-TX", f"`GB-TX` {EXPECTED} GB has ENG, NIR, SCT, WLS."),
    ],
)
def test_holidays_are_of_a_place_that_is_known(place: str, detail: str) -> None:
    with pytest.raises(Unreadable) as refused:
        calendar_of(GOOD | {"holidays": place})
    assert refused.value.detail == detail
