"""Which commitment and which calendar hold: first match, from when on, and what of the settings cannot be read."""

from typing import Any

import pytest

from apps.sla.calendars import always_open
from apps.sla.commitments import DEFAULTS, MEASURES
from apps.sla.policy import Context, default_policy, policy_of
from tests.apps.sla.working_hours import NEW_YORK, day, utc

JANUARY, FEBRUARY, MARCH = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"
NOW = utc("2026-07-10T13:00")
COLD = Context(partner="polaris", site="DEN-3", region="mountain", channel="web", priority="high", service="cold")


def ship(**more: Any) -> dict[str, Any]:
    return {"measure": "ship", "expectation": "elapsed", "seconds": 3600} | more


def placed(place: int, *versions: dict[str, Any]) -> dict[str, Any]:
    return {"place": place, "versions": list(versions)}


def name_for(settings: dict[tuple[str, str], object], context: Context, started: str = "2026-07-10T13:00") -> str | None:
    policy = policy_of(settings, NEW_YORK)
    assert policy.flaws == ()
    found = policy.commitment_for("ship", context, utc(started))
    return found.name if found else None


def test_nobody_has_set_anything() -> None:
    for policy in (default_policy(NEW_YORK), policy_of({}, NEW_YORK)):
        assert [policy.commitment_for(measure, COLD, NOW) for measure in MEASURES] == list(DEFAULTS)
        assert [policy.commitment_for(measure, Context(), NOW) for measure in MEASURES] == list(DEFAULTS)
        assert policy.calendar_for(COLD, NOW) == always_open(NEW_YORK)
        assert policy.team_calendar("finance", NOW) == always_open(NEW_YORK)


@pytest.mark.parametrize("field", ["partner", "site", "region", "channel", "priority", "service"])
def test_a_commitment_holds_for_what_it_matches_alone(field: str) -> None:
    settings = {("commitment", "own"): placed(1, ship(match={field: getattr(COLD, field)}))}
    assert name_for(settings, COLD) == "own"
    assert name_for(settings, Context(**{field: getattr(COLD, field)})) == "own"
    assert name_for(settings, Context()) == "ship"
    assert name_for(settings, Context(**{field: "other"})) == "ship"


def test_all_that_a_match_names_must_fit() -> None:
    settings = {("commitment", "own"): placed(1, ship(match={"partner": "polaris", "service": "ground"}))}
    assert name_for(settings, COLD) == "ship"


def test_the_first_that_matches_holds() -> None:
    settings = {
        ("commitment", "everybody"): placed(30, ship()),
        ("commitment", "polaris"): placed(20, ship(match={"partner": "polaris"})),
        ("commitment", "cold"): placed(10, ship(match={"service": "cold"})),
        ("commitment", "also cold"): placed(10, ship(match={"service": "cold"})),
    }
    assert name_for(settings, COLD) == "also cold"
    assert name_for(settings, Context(partner="polaris")) == "polaris"
    assert name_for(settings, Context(partner="northstar")) == "everybody"
    assert [each.name for each in policy_of(settings, NEW_YORK).commitments[:4]] == [
        "also cold",
        "cold",
        "polaris",
        "everybody",
    ]


def test_a_commitment_holds_for_its_own_measure_alone() -> None:
    policy = policy_of({("commitment", "own"): placed(1, ship())}, NEW_YORK)
    assert policy.commitment_for("acknowledge", COLD, NOW) == DEFAULTS[3]


def test_what_is_not_to_be_measured_has_no_clock() -> None:
    settings = {
        ("commitment", "samples"): placed(1, {"measure": "ship", "is_measured": False, "match": {"channel": "web"}}),
        ("commitment", "everybody"): placed(2, ship()),
    }
    assert name_for(settings, COLD) is None
    assert name_for(settings, Context(channel="phone")) == "everybody"


@pytest.mark.parametrize(
    ("started", "seconds"),
    [
        ("2025-12-31T23:59:59.999999", None),
        ("2026-01-01T00:00", 100),
        ("2026-01-31T23:59:59.999999", 100),
        ("2026-02-01T00:00", 200),
        ("2026-02-28T23:59:59.999999", 200),
        ("2026-03-01T00:00", None),
    ],
)
def test_the_start_of_the_clock_says_which_version_holds(started: str, seconds: int | None) -> None:
    versions = (
        ship(seconds=100, effective_from=JANUARY),
        ship(seconds=200, effective_from=FEBRUARY, effective_to=MARCH),
    )
    for order in (versions, versions[::-1]):
        policy = policy_of({("commitment", "own"): placed(1, *order)}, NEW_YORK)
        found = policy.commitment_for("ship", COLD, utc(started))
        assert found is not None
        assert (found.seconds if found.name == "own" else None) == seconds


