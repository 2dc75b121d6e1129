"""Exceptions: the list, one case with its story, and what people do to it."""

from datetime import datetime
from typing import ClassVar

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.accounts.models import User
from apps.accounts.roles import Permission, may
from apps.api import exception_schemas, schemas
from apps.api.as_of import AS_OF, PARAMETER, field_of, find_cases_then, get_case_then, moment_of
from apps.api.base import PAGING, Endpoint, single, user_of
from apps.api.exception_documents import exception_document, exception_row
from apps.api.exception_filters import FILTERS, NAMES, filter_of
from apps.api.schemas import parameter, problems
from apps.api.values import Json
from apps.core.errors import Forbidden
from apps.exceptions.catalogue import type_of
from apps.exceptions.queries import SORTS
from apps.exceptions.story import story_of
from apps.exceptions.visibility import redact_case, redact_story, sees_steps
from apps.orders.visibility import visible_partner

BY_MONEY = "money"
SORT = parameter("sort", "What comes first; without it the last opened.", allowed=exception_schemas.SORT_NAMES)


class Exceptions(Endpoint):
    needs = Permission.SEE_EXCEPTIONS
    parameters: ClassVar[tuple[str, ...]] = (*NAMES, "sort", PARAMETER, *PAGING)

    @extend_schema(
        operation_id="exceptions",
        parameters=[*FILTERS, SORT, AS_OF, *schemas.PAGE_PARAMETERS],
        responses={200: exception_schemas.Exceptions, **problems(400, 401, 403, 404, 409)},
    )
    def get(self, request: Request) -> HttpResponse:
        """Exceptions in any state unless `state` says which, now or as they were known at a past moment. A partner's user sees
        those of its own work."""
        user, now = user_of(request), timezone.now()
        sort = self.query.choice("sort", SORTS) or "newest"
        if sort == BY_MONEY and not may(user.role, Permission.SEE_MONEY):
            raise Forbidden("Your role does not include money, nor a sort by it.")
        moment = moment_of(self.query, now=now)
        found = find_cases_then(
            filter_of(self.query, user),
            moment=moment,
            now=now,
            sort=sort,
            cursor=self.query.text("cursor"),
            page_size=self.query.page_size(),
        )
        return self.page(request, found, lambda case: exception_row(redact_case(case, user)), field_of(moment))


class ExceptionCase(Endpoint):
    needs = Permission.SEE_EXCEPTIONS
    parameters: ClassVar[tuple[str, ...]] = (PARAMETER,)

    @extend_schema(
        operation_id="exception",
        parameters=[AS_OF, schemas.IF_NONE_MATCH],
        responses={200: exception_schemas.ExceptionDocument, **schemas.UNCHANGED, **problems(400, 401, 404)},
    )
    def get(self, request: Request, exception: str) -> HttpResponse:
        """One exception with all that happened to it, now or as it was known at a past moment."""
        now = timezone.now()
        return single(request, case_document(exception, user_of(request), now=now, moment=moment_of(self.query, now=now)))


def case_document(number: str, user: User, *, now: datetime, moment: datetime | None = None) -> Json:
    """The case of an id as the user may see it, as of now or of a past moment. Raises NotFound."""
    case = get_case_then(number, moment=moment, now=now, visible_partner=visible_partner(user))
    story = redact_story(story_of(case, now=moment or now), user)
    steps = type_of(case.code).steps if sees_steps(user) else ()
    return exception_document(redact_case(case, user), story, steps=steps) | field_of(moment)
