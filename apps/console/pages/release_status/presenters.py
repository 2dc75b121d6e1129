"""What the release status says of running clocks: the answer, the figures, the sites, the rows. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final
from urllib.parse import urlencode

from apps.console import words
from apps.console.access import Reader
from apps.console.times import Clock, Instant, duration, roughly
from apps.core.paths import segment
from apps.partners.discovery import DisplayNames
from apps.sla.queries import NO_SITE, RunningClock, RunningFilter, SiteCount

PATH: Final = "/release-status/"
Pairs = Collection[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class View:
    """One list of the page: the clocks of a measure, past due or not (None: both). `of_partners`: its stop milestone comes from
    the partner, so that only partners that send it at all are waited for."""

    code: str
    measure: str
    title: str
    tip: str
    is_past_due: bool | None = None
    of_partners: bool = True
    began: str = "Released"
    due: str = "Due"


VIEWS: Final = {
    view.code: view
    for view in (
        View(
            "unreleased",
            "release",
            "Allocated, not released",
            "Orders with an allocation of which no leg has been released to a site.",
            of_partners=False,
            began="Allocated",
        ),
        View(
            "unacknowledged",
            "acknowledge",
            "Released, not acknowledged",
            "Legs that were released and of which the 3PL has said nothing at all.",
        ),
        View(
            "past_cut_off",
            "ship",
            "Past cut-off",
            "Legs that were released for a cut-off and have not left by their ship-by.",
            is_past_due=True,
            due="Ship-by",
        ),
        View(
            "to_ship",
            "ship",
            "To ship",
            "Legs that were released and have not left, and whose ship-by is still to come.",
            is_past_due=False,
            due="Ship-by",
        ),
    )
}
TILES: Final = ("unreleased", "unacknowledged", "past_cut_off")


@dataclass(frozen=True, slots=True)
class Tile:
    code: str
    title: str
    tip: str
    value: str
    note: str
    tone: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of a site; `url` opens the list that it counts."""

    value: str
    url: str
    tone: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class SiteRow:
    site: str
    code: str
    partner: str
    cut_off: Instant | None
    is_near: bool
    to_ship: Cell
    unacknowledged: Cell
    past_cut_off: Cell

    @property
    def cells(self) -> tuple[tuple[str, Cell], ...]:
        return ("to-ship", self.to_ship), ("unacknowledged", self.unacknowledged), ("past-cut-off", self.past_cut_off)


@dataclass(frozen=True, slots=True)
class ListedClock:
    """`anchor` is the row's id, `revision` changes with what is shown (not with passing time)."""

    handle: str
    order: str
    url: str
    anchor: str
    revision: str
    customer: str
    value: str
    subject: str
    partner: str
    site: str
    region: str
    began: Instant
    due: Instant
    left: str
    tone: str


Counts = Mapping[str, Sequence[SiteCount]]


def filter_of(view: View, pairs: Pairs, *, site: str | None, partner: str | None, visible: str | None) -> RunningFilter | None:
    """The clocks of a view; None where nobody sends what it waits for."""
    senders = {sender for measure, sender in pairs if measure == view.measure}
    if not senders:
        return None
    return RunningFilter(view.measure, view.is_past_due, senders if view.of_partners else None, site, partner, visible)


def address(view: str = "", *, site: str | None = None, partner: str | None = None, cursor: str | None = None) -> str:
    """The page with these words. An empty site is the one of nobody."""
    given = {"view": view or None, "site": site, "partner": partner, "cursor": cursor}
    asked = {name: value for name, value in given.items() if value is not None}
    return f"{PATH}?{urlencode(asked)}" if asked else PATH


def figure_of(view: View, counts: Counts) -> tuple[int, int]:
    """How many rows the view has, and how many of them are past due."""
    rows = counts[view.measure]
    late, every = sum(row.past_due for row in rows), sum(row.count for row in rows)
    if view.is_past_due is None:
        return every, late
    return (late, late) if view.is_past_due else (every - late, 0)


def tiles(counts: Counts, pairs: Pairs, current: str, shown: Sequence[str] = TILES) -> list[Tile]:
    found = []
    for code in shown:
        view = VIEWS[code]
        is_measured = any(measure == view.measure for measure, _ in pairs)
        count, late = figure_of(view, counts)
        found.append(
            Tile(
                code=code,
                title=view.title,
                tip=view.tip,
                value=f"{count:,}" if is_measured else "\N{EN DASH}",
                note=_note(view, count, late) if is_measured else "nobody sends this yet",
                tone="late" if late else "",
                url=address(code),
                is_current=code == current,
            )
        )
    return found


def _note(view: View, count: int, late: int) -> str:
    if view.is_past_due:
        return "not shipped by their ship-by" if count else "everything has left in time"
    if not count:
        return "nothing waits"
    return f"{late:,} too long" if late else "all in time"


