"""The exception queue's tabs and filters: the query string that a person shares, and the `CaseFilter` that it means."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Final
from urllib.parse import urlencode

from django.http import QueryDict

from apps.console import words
from apps.console.access import Reader
from apps.console.pages.orders.filters import Choice
from apps.exceptions.cases import OPEN_STATES, RESOLVED_STATES
from apps.exceptions.catalogue import FOR_PARTNERS, TEAMS, TYPES, Severity
from apps.exceptions.filters import ACTIVE, OPEN, RESOLVED, CaseFilter

TABS: Final = {
    "mine": "My queue",
    "team": "Team queue",
    "unassigned": "Unassigned",
    "all": "All open",
    "snoozed": "Snoozed",
    "resolved": "Resolved",
}
PARTNER_TABS: Final = {"all": "Open", "resolved": "Resolved"}
SORTS: Final = {
    "severity": "Severity",
    "money": "Money at risk",
    "cut_off": "Next cut-off",
    "age": "Oldest first",
    "newest": "Newest first",
    "resolved": "Resolved last",
}
SEVERITIES: Final = {"medium": Severity.MEDIUM, "high": Severity.HIGH, "critical": Severity.CRITICAL}
LATE_WORD: Final = {"true": "Word was late", "false": "Word was not late"}
STATES_OF_TAB: Final = {
    "mine": OPEN_STATES[:-2] + OPEN_STATES[-1:],  # what is snoozed has its own tab
    "team": OPEN_STATES[:-2] + OPEN_STATES[-1:],
    "unassigned": OPEN_STATES[:-2] + OPEN_STATES[-1:],
    "all": OPEN_STATES,
    "snoozed": (),
    "resolved": RESOLVED_STATES,
}
TEXT_FIELDS: Final = ("assignee", "partner", "site", "region")
NAMES: Final = ("code", "severity", "team", *TEXT_FIELDS, "state", "least_worth", "late_word", "incident")
MORE: Final = ("site", "region", "state", "least_worth", "late_word")  # asked for less often
_HEX: Final = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the URL says, cleaned: unknown codes and what the reader may not filter by are left out. `as_of` is the past moment
    that is shown, as the address has it; empty for now."""

    tab: str
    username: str
    own_team: str
    team: str = ""
    assignee: str = ""
    code: str = ""
    partner: str = ""
    site: str = ""
    region: str = ""
    state: str = ""
    severity: str = ""
    least_worth: str = ""
    late_word: str = ""
    incident: str = ""
    sort: str = ""
    as_of: str = ""

    @property
    def active(self) -> dict[str, str]:
        """Everything but the tab and the order of rows."""
        return {name: value for name in NAMES if (value := getattr(self, name))}

    @property
    def saved(self) -> dict[str, str]:
        """What a saved view keeps."""
        return {"tab": self.tab, **self.active} | ({"sort": self.sort} if self.sort else {})

    @property
    def query(self) -> str:
        return urlencode(self.saved | ({"as_of": self.as_of} if self.as_of else {}))

    @property
    def has_more(self) -> bool:
        """Whether one of those filters is set that are asked for less often."""
        return any(getattr(self, name) for name in MORE)

    @property
    def order(self) -> str:
        """The name of the sort that holds."""
        return self.sort or ("resolved" if self.tab == "resolved" else "severity")

    @property
    def queue_team(self) -> str:
        """Whose queue the team's tab shows."""
        return self.team or self.own_team

    def on(self, tab: str) -> "Filters":
        """The same on another tab, as far as it makes sense there."""
        state = self.state if self.state in STATES_OF_TAB[tab] else ""
        assignee = "" if tab in {"mine", "unassigned"} else self.assignee
        sort = "" if self.sort == "resolved" and tab != "resolved" else self.sort
        return replace(self, tab=tab, state=state, assignee=assignee, sort=sort)

    def meaning(self, partner: str | None) -> CaseFilter:
        """`partner`: the only one whose cases the reader may see, None for staff."""
        states = {"all": OPEN, "snoozed": "snoozed", "resolved": RESOLVED}
        assignee: str | None = {"": None, "me": self.username, "nobody": ""}.get(self.assignee, self.assignee)
        if self.tab in {"mine", "unassigned"}:
            assignee = self.username if self.tab == "mine" else ""
        return CaseFilter(
            team=(self.queue_team if self.tab == "team" else self.team) or None,
            assignee=assignee,
            code=self.code or None,
            partner=self.partner or None,
            site=self.site or None,
            region=self.region or None,
            state=self.state or states.get(self.tab, ACTIVE),
            incident=self.incident or None,
            severity=int(SEVERITIES[self.severity]) if self.severity else None,
            least_worth=Decimal(self.least_worth) if self.least_worth else None,
            late_word={"true": True, "false": False}.get(self.late_word),
            visible_partner=partner,
        )


def tabs_for(reader: Reader) -> dict[str, str]:
    return TABS if reader.partner is None else PARTNER_TABS


def read_filters(query: QueryDict, reader: Reader, own_team: str, *, default_tab: str = "all") -> Filters:
    """The filters of a query string, or of a form that carries it. `own_team` is the reader's, empty for none."""
    tab = query.get("tab", "")
    tab = tab if tab in tabs_for(reader) else default_tab
    found = {name: query.get(name, "").strip()[:200] for name in TEXT_FIELDS}
    if reader.partner is not None:
        found |= {"partner": "", "assignee": ""}
    known = {
        "team": TEAMS,
        "code": _codes(reader),
        "state": STATES_OF_TAB[tab],
        "severity": SEVERITIES,
        "late_word": LATE_WORD,
        "sort": sorts_for(tab, reader),
    }
    for name, table in known.items():
        value = query.get(name, "")
        found[name] = value if value in table else ""
    incident = query.get("incident", "").lower()
    found["incident"] = incident if _HEX.fullmatch(incident) else ""
    found["least_worth"] = _amount(query.get("least_worth", "")) if reader.sees_money else ""
    return Filters(tab=tab, username=reader.username, own_team=own_team, **found)


def choices(filters: Filters, reader: Reader) -> dict[str, list[Choice]]:
    """The options of the coded filters, by filter."""
    return {
        "team": [Choice(code, name) for code, name in TEAMS.items()],
        "code": [Choice(code, TYPES[code].title) for code in _codes(reader)],
        "state": [Choice(state, words.CASE_STATE[state].word) for state in STATES_OF_TAB[filters.tab]],
        "severity": [Choice(name, f"{words.SEVERITY[level].word} or more") for name, level in SEVERITIES.items()],
        "late_word": [Choice(value, word) for value, word in LATE_WORD.items()],
        "sort": [Choice(name, word) for name, word in sorts_for(filters.tab, reader).items()],
    }


def sorts_for(tab: str, reader: Reader) -> dict[str, str]:
    """Whoever may not see money may not learn it from an order of rows either."""
    left_out = {"resolved"} if tab != "resolved" else set()
    if not reader.sees_money:
        left_out.add("money")
    return {name: word for name, word in SORTS.items() if name not in left_out}


def _codes(reader: Reader) -> list[str]:
    codes = TYPES if reader.partner is None else FOR_PARTNERS
    return sorted(codes, key=lambda code: TYPES[code].title)


def _amount(text: str) -> str:
    """A plain amount of money, empty for what is none."""
    try:
        amount = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        return ""
    return f"{amount:f}" if amount.is_finite() and 0 < amount < Decimal(10) ** 15 else ""