def test_a_version_that_matches_less_does_not_leave_the_old_one_standing() -> None:
    versions = (ship(), ship(match={"partner": "northstar"}, effective_from=FEBRUARY))
    settings = {("commitment", "own"): placed(1, *versions)}
    assert name_for(settings, COLD, "2026-01-31T12:00") == "own"
    assert name_for(settings, COLD, "2026-02-01T00:00") == "ship"
    assert name_for(settings, Context(partner="northstar"), "2026-02-01T00:00") == "own"


def test_of_two_versions_from_one_time_the_second_holds() -> None:
    for begins in ({}, {"effective_from": FEBRUARY}):
        settings = {("commitment", "own"): placed(1, ship(seconds=100, **begins), ship(seconds=200, **begins))}
        found = policy_of(settings, NEW_YORK).commitment_for("ship", COLD, NOW)
        assert found is not None
        assert found.seconds == 200


@pytest.mark.parametrize(("status", "name"), [("active", "ship"), ("onboarding", None), ("paused", None)])
def test_partners_are_measured_while_they_are_active(status: str, name: str | None) -> None:
    settings = {("partner", "polaris"): {"status": status, "title": "Polaris Cold"}}
    assert name_for(settings, COLD) == name
    assert name_for(settings, Context(partner="northstar")) == "ship"
    assert name_for(settings, Context()) == "ship"


def test_a_version_has_a_place_of_its_own_in_its_own_time() -> None:
    settings = {
        ("commitment", "polaris"): placed(20, ship(match={"partner": "polaris"})),
        ("commitment", "cold"): placed(10, ship(match={"service": "cold"}), ship(effective_from=FEBRUARY, place=30)),
    }
    assert name_for(settings, COLD, "2026-01-31T23:59:59") == "cold"
    assert name_for(settings, COLD, "2026-02-01T00:00") == "polaris"
    assert name_for(settings, Context(partner="northstar"), "2026-02-01T00:00") == "cold"


@pytest.mark.parametrize(
    ("started", "name"),
    [
        ("2025-12-31T23:59:59", None),
        ("2026-01-01T00:00", "ship"),
        ("2026-02-01T00:00", None),
        ("2026-03-01T00:00", "ship"),
    ],
)
def test_a_partner_that_pauses_keeps_its_record(started: str, name: str | None) -> None:
    versions: list[dict[str, Any]] = [
        {"effective_from": MARCH, "status": "active"},
        {"status": "onboarding"},
        {"effective_from": JANUARY, "status": "active"},
        {"effective_from": FEBRUARY, "status": "paused"},
    ]
    assert name_for({("partner", "polaris"): {"versions": versions}}, COLD, started) == name
    assert name_for({("partner", "polaris"): {"versions": versions}}, Context(partner="northstar"), started) == "ship"


def hours(openings: str, **more: Any) -> dict[str, Any]:
    return {"zone": NEW_YORK, "hours": [day(openings)] * 7} | more


def opening_at(settings: dict[tuple[str, str], object], context: Context, at: str) -> str:
    policy = policy_of(settings, NEW_YORK)
    assert policy.flaws == ()
    return policy.calendar_for(context, utc(at)).hours[0][0].opens


CALENDARS: dict[tuple[str, str], object] = {
    ("calendar", "site:DEN-3"): {
        "versions": [
            {"effective_from": FEBRUARY, "calendar": hours("06:00-17:00")},
            {"effective_from": MARCH, "calendar": hours("07:00-17:00")},
        ]
    },
    ("calendar", "partner:polaris"): {"versions": [{"effective_from": None, "calendar": hours("08:00-17:00")}]},
    ("calendar", "team:finance"): {"versions": [{"effective_from": FEBRUARY, "calendar": hours("09:00-17:00")}]},
}


@pytest.mark.parametrize(
    ("context", "at", "opens"),
    [
        (COLD, "2026-01-31T23:59:59", "08:00"),  # the site has none yet
        (COLD, "2026-02-01T00:00", "06:00"),
        (COLD, "2026-02-28T23:59:59", "06:00"),
        (COLD, "2026-03-01T00:00", "07:00"),
        (Context(partner="polaris", site="DEN-4"), "2026-03-01T00:00", "08:00"),
        (Context(partner="polaris"), "2026-03-01T00:00", "08:00"),
        (Context(site="DEN-3"), "2026-01-01T00:00", "00:00"),
        (Context(partner="northstar", site="ATL-1"), "2026-03-01T00:00", "00:00"),
        (Context(), "2026-03-01T00:00", "00:00"),
    ],
)
def test_the_sites_calendar_goes_before_the_partners(context: Context, at: str, opens: str) -> None:
    assert opening_at(CALENDARS, context, at) == opens


