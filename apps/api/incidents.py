"""Incidents: open exceptions with one cause, as one row each."""

from typing import ClassVar

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from apps.accounts.models import User
from apps.accounts.roles import Permission, may
from apps.api import schemas
from apps.api.base import Endpoint, answer, single, user_of
from apps.api.schemas import a_text, a_time, a_word, parameter, problems, record
from apps.api.values import Json, money, time
from apps.exceptions import incidents, overview
from apps.exceptions.catalogue import TEAMS, TYPES
from apps.exceptions.filters import CaseFilter
from apps.exceptions.incidents import Incident as Found
from apps.orders.visibility import visible_partner

SEVERITIES = ("low", "medium", "high", "critical")
Evidence = record(
    "IncidentEvidence",
    exception=a_text(null=True),
    code=a_word(tuple(TYPES), null=True),
    partner=a_text(null=True),
    text=a_text(),
    since=a_time(null=False),
    until=a_time(),
)
Row = record(
    "Incident",
    id=a_text(),
    code=a_word(tuple(TYPES)),
    title=a_text(),
    partner=a_text(null=True),
    site=a_text(null=True),
    region=a_text(null=True),
    count=s.IntegerField(),
    value=schemas.Money(allow_null=True),
    first_opened_at=a_time(null=False),
    last_opened_at=a_time(null=False),
    team=a_word(tuple(TEAMS)),
    severity=a_word(SEVERITIES),
    assignees=s.ListField(child=a_text()),
    evidence=Evidence(many=True),
)
Page = schemas.page_of(Row, "Incidents")
FILTERS = [
    parameter("team", "The team that has the exceptions.", allowed=tuple(TEAMS)),
    parameter("code", "The exceptions' type.", allowed=tuple(TYPES)),
    parameter("partner", "The partner that the exceptions are about."),
    parameter("region", "The orders' region."),
    schemas.PAGE_PARAMETERS[1],
]


class Incidents(Endpoint):
    needs = Permission.SEE_ORDERS
    parameters: ClassVar[tuple[str, ...]] = ("team", "code", "partner", "region", "page_size")

    @extend_schema(operation_id="incidents", parameters=FILTERS, responses={200: Page, **problems(400, 401, 404)})
    def get(self, request: Request) -> HttpResponse:
        """Three or more open exceptions with one cause are an incident: one type, one partner and site, one day there. The
        gravest first, then the largest; up to `page_size`, on one page."""
        user = user_of(request)
        filters = CaseFilter(
            team=self.query.choice("team", tuple(TEAMS)),
            code=self.query.choice("code", tuple(TYPES)),
            partner=self.query.text("partner"),
            region=self.query.text("region"),
            visible_partner=visible_partner(user),
        )
        now = timezone.now()
        count = overview.count_in(filters, now=now)
        found = overview.incidents_in(filters, count, now=now, limit=self.query.page_size())
        return answer({"next": None, "previous": None, "results": [incident_row(each, user) for each in found]})


class Incident(Endpoint):
    needs = Permission.SEE_ORDERS

    @extend_schema(
        operation_id="incident",
        parameters=[schemas.IF_NONE_MATCH],
        responses={200: Row, **schemas.UNCHANGED, **problems(400, 401, 404)},
    )
    def get(self, request: Request, incident: str) -> HttpResponse:
        """One incident as its open exceptions are, however few."""
        user = user_of(request)
        found = incidents.get_incident(incident, now=timezone.now(), visible_partner=visible_partner(user))
        return single(request, incident_row(found, user))


def incident_row(incident: Found, user: User) -> Json:
    """The incident as the user may see it: `value` is null where money is hidden, or in several currencies."""
    return {
        "id": incident.id,
        "code": incident.code,
        "title": TYPES[incident.code].title,
        "partner": incident.partner,
        "site": incident.site,
        "region": incident.region,
        "count": incident.count,
        "value": money(incident.worth, incident.currency) if may(user.role, Permission.SEE_MONEY) else None,
        "first_opened_at": time(incident.first_opened_at),
        "last_opened_at": time(incident.last_opened_at),
        "team": incident.team,
        "severity": incident.severity.name.lower(),
        "assignees": list(incident.assignees),
        "evidence": [
            {
                "exception": fault.case,
                "code": fault.code,
                "partner": fault.partner,
                "text": fault.text,
                "since": time(fault.since),
                "until": time(fault.until),
            }
            for fault in incident.evidence
        ],
    }
