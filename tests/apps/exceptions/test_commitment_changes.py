"""Commitments: set, moved and ended from a time on; clocks that started before stay as they were."""

from datetime import timedelta
from typing import Any

import pytest

from apps.acts import settings as kept
from apps.core.errors import Conflict, NotFound, Unreadable
from apps.exceptions.commitment_changes import KIND, arrangement, end_commitment, move_commitment, set_commitment
from apps.exceptions.rules import in_force
from apps.sla.policy import Context
from tests import messages as m
from tests.apps.exceptions.ruling import by, clocks, differing, settle, within
from tests.apps.exceptions.test_changes import late_story

NORTH = Context(partner="northstar", site="ATL")
COLD = Context(partner="polaris", service="cold")
LATER = m.NOW + timedelta(days=1)
HOUR = timedelta(hours=1)


def minute(number: int) -> Any:
    return m.START + timedelta(minutes=number)


def order_of(measure: str = "acknowledge") -> list[str]:
    return [placed.name for placed in arrangement(kept.standing([KIND]), measure)]


def name_for(context: Context, at: Any = m.NOW) -> str | None:
    found = in_force().policy.commitment_for("acknowledge", context, at)
    return found.name if found else None


def test_a_commitment_holds_for_clocks_that_start_after(transactional_db: None) -> None:
    m.tell(*late_story("SO-2", 20), *late_story("SO-3", 3_000))
    changed = set_commitment(
        "NorthStar", within("acknowledge", 30, effective_from=minute(2_000).isoformat()), author=by("New contract.")
    )
    assert changed.asked == 1
    settle()
    assert clocks("acknowledge") == {"SO-2-A": ("acknowledge", "80"), "SO-3-A": ("NorthStar", "3030")}
    assert differing() == []
    set_commitment("NorthStar", within("acknowledge", 45, effective_from=minute(2_500).isoformat()), author=by())
    settle()
    m.tell(*late_story("SO-4", 2_200))
    assert clocks("acknowledge") == {
        "SO-2-A": ("acknowledge", "80"),
        "SO-3-A": ("NorthStar", "3045"),
        "SO-4-A": ("NorthStar", "2230"),
    }
    assert differing() == []


def test_a_commitment_without_a_beginning_holds_from_now_and_null_is_always(transactional_db: None) -> None:
    m.tell(*late_story("SO-2", 20))
    assert set_commitment("ours", within("acknowledge", 30), author=by()).asked == 0
    assert kept.settings_of([KIND])[KIND, "ours"]["versions"][0]["effective_from"] == m.NOW.isoformat()
    assert set_commitment("ours", within("acknowledge", 30, effective_from=None), author=by()).asked == 1
    settle()
    assert clocks("acknowledge") == {"SO-2-A": ("ours", "50")}
    assert differing() == []


def test_what_is_not_to_be_measured_has_no_clock(transactional_db: None) -> None:
    m.tell(*late_story("SO-2", 20), *late_story("SO-3", 3_000))
    value = {"measure": "acknowledge", "is_measured": False, "match": {"site": "ATL"}}
    set_commitment("not Atlanta", value | {"effective_from": minute(2_000).isoformat()}, author=by())
    settle()
    assert clocks("acknowledge") == {"SO-2-A": ("acknowledge", "80")}
    assert differing() == []


@pytest.mark.django_db
def test_a_change_takes_the_place_of_those_that_were_to_come() -> None:
    set_commitment("ours", within("acknowledge", 30), author=by())
    set_commitment("ours", within("acknowledge", 20, effective_from=(LATER + HOUR).isoformat()), author=by())
    set_commitment("ours", within("acknowledge", 10, effective_from=LATER.isoformat()), author=by())
    versions = kept.settings_of([KIND])[KIND, "ours"]["versions"]
    assert [(version["seconds"], version["effective_from"]) for version in versions] == [
        (1_800, m.NOW.isoformat()),
        (600, LATER.isoformat()),
    ]


@pytest.mark.django_db
def test_a_new_one_is_tried_before_those_that_match_more_loosely() -> None:
    set_commitment("any", within("acknowledge", 60), author=by())
    set_commitment("polaris", within("acknowledge", 40, match={"partner": "polaris"}), author=by())
    set_commitment("polaris cold", within("acknowledge", 20, match={"partner": "polaris", "service": "cold"}), author=by())
    set_commitment("north", within("acknowledge", 30, match={"partner": "northstar"}), author=by())
    set_commitment("on time", within("ship", 30), author=by())
    assert order_of() == ["polaris cold", "polaris", "north", "any"]
    assert (name_for(COLD), name_for(NORTH), name_for(Context())) == ("polaris cold", "north", "any")


