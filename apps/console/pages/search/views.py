"""The global search's results: every identifier that fits, exact first, as options of the search box."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.roles import Permission
from apps.console import words
from apps.console.access import Reader, page
from apps.core.paths import segment
from apps.orders.queries import SearchHit, search

LIMIT = 10


@dataclass(frozen=True, slots=True)
class ShownHit:
    """`by` says which identifier fitted, where it is not the order's own number."""

    url: str
    order: str
    by: str
    status: words.Chip
    is_exact: bool


def shown_hit(hit: SearchHit, reader: Reader) -> ShownHit:
    customer = hit.customer_name if reader.sees_customers and hit.customer_name else ""
    matched = "" if hit.scheme == "order" else f"{words.scheme(hit.scheme)} {words.middle(hit.value, 34)}"
    by = matched if hit.scheme == "customer" else " · ".join(part for part in (matched, customer) if part)
    return ShownHit(f"/orders/{segment(hit.handle)}/", hit.order, by, words.chip(words.STATUS, hit.status), hit.is_exact)


@require_safe
@page(Permission.SEE_ORDERS)
def hits(request: HttpRequest, reader: Reader) -> HttpResponse:
    text = request.GET.get("search", "").strip()[:200].replace("\0", "")
    found = search(text, limit=LIMIT, visible_partner=reader.partner, with_customers=reader.sees_customers) if text else []
    context = {"text": text, "hits": [shown_hit(hit, reader) for hit in found], "is_full": len(found) == LIMIT}
    return render(request, "console/search/hits.html", context)
