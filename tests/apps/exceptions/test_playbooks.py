"""Next steps: the type's own until somebody writes others; what cannot be kept is said; a broken setting harms nobody."""

import pytest

from apps.acts import settings as kept
from apps.core.errors import Unreadable
from apps.exceptions.catalogue import TYPES
from apps.exceptions.playbooks import Playbook, playbook_of, put_playbook, reset_playbook, steps_of
from tests.messages import NOW

CODE = "ACK_OVERDUE"


@pytest.mark.django_db
def test_steps_are_written_and_taken_back() -> None:
    assert playbook_of(CODE) == Playbook(CODE, TYPES[CODE].steps, is_own=False)
    put_playbook(CODE, ["  Call the   dock.", "Send it again."], who="mgr", reason="They answer calls", now=NOW)
    assert playbook_of(CODE) == Playbook(CODE, ("Call the dock.", "Send it again."), is_own=True)
    reset_playbook(CODE, who="mgr", reason="They changed their mind", now=NOW)
    assert playbook_of(CODE) == Playbook(CODE, TYPES[CODE].steps, is_own=False)
    assert [(each.who, each.reason, each.is_removal) for each in kept.history("playbook", CODE)] == [
        ("mgr", "They changed their mind", True),
        ("mgr", "They answer calls", False),
    ]


@pytest.mark.django_db
def test_a_broken_setting_shows_the_types_own() -> None:
    kept.put("playbook", CODE, {"no": "list"}, who="mgr", reason="by mistake", now=NOW)
    assert playbook_of(CODE) == Playbook(CODE, TYPES[CODE].steps, is_own=False)


@pytest.mark.django_db
def test_a_change_needs_its_reason() -> None:
    with pytest.raises(Unreadable, match="Say why"):
        put_playbook(CODE, ["Call."], who="mgr", reason=" ", now=NOW)
    assert kept.history("playbook", CODE) == []


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("Call.", "A playbook is a list of texts"),
        ([1], "A playbook is a list of texts"),
        ([], "at least one step"),
        (["Call.", " "], "no step may be empty"),
        (["Call."] * 13, "at most 12 steps, so that somebody reads them; 13 came"),
        (["x" * 301], "A step has at most 300 characters"),
    ],
)
def test_what_is_no_playbook(value: object, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        steps_of(value)
