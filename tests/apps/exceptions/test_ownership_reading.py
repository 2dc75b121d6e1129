"""What of ownership rules cannot be read, and what is said of it: nothing that would fail when a case is judged."""

from decimal import Decimal
from typing import Any

import pytest

from apps.core.errors import Unreadable
from apps.exceptions.ownership import Facts, Route, Rule, route, rules_of

TEAMS = "customer_service, finance, integration, inventory_control, master_data, partner_operations, planning"


def test_rules_are_read_in_their_order() -> None:
    escalates = {"escalate_to": "finance", "escalate_seconds": 3600}
    assert rules_of(
        [{"team": "finance", "least_value": "5000.50"}, {"team": "planning", "code": "BACKORDERED", **escalates}]
    ) == (
        Rule(team="finance", least_value=Decimal("5000.50")),
        Rule(team="planning", code="BACKORDERED", escalate_to="finance", escalate_seconds=3600),
    )
    assert rules_of([]) == ()


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        ({}, "Ownership rules are a list in the order in which they are tried; something else came."),
        ([{}] * 501, "There may be 500 ownership rules; 501 came."),
        (
            [{"team": "finance"}, {}],
            (
                "Ownership rule 2 cannot be read: Object missing required field `team`. Ownership rule 2 is an object of"
                " `team`, `code`, `partner`, `site`, `region`, `least_value`, `escalate_to`, `escalate_seconds`."
            ),
        ),
        ([{"team": "nobody"}], f"Ownership rule 1 names the team `nobody`: there are {TEAMS}."),
        ([{"team": "finance", "code": "LATE"}], "Ownership rule 1 names the type `LATE`, which is none."),
        ([{"team": "finance", "site": "a\nb"}], "Ownership rule 1: a name has 1 to 200 printable characters."),
        ([{"team": "finance", "site": "a" * 201}], "Ownership rule 1: a name has 1 to 200 printable characters."),
        *(
            (
                [{"team": "finance", "least_value": amount}],
                "Ownership rule 1: `least_value` is an amount of 0 or more, such as 5000.",
            )
            for amount in ("NaN", "Infinity", "-1", "1E+99")
        ),
        (
            [{"team": "finance", "escalate_to": "planning"}],
            "Ownership rule 1 needs both a team to escalate to and a time after which, or neither.",
        ),
        (
            [{"team": "finance", "escalate_seconds": 60}],
            "Ownership rule 1 needs both a team to escalate to and a time after which, or neither.",
        ),
        (
            [{"team": "finance", "escalate_to": "planning", "escalate_seconds": 10**17}],
            "Ownership rule 1: it may escalate after at most 2592000 s of open time.",
        ),
    ],
)
def test_what_is_wrong_with_a_rule_is_said(value: Any, detail: str) -> None:
    with pytest.raises(Unreadable) as refused:
        rules_of(value)
    assert refused.value.detail == detail


def test_the_first_rule_that_matches_decides_else_the_type() -> None:
    rules = rules_of(
        [
            {"team": "finance", "code": "SHIP_OVERDUE", "partner": "north", "least_value": 100},
            {"team": "planning", "code": "SHIP_OVERDUE", "site": "ATL", "escalate_to": "finance", "escalate_seconds": 60},
        ]
    )
    rich, poor = Decimal(100), Decimal("99.99")
    assert route(rules, Facts("SHIP_OVERDUE", "north", "ATL", None, rich)) == Route("finance")
    assert route(rules, Facts("SHIP_OVERDUE", "north", "ATL", None, poor)) == Route("planning", "finance", 60)
    assert route(rules, Facts("SHIP_OVERDUE", "north", "CHI", None, None)) == Route("partner_operations")
    assert route(rules, Facts("POSTING_FAILED", "north", "ATL", None, rich)) == Route("integration", "finance", 28_800)
