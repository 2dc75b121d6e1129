"""The audit log's filters: the query string that a person shares, and the `AuditFilter` that it means."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict

from apps.acts.queries import AuditFilter
from apps.acts.words import KINDS

TEXT_LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class Filters:
    """What the URL says, cleaned: a kind or a day that there is not is left out. `first` and `last` are days of the
    reader's calendar (YYYY-MM-DD), both included; in the URL they are `from` and `to`."""

    who: str = ""
    kind: str = ""
    order: str = ""
    search: str = ""
    first: str = ""
    last: str = ""

    @property
    def query(self) -> str:
        said = {
            "who": self.who,
            "kind": self.kind,
            "order": self.order,
            "search": self.search,
            "from": self.first,
            "to": self.last,
        }
        return urlencode({name: value for name, value in said.items() if value})

    def meaning(self, zone: ZoneInfo) -> AuditFilter:
        return AuditFilter(
            who=self.who or None,
            kind=self.kind or None,
            order=self.order or None,
            since=_start(self.first, zone),
            until=_start(self.last, zone, days_later=1),
            text=self.search or None,
        )


def read_filters(query: QueryDict) -> Filters:
    kind = query.get("kind", "")
    return Filters(
        who=_text(query, "who"),
        kind=kind if kind in KINDS else "",
        order=_text(query, "order"),
        search=_text(query, "search"),
        first=_day(query, "from"),
        last=_day(query, "to"),
    )


def _text(query: QueryDict, name: str) -> str:
    return query.get(name, "").replace("\0", "").strip()[:TEXT_LIMIT]


def _day(query: QueryDict, name: str) -> str:
    """The day as it was written, or nothing where it is none, or so far off that it has no start in some zone."""
    text = query.get(name, "")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return ""
    return day.isoformat() if date(1900, 1, 1) <= day <= date(9000, 1, 1) else ""


def _start(day: str, zone: ZoneInfo, days_later: int = 0) -> datetime | None:
    if not day:
        return None
    return datetime.combine(date.fromisoformat(day) + timedelta(days=days_later), time(), tzinfo=zone)
