"""Release status: what is allocated and not released, released and not acknowledged, and past its cut-off, by site."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.roles import Permission
from apps.console.access import Reader, page
from apps.console.pages.release_status.presenters import (
    TILES,
    VIEWS,
    Counts,
    Pairs,
    View,
    address,
    answer,
    filter_of,
    listed,
    site_rows,
    tiles,
)
from apps.core.errors import Unreadable
from apps.core.text import flaw
from apps.exceptions import measured
from apps.exceptions.cut_offs import next_cut_offs
from apps.partners.discovery import display_names
from apps.sla.queries import count_running, find_running, running_by_site

PAGE_SIZE = 50
COUNT_LIMIT = 10_000


@require_safe
@page(Permission.SEE_ORDERS)
def release_status(request: HttpRequest, reader: Reader) -> HttpResponse:
    """`view` is a word of VIEWS, without it the sites are shown; `site` (empty: none) and `partner` narrow the list."""
    pairs, view = measured.pairs(), VIEWS.get(request.GET.get("view", ""))
    if view is not None and reader.partner is not None and not view.of_partners:
        view = None
    counts, names = _counts(reader, pairs), display_names()
    sentence, tone = answer(counts, pairs, names)
    context: dict[str, Any] = {
        "answer": sentence,
        "tone": tone,
        "tiles": tiles(counts, pairs, view.code if view else "", _shown(reader)),
        "view": view,
    }
    if view is None:
        context |= {"sites": site_rows(counts, next_cut_offs(reader.clock.now), names, reader.clock), "here": address()}
    else:
        context |= _list(request, reader, view, pairs)
    is_part = request.headers.get("HX-Target") == "release-status"
    return render(request, f"console/release_status/{'body' if is_part else 'page'}.html", context)


def _shown(reader: Reader) -> tuple[str, ...]:
    """The figures of a reader: what is not released yet is no partner's."""
    return TILES if reader.partner is None else tuple(code for code in TILES if VIEWS[code].of_partners)


def _counts(reader: Reader, pairs: Pairs) -> Counts:
    found = {}
    for code in TILES:
        view = View(code, VIEWS[code].measure, "", "", of_partners=VIEWS[code].of_partners)
        asked = filter_of(view, pairs, site=None, partner=None, visible=reader.partner)
        found[view.measure] = running_by_site(asked, now=reader.clock.now) if asked else []
    return found


def _list(request: HttpRequest, reader: Reader, view: View, pairs: Pairs) -> dict[str, Any]:
    """The rows of one page; a cursor that is not ours starts the list anew and says so."""
    site, partner = (_word(request.GET.get(name)) for name in ("site", "partner"))
    cursor, now, problem = request.GET.get("cursor"), reader.clock.now, ""
    asked = filter_of(view, pairs, site=site, partner=partner or None, visible=reader.partner)
    names, shown, count = display_names(), None, 0
    if asked is not None:
        try:
            shown = find_running(asked, now=now, cursor=cursor, page_size=PAGE_SIZE)
        except Unreadable:
            problem, cursor = "This page's place in the list is no longer known; here is its beginning.", None
            shown = find_running(asked, now=now, page_size=PAGE_SIZE)
        count = count_running(asked, now=now, at_most=COUNT_LIMIT + 1)

    def here(at: str | None) -> str:
        return address(view.code, site=site, partner=partner, cursor=at)

    return {
        "clocks": [listed(row, reader, names) for row in shown.rows] if shown else [],
        "count": f"{COUNT_LIMIT:,}+" if count > COUNT_LIMIT else f"{count:,}",
        "is_one": count == 1,
        "is_measured": asked is not None,
        "is_first_page": cursor is None,
        "next": here(shown.next) if shown and shown.next else "",
        "previous": here(shown.previous) if shown and shown.previous else "",
        "here": here(cursor),
        "problem": problem,
        "narrowed": [
            (label, name, rest)
            for label, name, rest in (
                ("Site", names.sites.get(site or "", site) or "none", address(view.code, partner=partner)),
                ("Partner", names.partners.get(partner or "", partner or ""), address(view.code, site=site)),
            )
            if (site is not None if label == "Site" else partner)
        ],
    }


def _word(text: str | None) -> str | None:
    """What a query says, where the database can hold it."""
    return None if text is None or flaw(text) else text[:200]
