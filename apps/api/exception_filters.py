"""What narrows the list of exceptions, in the query of a GET and in the filter of a bulk act."""

from typing import Final, Protocol

from apps.accounts.models import User
from apps.api.exception_schemas import CODES, STATE_FILTERS, TEAM_CODES
from apps.api.schemas import parameter
from apps.api.vocabulary import SEVERITIES
from apps.exceptions.filters import CaseFilter
from apps.orders.queries import get_order
from apps.orders.visibility import visible_partner

ME: Final = "me"
NOBODY: Final = "none"
FILTERS: Final = [
    parameter("team", "The team that owns it now.", allowed=TEAM_CODES),
    parameter("assignee", "Who works it: a username, `me`, or `none` for nobody."),
    parameter("code", "The type.", allowed=CODES),
    parameter("partner", "The partner whose work it is."),
    parameter("site", "The site where it is."),
    parameter("region", "The order's region."),
    parameter(
        "state",
        "Its state; `open`: every state that is not resolved; `active`: open and not snoozed.",
        allowed=STATE_FILTERS,
    ),
    parameter("severity", "At least so severe.", allowed=SEVERITIES),
    parameter("order", "An order's number or handle."),
    parameter("incident", "The incident that it belongs to."),
]
NAMES: Final = ("team", "assignee", "code", "partner", "site", "region", "state", "severity", "order", "incident")


class Values(Protocol):
    """Where the filter's values come from: a query or a JSON object."""

    def text(self, name: str) -> str | None: ...
    def choice(self, name: str, allowed: tuple[str, ...]) -> str | None: ...


def filter_of(values: Values, user: User) -> CaseFilter:
    """The filter that the values name, within what the user may see. Raises NotFound and Conflict for an order that is none,
    or more than one."""
    partner = visible_partner(user)
    order, severity = values.text("order"), values.choice("severity", SEVERITIES)
    assignee = values.text("assignee")
    return CaseFilter(
        team=values.choice("team", TEAM_CODES),
        assignee={ME: user.username, NOBODY: ""}.get(assignee, assignee) if assignee else None,
        code=values.choice("code", CODES),
        partner=values.text("partner"),
        site=values.text("site"),
        region=values.text("region"),
        state=values.choice("state", STATE_FILTERS),
        severity=SEVERITIES.index(severity) + 1 if severity else None,
        order=get_order(order, visible_partner=partner).handle if order else None,
        incident=values.text("incident"),
        visible_partner=partner,
    )
