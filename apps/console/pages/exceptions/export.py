"""The CSV of a filter: all of its cases up to a bound, streamed page by page, safe to open in a spreadsheet."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from apps.console import spreadsheet
from apps.console.access import Reader
from apps.console.pages.exceptions.filters import Filters
from apps.console.pages.exceptions.presenters import sentence_of
from apps.exceptions.queries import Case, find_cases
from apps.exceptions.rules import in_force
from apps.exceptions.visibility import redact_case
from apps.partners.discovery import display_names
from apps.sla.calendars import open_seconds
from apps.sla.policy import Policy

ROW_LIMIT: Final = 100_000
PAGE_SIZE: Final = 500
COLUMNS: Final = (
    "id",
    "type",
    "state",
    "severity",
    "what",
    "order",
    "subject_scheme",
    "subject",
    "partner",
    "site",
    "region",
    "opened_at",
    "due_at",
    "resolved_at",
    "late_word",
    "age_hours",
    "business_hours",
    "next_cut_off",
    "team",
)
_HOUR: Final = 3600


def csv_lines(filters: Filters, reader: Reader) -> Iterator[str]:
    """The header, then a line per case, in the list's order."""
    columns = [*COLUMNS]
    if reader.partner is None:
        columns += ["assignee", "comments", "resolution", "reason"]
    if reader.sees_customers:
        columns += ["customer"]
    if reader.sees_money:
        columns += ["worth", "currency"]
    return spreadsheet.lines(columns, _rows(filters, reader))


def _rows(filters: Filters, reader: Reader) -> Iterator[list[str]]:
    policy, partners = in_force().policy, display_names().partners
    for case in islice(_cases(filters, reader), ROW_LIMIT):
        name = partners.get(case.partner or "", case.partner or "")
        yield _values(redact_case(case, reader), reader, policy, name)


def _cases(filters: Filters, reader: Reader) -> Iterator[Case]:
    cursor = None
    while True:
        page = find_cases(
            filters.meaning(reader.partner), now=reader.clock.now, sort=filters.order, cursor=cursor, page_size=PAGE_SIZE
        )
        yield from page.rows
        if page.next is None:
            return
        cursor = page.next


def _values(case: Case, reader: Reader, policy: Policy, partner: str) -> list[str]:
    end = case.resolved_at or reader.clock.now
    worked = open_seconds(policy.team_calendar(case.team, case.opened_at), case.opened_at, end)
    values = [
        case.id,
        case.code,
        case.state,
        case.severity.name.lower(),
        sentence_of(case, reader, partner),
        case.order,
        case.subject.scheme,
        case.subject.value,
        case.partner or "",
        case.site or "",
        case.region or "",
        case.opened_at.isoformat(),
        case.due_at.isoformat() if case.due_at else "",
        case.resolved_at.isoformat() if case.resolved_at else "",
        str(case.is_late_word).lower(),
        f"{(end - case.opened_at).total_seconds() / _HOUR:.2f}",
        f"{worked / _HOUR:.2f}",
        case.next_cut_off.isoformat() if case.next_cut_off else "",
        case.team,
    ]
    if reader.partner is None:
        values += [case.assignee, str(case.comment_count), case.resolution, case.reason]
    if reader.sees_customers:
        values.append(case.customer_name or "")
    if reader.sees_money:
        values += [str(case.worth) if case.worth is not None else "", case.currency or ""]
    return values
