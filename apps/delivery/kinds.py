"""What people are told of, and by which way."""

from dataclasses import dataclass
from typing import Final

ASSIGNED: Final = "assigned"
MENTIONED: Final = "mentioned"
ESCALATED: Final = "escalated"
INCIDENT: Final = "incident"
BREACH: Final = "breach"
EMAIL: Final = "email"
WEBHOOK: Final = "webhook"


@dataclass(frozen=True, slots=True)
class Kind:
    """`title` stands in a list of kinds, `help` says when it is told. `team_help` says that of a team, where it
    differs. `for_teams`: whether it can be about a team at all.
    `is_on`: whether an inbox gets it until its owner says otherwise."""

    code: str
    title: str
    help: str
    icon: str
    for_teams: bool = True
    is_on: bool = True
    team_help: str = ""


KINDS: Final[dict[str, Kind]] = {
    kind.code: kind
    for kind in (
        Kind(ASSIGNED, "Assigned to me", "somebody gives you an exception", "user-plus", for_teams=False),
        Kind(MENTIONED, "Mentioned", "somebody writes @ and your name in a comment", "message-square", for_teams=False),
        Kind(
            ESCALATED,
            "Escalated",
            "an exception goes to your team, or to you, by hand or by the rules",
            "arrow-up",
            team_help="an exception goes to the team, by hand or by the rules",
        ),
        Kind(INCIDENT, "New incident", "three open exceptions have one cause", "layers"),
        Kind(
            BREACH,
            "About to be missed",
            "a promise that your team would answer for is near its end",
            "hourglass",
            is_on=False,
            team_help="a promise that the team would answer for is near its end",
        ),
    )
}
FOR_TEAMS: Final = tuple(code for code, kind in KINDS.items() if kind.for_teams)
IN_INBOX: Final = tuple(code for code, kind in KINDS.items() if kind.is_on)
