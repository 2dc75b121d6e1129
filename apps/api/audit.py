"""The audit log: who did what, to what, when and why."""

from typing import ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.accounts.roles import Permission
from apps.acts.queries import AuditEntry, AuditFilter, find_acts
from apps.api import schemas
from apps.api.base import PAGING, Endpoint
from apps.api.schemas import parameter, problems
from apps.api.values import Json, time

FILTERS = [
    parameter("who", "The user name of who did it."),
    parameter("kind", "The kind of act, such as `case.claim` or `setting.put`."),
    parameter("order", "The handle of the order that it was about."),
    parameter("from", "Acts at this time or later.", kind=OpenApiTypes.DATETIME),
    parameter("to", "Acts before this time.", kind=OpenApiTypes.DATETIME),
    parameter("search", "Words of the sentence that tells of it, in capitals or not."),
    *schemas.PAGE_PARAMETERS,
]


class Audit(Endpoint):
    needs = Permission.SEE_AUDIT
    parameters: ClassVar[tuple[str, ...]] = ("who", "kind", "order", "from", "to", "search", *PAGING)

    @extend_schema(operation_id="audit", parameters=FILTERS, responses={200: schemas.Audit, **problems(400, 401, 404)})
    def get(self, request: Request) -> HttpResponse:
        """What people did, the newest first."""
        filters = AuditFilter(
            who=self.query.text("who"),
            kind=self.query.text("kind"),
            order=self.query.text("order"),
            since=self.query.time("from"),
            until=self.query.time("to"),
            text=self.query.text("search"),
        )
        found = find_acts(filters, cursor=self.query.text("cursor"), page_size=self.query.page_size())
        return self.page(request, found, audit_row)


def audit_row(entry: AuditEntry) -> Json:
    """One act. `message` is the key of its message in the log; what an act has no use for is null."""
    detail = entry.detail
    return {
        "message": str(entry.position),
        "at": time(entry.at),
        "who": entry.who,
        "kind": entry.kind,
        "order": entry.order or None,
        "subject": entry.subject or None,
        "exception": entry.case_id or None,
        "summary": entry.summary,
        "to": detail.get("to"),
        "text": detail.get("text"),
        "until": detail.get("until"),
        "reason": detail.get("reason"),
        "version": detail.get("version"),
        "setting": {"kind": detail["setting"], "name": detail.get("name", ""), "value": detail.get("value")}
        if "setting" in detail
        else None,
    }
