"""Whatever stands in the settings, a policy comes of it: good settings with any part of them replaced by any JSON value."""

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.sla.commitments import DEFAULTS
from apps.sla.policy import Context, Policy, policy_of
from tests.apps.sla.working_hours import NEW_YORK, day, utc

TIME = "2026-03-01T00:00:00Z"
CALENDAR = {"zone": NEW_YORK, "hours": [day("08:00-17:00")] * 7, "holidays": "US-GA", "closures": ["2026-12-24"]}
COMMITMENT = {
    "measure": "ship",
    "expectation": "elapsed",
    "basis": "heard",
    "seconds": 3600,
    "warning_seconds": 600,
    "target": 0.9,
    "match": {"partner": "polaris"},
    "is_measured": True,
    "effective_from": TIME,
    "effective_to": None,
}
GOOD: dict[tuple[str, str], Any] = {
    ("commitment", "own"): {"place": 1, "versions": [COMMITMENT]},
    ("calendar", "site:DEN-3"): {
        "versions": [{"effective_from": TIME, "calendar": CALENDAR | {"cut_off": "15:00", "ship_days": [0, 1]}}]
    },
    ("partner", "polaris"): {"status": "paused"},
}
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([TIME, "24:00", "US-", "UTC", 10**40]),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


def places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value, the whole included."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for step, item in inner for place in places(item, (*path, step)))]


def put(value: Any, path: tuple[Any, ...], new: object) -> Any:
    if not path:
        return new
    whole = copy.copy(value)
    whole[path[0]] = put(whole[path[0]], path[1:], new)
    return whole


@st.composite
def one_part_replaced(draw: st.DrawFn) -> tuple[tuple[str, str], object]:
    name = draw(st.sampled_from(sorted(GOOD)))
    return name, put(GOOD[name], draw(st.sampled_from(places(GOOD[name]))), draw(JSON))


def kinds_read(policy: Policy) -> list[str]:
    own = policy.commitments[: -len(DEFAULTS)]
    return ["calendar"] * bool(policy.calendars) + ["commitment"] * bool(own) + ["partner"] * bool(policy.statuses)


def test_good_settings_are_read() -> None:
    policy = policy_of(GOOD, NEW_YORK)
    assert policy.flaws == ()
    assert kinds_read(policy) == ["calendar", "commitment", "partner"]


@settings(deadline=None)  # the names of all countries are loaded once
@given(one_part_replaced())
def test_a_part_that_is_anything_costs_its_own_setting_at_most(replaced: tuple[tuple[str, str], object]) -> None:
    name, value = replaced
    policy = policy_of(GOOD | {name: value}, NEW_YORK)
    assert set(kinds_read(policy)) >= {"calendar", "commitment", "partner"} - {name[0]}
    assert len(policy.flaws) <= 1
    assert all(flaw.startswith(f"{name[0]} {name[1]}: ") for flaw in policy.flaws)
    if policy.flaws:
        assert name[0] not in kinds_read(policy)
    assert policy.commitments[-len(DEFAULTS) :] == DEFAULTS
    for context in (Context(), Context(partner="polaris", site="DEN-3")):
        policy.commitment_for("ship", context, utc("2026-07-10T13:00"))
        policy.calendar_for(context, utc("2026-07-10T13:00"))


@settings(deadline=None)  # the names of all countries are loaded once
@given(st.dictionaries(st.tuples(st.sampled_from(["commitment", "calendar", "partner"]), st.text()), JSON, max_size=4))
def test_any_names_and_values_at_all_end_as_flaws_or_as_nothing(values: dict[tuple[str, str], object]) -> None:
    policy = policy_of(values, NEW_YORK)
    assert len(policy.flaws) <= len(values)
    assert policy.commitment_for("ship", Context(), utc("2026-07-10T13:00")) == DEFAULTS[4]
