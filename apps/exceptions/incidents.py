"""Incidents: open cases with one cause as one row. Worked together.

The cause is the stored key (`rows.incident_key`); what passes a list's filters and shares a key is one incident, so that the
count of a row equals the list that it opens.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from apps.exceptions.catalogue import Severity
from apps.exceptions.filters import CaseFilter, condition_of
from apps.exceptions.sql import SEVERITY, TEAM

LEAST: Final = 3
_FIND: Final = """
    SELECT encode(c.incident, 'hex'), min(c.code), min(c.partner), min(c.site),
        CASE WHEN count(DISTINCT c.region) = 1 AND count(c.region) = count(*) THEN min(c.region) END,
        count(*),
        CASE WHEN count(DISTINCT c.currency) FILTER (WHERE c.worth IS NOT NULL) <= 1 THEN sum(c.worth) END,
        CASE WHEN count(DISTINCT c.currency) FILTER (WHERE c.worth IS NOT NULL) = 1
            THEN min(c.currency) FILTER (WHERE c.worth IS NOT NULL) END,
        min(c.opened_at), max(c.opened_at), mode() WITHIN GROUP (ORDER BY ({team})), max({severity})
    FROM exceptions_case AS c
    WHERE c.incident IS NOT NULL AND {condition}
    GROUP BY c.incident HAVING count(*) >= %(least)s
    ORDER BY max({severity}) DESC, count(*) DESC, min(c.opened_at), c.incident LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A technical fault that overlaps an incident's time: the case (hex id) of its own, in words with its times. `until` is
    None while it lasts."""

    case: str
    code: str
    partner: str | None
    text: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Incident:
    """Cases with one cause, as far as can be told. `id` is hex. `worth` and `currency` are None where the cases have several
    currencies, or no worth; `region` where they have several. `team`: of most of them; `severity`: the highest."""

    id: str
    code: str
    partner: str | None
    site: str | None
    region: str | None
    count: int
    worth: Decimal | None
    currency: str | None
    first_opened_at: datetime
    last_opened_at: datetime
    team: str
    severity: Severity
    evidence: tuple[Evidence, ...] = ()


def find_incidents(filters: CaseFilter, *, now: datetime, least: int = LEAST, limit: int = 50) -> list[Incident]:
    """The incidents of at least `least` cases that pass `filters`, the gravest and then the largest first."""
    condition, parameters = condition_of(filters, now)
    statement = _FIND.format(condition=condition, team=TEAM, severity=SEVERITY)
    more: dict[str, Any] = {"least": least, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters | more)
        return [Incident(*(*row[:11], Severity(row[11]))) for row in cursor.fetchall()]
