"""Each kind of act has a sentence, and a kind that nobody described is told all the same."""

import pytest

from apps.acts.types import Act
from apps.acts.words import KINDS, label, sentence


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("case.claim", "Claimed “Short pick”"),
        ("case.assign", "Assigned “Short pick” to ben"),
        ("case.comment", "Commented on “Short pick”"),
        ("case.snooze", "Snoozed “Short pick”"),
        ("case.wait", "Set “Short pick” to waiting"),
        ("case.escalate", "Escalated “Short pick” to ben"),
        ("case.resolve", "Resolved “Short pick”"),
        ("case.reopen", "Reopened “Short pick”"),
        ("replay.start", "Replay start: “Short pick”"),
    ],
)
def test_the_sentence_of_each_kind(kind: str, said: str) -> None:
    assert sentence(Act(kind=kind, who="ada", subject="Short pick", to="ben")) == said
    assert (
        sentence(Act(kind=kind, who="ada", subject="Short pick", to="ben", text="Now.", reason="late")) == f"{said}: Now. late"
    )


def test_what_an_act_was_about_is_named_as_well_as_can_be() -> None:
    assert sentence(Act(kind="case.claim", who="ada", order="SO-1")) == "Claimed SO-1"
    assert sentence(Act(kind="case.claim", who="ada")) == "Claimed a case"
    assert sentence(Act(kind="setting.put", who="ada", setting="ownership_rule", name="{who}")) == "Set ownership rule “{who}”"


def test_every_kind_of_the_table_can_be_said() -> None:
    for kind in KINDS:
        assert "{" not in sentence(Act(kind=kind, who="ada"))


def test_labels() -> None:
    assert (label("case.claim"), label("dead_letter.replay")) == ("Case claimed", "Dead letter replay")
