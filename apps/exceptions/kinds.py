"""What there is to say of a type of exceptions, how severe it can be, and the teams that own cases."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Severity(IntEnum):
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


TEAMS: Final[dict[str, str]] = {
    "customer_service": "Customer service",
    "finance": "Finance",
    "integration": "Integration",
    "inventory_control": "Inventory control",
    "master_data": "Master data",
    "partner_operations": "Partner operations",
    "planning": "Planning",
}


@dataclass(frozen=True, slots=True)
class ExceptionType:
    """`opens` and `clears` are sentences for people. `measure` is the commitment whose clock opens it, empty for bad news
    that opens it when it is heard. `steps` is the playbook until somebody writes another."""

    code: str
    title: str
    team: str
    severity: Severity
    subject: str
    opens: str
    clears: str
    steps: tuple[str, ...]
    measure: str = ""


def type_(  # noqa: PLR0913, PLR0917 - a table row
    code: str, title: str, team: str, severity: Severity, subject: str, opens: str, clears: str, *steps: str, measure: str = ""
) -> ExceptionType:
    return ExceptionType(code, title, team, severity, subject, opens, clears, steps, measure)