def test_a_team_has_a_calendar_of_its_own() -> None:
    policy = policy_of(CALENDARS, NEW_YORK)
    assert policy.team_calendar("finance", utc("2026-02-01T00:00")).hours[0][0].opens == "09:00"
    assert policy.team_calendar("finance", utc("2026-01-31T23:59:59")) == always_open(NEW_YORK)
    assert policy.team_calendar("planning", NOW) == always_open(NEW_YORK)


def test_a_calendar_may_end() -> None:
    ended = {"versions": [{"calendar": hours("06:00-17:00")}, {"effective_from": FEBRUARY, "calendar": None}]}
    settings = {("calendar", "site:DEN-3"): ended, ("calendar", "partner:polaris"): CALENDARS["calendar", "partner:polaris"]}
    assert opening_at(settings, COLD, "2026-01-31T23:59:59") == "06:00"
    assert opening_at(settings, COLD, "2026-02-01T00:00") == "08:00"
    assert opening_at(settings, Context(site="DEN-3"), "2026-02-01T00:00") == "00:00"


def test_a_code_may_hold_a_colon() -> None:
    settings = {("calendar", "site:urn:1"): {"versions": [{"calendar": hours("06:00-17:00")}]}}
    assert opening_at(settings, Context(site="urn:1"), "2026-03-01T00:00") == "06:00"


def test_settings_that_cannot_be_read_are_left_out_and_named() -> None:
    settings: dict[tuple[str, str], object] = {
        ("calendar", "ATL-1"): {"versions": []},
        ("calendar", "site:ATL-1"): {"versions": [{"calendar": hours("17:00-08:00")}]},
        ("calendar", "site:DEN-3"): {"versions": [{"calendar": hours("06:00-17:00"), "effective_from": "soon"}]},
        ("commitment", "half"): placed(1, ship(), ship(seconds=-1, effective_from=FEBRUARY)),
        ("commitment", "list"): {"place": 1, "versions": [[]]},
        ("commitment", "nowhere"): {"versions": [ship()]},
        ("commitment", "good"): placed(2, ship(match={"partner": "polaris"})),
        ("partner", "polaris"): {"status": "retired"},
    }
    policy = policy_of(settings, NEW_YORK)
    assert policy.flaws == (
        (
            "calendar ATL-1: A calendar belongs to a site, a partner or a team: expected a name such as site:ATL-1,"
            " came the text `ATL-1`."
        ),
        (
            "calendar site:ATL-1: `hours`: Monday's opening from 17:00 to 08:00 ends before it has begun. Write what goes on"
            " over midnight as two openings: until 24:00, and from 00:00 of the next day."
        ),
        (
            "calendar site:DEN-3: `effective_from` of a calendar's version: `soon` is not an RFC 3339 time such as"
            " `2026-03-31T17:05:00Z`."
        ),
        "commitment half: `seconds`: expected 1 to 31622400 for `elapsed`, came the number -1.",
        "commitment list: A commitment's version: expected an object, came a list.",
        (
            "commitment nowhere: The setting of a commitment cannot be read: Object missing required field `place`."
            " The setting of a commitment is an object of `place`, `versions`."
        ),
        "partner polaris: `status`: expected one of active, onboarding, paused, came the text `retired`.",
    )
    assert policy.calendars == {}
    assert [each.name for each in policy.commitments] == ["good", *(each.name for each in DEFAULTS)]
    assert policy.commitment_for("ship", COLD, NOW) == policy.commitments[0]


def test_what_was_taken_back_and_what_others_set_is_no_flaw() -> None:
    settings: dict[tuple[str, str], object] = {
        ("commitment", "own"): None,
        ("commitment", "empty"): placed(1),
        ("calendar", "site:DEN-3"): None,
        ("ownership", "rule"): {"whatever": 1},
        ("partner", "polaris"): {},
    }
    assert policy_of(settings, NEW_YORK) == default_policy(NEW_YORK)


def test_asking_again_and_again_costs_no_memory_without_bound() -> None:
    policy = default_policy(NEW_YORK)
    for number in range(10_000):
        assert policy.commitment_for("ship", Context(service=str(number)), NOW) == DEFAULTS[4]
    assert len(policy._remembered) == 10_000 - 8192
