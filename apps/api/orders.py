"""Orders: the list, one order, its timeline."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.accounts.models import User
from apps.accounts.roles import Permission, may
from apps.api import order_schemas, schemas
from apps.api.as_of import AS_OF, PARAMETER, facts_of, field_of, moment_of, visible_order, visible_promises
from apps.api.base import PAGING, Endpoint, single, user_of
from apps.api.documents import order_document, order_row
from apps.api.schemas import parameter, problems
from apps.api.timelines import timeline_row
from apps.api.values import Json
from apps.api.vocabulary import MONEY, OVERLAYS, STATUSES
from apps.core.errors import Forbidden
from apps.core.pagination import Page
from apps.exceptions.at_risk import at_risk_of, narrowed
from apps.exceptions.queries import open_cases_of
from apps.orders.queries import OrderFilter, OrderRow, find_orders
from apps.orders.timeline import timeline
from apps.orders.visibility import visible_facts, visible_partner

TRUTH = {"oneOf": [{"type": "boolean"}, {"type": "integer", "enum": [0, 1]}]}
FILTERS = [
    parameter(
        "search",
        "Any identifier, PO or customer name, by its beginning, else by any part of it; at most 1,000 orders that fit.",
    ),
    parameter("status", "Where the order stands.", allowed=STATUSES),
    parameter("partner", "A partner that has a leg of the order."),
    parameter("region", "The order's region."),
    parameter("late", "Whether its promise is broken: past and not delivered, or delivered after it.", kind=TRUTH),
    parameter("money", "How far the money is.", allowed=MONEY),
    parameter("overlay", "What lies over the status.", allowed=OVERLAYS),
    *schemas.PAGE_PARAMETERS,
]


class Orders(Endpoint):
    needs = Permission.SEE_ORDERS
    parameters: ClassVar[tuple[str, ...]] = (
        "search",
        "status",
        "partner",
        "region",
        "late",
        "money",
        "overlay",
        *PAGING,
    )

    @extend_schema(operation_id="orders", parameters=FILTERS, responses={200: schemas.Orders, **problems(400, 401, 403, 404)})
    def get(self, request: Request) -> HttpResponse:
        """Orders, the latest heard first. `search` takes any identifier, PO or customer name."""
        user, now = user_of(request), timezone.now()
        partner = visible_partner(user)
        filters = OrderFilter(
            search=self.query.text("search"),
            status=self.query.choice("status", STATUSES),
            money=self.query.choice("money", MONEY),
            partner=self.query.text("partner"),
            region=self.query.text("region"),
            overlay=self.query.choice("overlay", OVERLAYS),
            late=self.query.truth("late"),
            visible_partner=partner,
        )
        if filters.money is not None and not may(user.role, Permission.SEE_MONEY):
            raise Forbidden("Your role does not include money, nor a filter by it.")
        if partner is not None and filters.partner not in (None, partner):
            # Else the answer would tell with whom the partner shares its orders.
            found: Page[OrderRow] = Page([])
        else:
            asked = narrowed(filters, now=now)
            found = find_orders(asked, now=now, cursor=self.query.text("cursor"), page_size=self.query.page_size())
        return self.page(request, found, _documents(found, user, now))


def _documents(found: Page[OrderRow], user: User, now: datetime) -> Callable[[OrderRow], Json]:
    """How a row of the page is shown, with what promises and exceptions say of it."""
    handles, partner = [row.handle for row in found.rows], visible_partner(user)
    at_risk = at_risk_of(handles, now=now, visible_partner=partner)
    sees_exceptions = may(user.role, Permission.SEE_EXCEPTIONS)
    cases = open_cases_of(handles, now=now, visible_partner=partner) if handles and sees_exceptions else {}

    def document(row: OrderRow) -> Json:
        count = cases[row.handle].count if row.handle in cases else 0 if sees_exceptions else None
        return order_row(row, user, now=now, is_at_risk_now=row.handle in at_risk, open_exceptions=count)

    return document


class Order(Endpoint):
    needs = Permission.SEE_ORDERS
    parameters: ClassVar[tuple[str, ...]] = (PARAMETER,)

    @extend_schema(
        operation_id="order",
        parameters=[AS_OF, schemas.IF_NONE_MATCH],
        responses={200: order_schemas.OrderDocument, **schemas.UNCHANGED, **problems(400, 401, 403, 404, 409)},
    )
    def get(self, request: Request, order: str) -> HttpResponse:
        """One order as all its systems together tell it, now or as it was known at a past moment. Where two issuers use the
        number, ask for `issuer:order`."""
        now = timezone.now()
        user, moment = user_of(request), moment_of(self.query, now=now)
        detail = visible_order(order, user, moment)
        clocks, measured, cases = visible_promises(detail, user, now=now)
        document = order_document(
            detail.state, handle=detail.handle, now=moment or now, clocks=clocks, counted=measured, cases=cases
        )
        return single(request, document | field_of(moment))


class Timeline(Endpoint):
    needs = Permission.SEE_ORDERS
    parameters: ClassVar[tuple[str, ...]] = (PARAMETER,)

    @extend_schema(
        operation_id="order_timeline",
        parameters=[AS_OF, schemas.IF_NONE_MATCH],
        responses={200: schemas.Timeline, **schemas.UNCHANGED, **problems(400, 401, 403, 404, 409)},
    )
    def get(self, request: Request, order: str) -> HttpResponse:
        """Everything that was told of the order, in the order in which it happened; with `as_of` what had been heard by
        then, with the flags that it had then."""
        user, now = user_of(request), timezone.now()
        moment = moment_of(self.query, now=now)
        detail = visible_order(order, user, moment)
        facts = visible_facts(detail.state, facts_of(detail), user)
        rows = [row for row in timeline(detail.state, facts, now=moment or now) if row.due_at is None]
        page = {"next": None, "previous": None, "results": [timeline_row(row) for row in rows]}
        return single(request, page | field_of(moment))
