"""Partners with their sites: those that were set up, and those that an event named first."""

from collections import defaultdict
from typing import ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.accounts.roles import Permission
from apps.api import schemas
from apps.api.base import PAGING, Endpoint, user_of
from apps.api.schemas import problems
from apps.api.values import Json
from apps.core.errors import Unreadable
from apps.core.pagination import FOREIGN, Cursor, Page, page_of
from apps.core.text import flaw
from apps.orders.visibility import visible_partner
from apps.partners.models import Partner, Site


class Partners(Endpoint):
    needs = Permission.SEE_ORDERS
    parameters: ClassVar[tuple[str, ...]] = PAGING

    @extend_schema(
        operation_id="partners",
        parameters=schemas.PAGE_PARAMETERS,
        responses={200: schemas.Partners, **problems(400, 401, 404)},
    )
    def get(self, request: Request) -> HttpResponse:
        """Partners by code. A partner's user sees its own."""
        found = find_partners(
            visible_partner(user_of(request)), cursor=self.query.text("cursor"), page_size=self.query.page_size()
        )
        sites: defaultdict[str, list[Site]] = defaultdict(list)
        for site in Site.objects.filter(partner__in=[partner.code for partner in found.rows]).order_by("code"):
            sites[site.partner or ""].append(site)
        return self.page(request, found, lambda partner: partner_row(partner, sites[partner.code]))


def find_partners(visible: str | None, *, cursor: str | None, page_size: int) -> Page[Partner]:
    """Partners by code; with `visible` only that one. Raises Unreadable for a foreign cursor."""
    start = Cursor.decode(cursor) if cursor else None
    rows = Partner.objects.order_by("code")
    if visible is not None:
        rows = rows.filter(code=visible)
    if start is not None:
        code = _code_of(start)
        rows = rows.filter(code__lt=code).reverse() if start.backwards else rows.filter(code__gt=code)
    return page_of(list(rows[: page_size + 1]), start, page_size, lambda partner: (partner.code,))


def _code_of(start: Cursor) -> str:
    if len(start.values) != 1 or flaw(start.values[0]):
        raise Unreadable(FOREIGN)
    return start.values[0]


def partner_row(partner: Partner, sites: list[Site]) -> Json:
    return {
        "partner": partner.code,
        "name": partner.name or None,
        "is_discovered": partner.is_discovered,
        "sites": [
            {
                "site": site.code,
                "name": site.name or None,
                "region": site.region or None,
                "time_zone": site.zone or None,
                "is_discovered": site.is_discovered,
            }
            for site in sites
        ],
    }
