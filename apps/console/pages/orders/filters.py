"""The orders list's filters: the query string that a person shares, and the `OrderFilter` that it means."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from apps.console import words
from apps.console.access import Reader
from apps.orders.queries import OrderFilter

TEXT_FIELDS = ("search", "partner", "region")
LATE = {"true": "Late", "false": "Not late"}


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    word: str


@dataclass(frozen=True, slots=True)
class Filters:
    """What the URL says, cleaned: unknown codes and what the reader may not filter by are left out."""

    search: str = ""
    status: str = ""
    money: str = ""
    partner: str = ""
    region: str = ""
    overlay: str = ""
    late: str = ""

    @property
    def active(self) -> dict[str, str]:
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}

    @property
    def query(self) -> str:
        return urlencode(self.active)

    def without(self, *names: str) -> str:
        """The query string without some of the filters."""
        return urlencode({name: value for name, value in self.active.items() if name not in names})

    def meaning(self, partner: str | None) -> OrderFilter:
        return OrderFilter(
            search=self.search or None,
            status=self.status or None,
            money=self.money or None,
            partner=self.partner or None,
            region=self.region or None,
            overlay=self.overlay or None,
            late={"true": True, "false": False}.get(self.late),
            visible_partner=partner,
        )


def read_filters(query: QueryDict, reader: Reader) -> Filters:
    known: dict[str, dict[str, words.Chip] | dict[str, str]] = {"status": words.STATUS, "overlay": words.OVERLAY, "late": LATE}
    if reader.sees_money:
        known["money"] = words.MONEY
    found = {name: query.get(name, "").strip()[:200] for name in TEXT_FIELDS}
    if reader.partner is not None:
        found["partner"] = ""
    for name, table in known.items():
        value = query.get(name, "")
        found[name] = value if value in table else ""
    return Filters(**found)


def choices(reader: Reader) -> dict[str, list[Choice]]:
    """The options of the coded filters, by filter."""
    tables = {"status": words.STATUS, "money": words.MONEY, "overlay": words.OVERLAY}
    if not reader.sees_money:
        del tables["money"]
    return {name: [Choice(code, chip.word) for code, chip in table.items()] for name, table in tables.items()}