def answer(counts: Counts, pairs: Pairs, names: DisplayNames) -> tuple[str, str]:
    """The sentence that the reader came for, and its tone."""
    measured = {measure for measure, _ in pairs}
    missed, waiting, held = (figure_of(VIEWS[code], counts) for code in ("past_cut_off", "unacknowledged", "unreleased"))
    sentences = []
    if "ship" in measured and missed[0]:
        worst = max(counts["ship"], key=lambda row: row.past_due)
        where = f", most of them at {_site_name(worst.site, names)} ({worst.past_due:,})" if worst.past_due < missed[0] else ""
        if not where and worst.site:
            where = f", all at {_site_name(worst.site, names)}"
        sentences.append(f"{words.count_of(missed[0], 'leg')} missed the ship-by and {_has(missed[0])} not left{where}.")
    if "acknowledge" in measured and waiting[1]:
        sentences.append(f"{words.count_of(waiting[1], 'release')} {_has(waiting[1])} waited too long for an acknowledgement.")
    if "release" in measured and held[1]:
        sentences.append(f"{words.count_of(held[1], 'allocated order')} {_has(held[1])} waited too long for a release.")
    if sentences:
        return " ".join(sentences), "late"
    if not measured & {"ship", "acknowledge", "release"}:
        return "Nobody has sent a release, an acknowledgement or a shipment yet, so nothing is waited for.", "wait"
    return "Every release is in time: nothing is past its cut-off, and nobody has waited too long.", "ok"


def _has(count: int) -> str:
    return "has" if count == 1 else "have"


def site_rows(counts: Counts, cut_offs: Mapping[str, datetime], names: DisplayNames, clock: Clock) -> list[SiteRow]:
    """One row a site and partner with running clocks, those past their cut-off first."""
    keys = {(row.site, row.partner) for measure in ("acknowledge", "ship") for row in counts[measure]}
    found = []
    for site, partner in keys:
        waits, ships = (_at(counts[measure], site, partner) for measure in ("acknowledge", "ship"))
        cut_off = cut_offs.get(site or "")
        found.append(
            (
                (-ships.past_due, -waits.past_due, -ships.count, site or "", partner or ""),
                SiteRow(
                    site=_site_name(site, names),
                    code=site or "",
                    partner=names.partners.get(partner or "", partner or ""),
                    cut_off=clock.instant(cut_off) if cut_off else None,
                    is_near=cut_off is not None and (cut_off - clock.now).total_seconds() < 2 * 3_600,
                    to_ship=_cell("to_ship", ships.count - ships.past_due, site, partner),
                    unacknowledged=_cell("unacknowledged", waits.count, site, partner, waits.past_due),
                    past_cut_off=_cell("past_cut_off", ships.past_due, site, partner, ships.past_due),
                ),
            )
        )
    return [row for _, row in sorted(found, key=lambda each: each[0])]


def _at(rows: Sequence[SiteCount], site: str | None, partner: str | None) -> SiteCount:
    return next((row for row in rows if (row.site, row.partner) == (site, partner)), SiteCount(site, partner, 0, 0))


def _cell(view: str, count: int, site: str | None, partner: str | None, late: int = 0) -> Cell:
    note = f"{late:,} too long" if late and view == "unacknowledged" else ""
    url = address(view, site=site or NO_SITE, partner=partner)
    return Cell(f"{count:,}" if count else "", url, "late" if late else "", note)


def _site_name(site: str | None, names: DisplayNames) -> str:
    return names.sites.get(site, site) if site else "no site"


def listed(row: RunningClock, reader: Reader, names: DisplayNames) -> ListedClock:
    left = (row.due_at - reader.clock.now).total_seconds()
    is_late = left < 0
    tone = "late" if is_late else "risk" if row.warn_at <= reader.clock.now else ""
    return ListedClock(
        handle=row.handle,
        order=row.order,
        url=f"/orders/{segment(row.handle)}/",
        anchor="clock-" + _digest((row.key, *row.subject)),
        revision=_digest((row.order, row.partner, row.site, row.started_at, row.due_at, tone)),
        customer=(row.customer_name or "") if reader.sees_customers else "",
        value=words.money(row.value, row.currency) if reader.sees_money else "",
        subject="" if row.subject.scheme == "order" else row.subject.value,
        partner=names.partners.get(row.partner or "", row.partner or ""),
        site=_site_name(row.site, names) if row.site else "",
        region=row.region or "",
        began=reader.clock.instant(row.started_at),
        due=reader.clock.instant(row.due_at),
        left=f"{duration(-left)} late" if is_late else f"{roughly(left)} left",
        tone=tone,
    )


def _digest(shown: tuple[object, ...]) -> str:
    return blake2b(repr(shown).encode(), digest_size=6).hexdigest()
