"""Who owns a case: ordered rules, the first that matches decides, and every type has a default. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import msgspec

from apps.core.errors import Unreadable
from apps.core.numbers import bounded
from apps.core.text import printable
from apps.exceptions.catalogue import TEAMS, TYPES
from apps.sla.commitments import LONGEST_BUSINESS_SECONDS
from apps.sla.reading import read_struct

HOUR_SECONDS: Final = 3_600
DEFAULT_ESCALATION: Final = {"POSTING_FAILED": ("finance", 8 * HOUR_SECONDS)}
RULES_LIMIT: Final = 500
TEXT_LIMIT: Final = 200
UNOWNED: Final = "integration"  # whoever finds a code that no rule and no type knows


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`code`, `partner`, `site`, `region`: None matches any; `least_value` matches cases worth as much or more, in the order's
    currency. `escalate_seconds` of the team's business time after the case opened it goes to `escalate_to`, a team."""

    team: str
    code: str | None = None
    partner: str | None = None
    site: str | None = None
    region: str | None = None
    least_value: Decimal | None = None
    escalate_to: str | None = None
    escalate_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule may look at."""

    code: str
    partner: str | None = None
    site: str | None = None
    region: str | None = None
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """The owner, and to whom a case goes that is still open after so much business time (None: it stays)."""

    team: str
    escalate_to: str | None = None
    escalate_seconds: int = 0


def route(rules: Sequence[Rule], facts: Facts) -> Route:
    """The route of the first rule that matches, else the type's default."""
    for rule in rules:
        if matches(rule, facts):
            return Route(rule.team, rule.escalate_to, rule.escalate_seconds)
    known = TYPES.get(facts.code)
    to, seconds = DEFAULT_ESCALATION.get(facts.code, (None, 0))
    return Route(known.team if known else UNOWNED, to, seconds)


def matches(rule: Rule, facts: Facts) -> bool:
    """Whether the case has all that the rule asks for."""
    for name in ("code", "partner", "site", "region"):
        wanted = getattr(rule, name)
        if wanted is not None and wanted != getattr(facts, name):
            return False
    return rule.least_value is None or (facts.value is not None and facts.value >= rule.least_value)


def rules_of(value: Any) -> tuple[Rule, ...]:
    """The rules of a setting's value, a list in order. Raises Unreadable with the rule that is wrong and why."""
    if not isinstance(value, list):
        raise Unreadable("Ownership rules are a list in the order in which they are tried; something else came.")
    if len(value) > RULES_LIMIT:
        raise Unreadable(f"There may be {RULES_LIMIT} ownership rules; {len(value)} came.")
    return tuple(_rule(place, each) for place, each in enumerate(value, start=1))


def _rule(place: int, value: Any) -> Rule:
    rule = read_struct(value, Rule, f"Ownership rule {place}")
    for team in filter(None, (rule.team, rule.escalate_to)):
        if team not in TEAMS:
            raise Unreadable(f"Ownership rule {place} names the team `{printable(team, 60)}`: there are {', '.join(TEAMS)}.")
    if rule.code is not None and rule.code not in TYPES:
        raise Unreadable(f"Ownership rule {place} names the type `{printable(rule.code, 60)}`, which is none.")
    for text in filter(None, (rule.partner, rule.site, rule.region)):
        if not text.isprintable() or len(text) > TEXT_LIMIT:
            raise Unreadable(f"Ownership rule {place}: a name has 1 to {TEXT_LIMIT} printable characters.")
    if rule.least_value is not None and (bounded(rule.least_value) is None or rule.least_value < 0):
        raise Unreadable(f"Ownership rule {place}: `least_value` is an amount of 0 or more, such as 5000.")
    if (rule.escalate_to is None) != (rule.escalate_seconds <= 0):
        raise Unreadable(f"Ownership rule {place} needs both a team to escalate to and a time after which, or neither.")
    if rule.escalate_seconds > LONGEST_BUSINESS_SECONDS:
        raise Unreadable(f"Ownership rule {place}: it may escalate after at most {LONGEST_BUSINESS_SECONDS} s of open time.")
    return rule
