"""What the ownership pages show: the rules in order, whom each type goes to without one, and what would move. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from apps.console import words
from apps.console.pages.rules import saying
from apps.core.paths import segment
from apps.exceptions.catalogue import TEAMS, TYPES
from apps.exceptions.ownership import DEFAULT_ESCALATION, Rule, rules_of
from apps.exceptions.previews import OwnershipTrial
from apps.partners.discovery import DisplayNames

PATH: Final = "/ownership/"
EXAMPLES: Final = 50


@dataclass(frozen=True, slots=True)
class RuleRow:
    number: int
    matches: tuple[tuple[str, str], ...]
    team: str
    escalates: str


@dataclass(frozen=True, slots=True)
class DefaultRow:
    code: str
    title: str
    severity: str
    team: str
    escalates: str


@dataclass(frozen=True, slots=True)
class MoveRow:
    order: str
    url: str
    what: str
    partner: str
    site: str
    worth: str
    assignee: str
    team_from: str
    team_to: str


@dataclass(frozen=True, slots=True)
class Trial:
    sentence: str
    groups: tuple[tuple[str, str, int], ...]
    moves: tuple[MoveRow, ...]
    more: int


def rule_rows(rules: Sequence[Rule], names: DisplayNames) -> list[RuleRow]:
    return [
        RuleRow(number, _matches(rule, names), TEAMS[rule.team], _escalates(rule.escalate_to, rule.escalate_seconds))
        for number, rule in enumerate(rules, start=1)
    ]


def _matches(rule: Rule, names: DisplayNames) -> tuple[tuple[str, str], ...]:
    found = [
        ("type", TYPES[rule.code].title if rule.code else ""),
        ("partner", names.partners.get(rule.partner or "", rule.partner or "")),
        ("site", names.sites.get(rule.site or "", rule.site or "")),
        ("region", rule.region or ""),
        ("worth", f"{words.money(rule.least_value, None)} or more" if rule.least_value is not None else ""),
    ]
    return tuple((field, name) for field, name in found if name)


def _escalates(to: str | None, seconds: int) -> str:
    return f"to {TEAMS[to]} after {saying.length(seconds)} of its hours" if to else ""


def default_rows() -> list[DefaultRow]:
    """Every type with the team that has it where no rule fits."""
    return [
        DefaultRow(
            each.code,
            each.title,
            each.severity.name.capitalize(),
            TEAMS[each.team],
            _escalates(*DEFAULT_ESCALATION.get(each.code, (None, 0))),
        )
        for each in TYPES.values()
    ]


def trial_of(trial: OwnershipTrial) -> Trial:
    opened = words.count_of(trial.open_count, "open case")
    if not trial.moves:
        sentence = f"None of {opened} would move." if trial.open_count else "No case is open, so none would move."
    else:
        count = len(trial.moves)
        sentence = f"{words.count_of(count, 'case')} of {trial.open_count:,} would move."
    shown = tuple(
        MoveRow(
            order=move.order,
            url=f"/orders/{segment(move.handle)}/",
            what=TYPES[move.code].title if move.code in TYPES else words.plain(move.code),
            partner=move.partner or "",
            site=move.site or "",
            worth=words.money(move.worth, move.currency),
            assignee=move.assignee,
            team_from=TEAMS.get(move.team_from, move.team_from),
            team_to=TEAMS.get(move.team_to, move.team_to),
        )
        for move in trial.moves[:EXAMPLES]
    )
    groups = tuple((TEAMS.get(a, a), TEAMS.get(b, b), count) for a, b, count in trial.by_teams)
    return Trial(sentence, groups, shown, len(trial.moves) - len(shown))


def told(value: Any) -> str:
    """What the rules became, in one line. Raises Unreadable."""
    rules = rules_of(value)
    if not rules:
        return "No rule: each type goes to its own team"
    teams = saying.listing(dict.fromkeys(TEAMS[rule.team] for rule in rules))
    return f"{words.count_of(len(rules), 'rule')}, to {teams}"