@pytest.mark.django_db
def test_where_no_room_is_left_the_others_move() -> None:
    kept.put(
        KIND, "a", {"place": 1, "versions": [within("acknowledge", 1, match={"site": "A"})]}, who="x", reason="", now=m.NOW
    )
    kept.put(KIND, "b", {"place": 2, "versions": [within("acknowledge", 2)]}, who="x", reason="", now=m.NOW)
    kept.put(KIND, "cannot be read", {"place": 2}, who="x", reason="", now=m.NOW)
    set_commitment("c", within("acknowledge", 3, match={"site": "C"}), author=by())
    assert order_of() == ["a", "c", "b"]
    assert [
        (name, each.place) for name, each in zip("acb", arrangement(kept.standing([KIND]), "acknowledge"), strict=True)
    ] == [
        ("a", 1_024),
        ("c", 2_048),
        ("b", 3_072),
    ]
    value = kept.settings_of([KIND])[KIND, "b"]
    assert [(version.get("effective_from"), version["place"]) for version in value["versions"]] == [
        (None, 2),
        (m.NOW.isoformat(), 3_072),
    ], "for clocks that ran before it stays where it was"


def test_moving_changes_who_holds_from_now_on_alone(transactional_db: None) -> None:
    set_commitment("ours", within("acknowledge", 30, effective_from=None), author=by())
    set_commitment("slow", within("acknowledge", 90, effective_from=None, match={"site": "ATL"}), author=by())
    m.tell(*late_story("SO-2", 20))
    assert order_of() == ["slow", "ours"]
    assert clocks("acknowledge") == {"SO-2-A": ("slow", "110")}
    seen = max(each.position for each in kept.standing([KIND]).values())
    move_commitment("slow", "down", author=by(now=LATER, seen=seen))
    settle()
    assert order_of() == ["ours", "slow"]
    assert (name_for(NORTH, LATER), name_for(NORTH, m.NOW)) == ("ours", "slow")
    assert clocks("acknowledge") == {"SO-2-A": ("slow", "110")}
    assert differing() == []
    with pytest.raises(Conflict, match="ada has changed this rule"):
        move_commitment("slow", "up", author=by(now=LATER, seen=seen))
    with pytest.raises(Conflict, match="“slow” is the last of its measure already"):
        move_commitment("slow", "down", author=by(now=LATER))
    move_commitment("slow", "up", author=by(now=LATER + HOUR))
    assert (name_for(NORTH, LATER + HOUR), name_for(NORTH, LATER)) == ("slow", "ours")
    with pytest.raises(NotFound):
        move_commitment("nothing", "up", author=by())


@pytest.mark.django_db
def test_two_at_one_place_change_places_all_the_same() -> None:
    for name in "abc":
        kept.put(KIND, name, {"place": 5, "versions": [within("acknowledge", 1)]}, who="x", reason="", now=m.NOW)
    move_commitment("c", "up", author=by())
    assert order_of() == ["a", "c", "b"]


def test_what_is_ended_leaves_the_next_to_hold(transactional_db: None) -> None:
    set_commitment("ours", within("acknowledge", 30, effective_from=None), author=by())
    m.tell(*late_story("SO-2", 20), *late_story("SO-3", 3_000))
    end_commitment("ours", at=minute(2_000), author=by("Contract ended."))
    settle()
    assert clocks("acknowledge") == {"SO-2-A": ("ours", "50"), "SO-3-A": ("acknowledge", "3060")}
    assert differing() == []
    with pytest.raises(Conflict, match="“ours” has ended already"):
        end_commitment("ours", author=by())
    with pytest.raises(NotFound):
        end_commitment("nothing", author=by())


@pytest.mark.django_db
def test_what_has_not_begun_is_taken_back_whole() -> None:
    set_commitment("ours", within("acknowledge", 30, effective_from=LATER.isoformat()), author=by())
    end_commitment("ours", author=by("A mistake."))
    assert kept.settings_of([KIND]) == {}
    with pytest.raises(NotFound):
        end_commitment("ours", author=by())
    set_commitment("ours", within("acknowledge", 30), author=by())
    assert name_for(NORTH) == "ours"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value", "detail"),
    [
        (
            "acknowledge",
            within("acknowledge", 5),
            "`name`: `acknowledge` is the default of that measure, which stays. Give yours another name.",
        ),
        ("", within("acknowledge", 5), "`name`: expected 1 to 200 printable characters, came ``."),
        ("ours", within("acknowledge", 0), "`seconds`: expected 1 to 31622400 for `elapsed`, came the number 0."),
        (
            "ours",
            within("tea", 5),
            (
                "`measure`: expected one of allocate, release, hold, acknowledge, ship, deliver, confirm_cancellation, post,"
                " invoice, credit, came the text `tea`."
            ),
        ),
    ],
)
def test_what_cannot_be_promised_is_refused_in_words(name: str, value: dict[str, Any], detail: str) -> None:
    with pytest.raises(Unreadable) as refused:
        set_commitment(name, value, author=by())
    assert refused.value.detail == detail
    assert kept.revision() == 0


@pytest.mark.django_db
def test_whoever_saw_less_is_told_who_was_first() -> None:
    set_commitment("ours", within("acknowledge", 30), author=by(seen=0))
    for change in (
        lambda: set_commitment("ours", within("acknowledge", 20), author=by(who="ben", seen=0)),
        lambda: end_commitment("ours", author=by(who="ben", seen=0)),
    ):
        with pytest.raises(Conflict, match="ada has changed this rule"):
            change()
