"""Acts on many exceptions at once, and the jobs that they become."""

import uuid
from typing import Any, Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.accounts.models import User
from apps.accounts.roles import Permission, may
from apps.api import exception_schemas, schemas
from apps.api.base import Endpoint, answer, single, user_of
from apps.api.bodies import Body, object_of
from apps.api.exception_acts import WORDS, in_words, needed, wish_of
from apps.api.exception_filters import NAMES, filter_of
from apps.api.exception_schemas import FILTER_LIMIT, IDS_LIMIT
from apps.api.schemas import problems
from apps.api.values import Json, time
from apps.core.errors import Forbidden, NotFound, Unreadable
from apps.exceptions import jobs
from apps.exceptions.filters import CaseFilter
from apps.exceptions.jobs import Job as Found
from apps.exceptions.queries import IS_ID
from apps.orders.visibility import visible_partner

WHICH: Final = ("action", "ids", "filter")


class Bulk(Endpoint):
    needs = Permission.SEE_EXCEPTIONS

    @extend_schema(
        operation_id="exceptions_bulk",
        request={"application/json": exception_schemas.BulkWish},
        responses={202: exception_schemas.Job, **problems(400, 401, 403, 404, 409, 413, 415)},
    )
    def post(self, request: Request) -> HttpResponse:
        """Does `action` to the exceptions of `ids` (up to 10,000), or to all that `filter` finds when the job is taken up (up
        to 50,000). `filter` has the names of the list's query, and `to`, `text`, `until` and `reason` are as for one exception.
        Each is done for itself, whatever version it has: the job tells which did not allow it, and why."""
        user, now = user_of(request), timezone.now()
        if not may(user.role, Permission.BULK_EXCEPTIONS):
            raise Forbidden("Your role does not include to work many exceptions at once.")
        values = object_of(request)
        word = Body(values, tuple(exception_schemas.BulkWish().fields)).choice("action", tuple(WORDS))
        if not may(user.role, needed(word)):
            raise Forbidden(f"Your role does not include to {in_words(word)} exceptions.")
        body = Body(values, tuple(name for name in (*WHICH, *exception_schemas.WISHES[word]().fields) if name != "version"))
        ids, chosen = _which(body, user)
        wish = wish_of(word, body, user)
        who, partner = user.username, visible_partner(user)
        number = jobs.start(wish, ids=ids, filters=chosen, who=who, now=now, visible_partner=partner)
        response = answer(job_document(jobs.get(number)))
        response.status_code = 202
        response["Location"] = request.build_absolute_uri(reverse("api:job", kwargs={"job": str(number)}))
        return response


class Job(Endpoint):
    needs = Permission.BULK_EXCEPTIONS

    @extend_schema(
        operation_id="job",
        parameters=[schemas.IF_NONE_MATCH],
        responses={200: exception_schemas.Job, **schemas.UNCHANGED, **problems(400, 401, 404)},
    )
    def get(self, request: Request, job: str) -> HttpResponse:
        """How far a job is, for who started it and for administrators. `results` are the exceptions that did not succeed, up to
        1,000 of them, each with the reason."""
        return single(request, job_document(_visible(job, user_of(request))))


def _visible(name: str, user: User) -> Found:
    try:
        found = jobs.get(uuid.UUID(name))
    except ValueError as error:
        raise NotFound("There is no such job, or none that you may see.") from error
    if found.who != user.username and not may(user.role, Permission.ADMINISTER):
        raise NotFound("There is no such job, or none that you may see.")
    return found


def _which(body: Body, user: User) -> tuple[list[str] | None, CaseFilter | None]:
    ids, chosen = body.texts("ids", at_most=IDS_LIMIT, like=IS_ID, what="an exception's id"), body.inner("filter", NAMES)
    if (ids is None) == (chosen is None):
        sentence = "Say which exceptions: either their `ids` or a `filter`."
        raise Unreadable(sentence, errors=[{"field": "ids", "detail": sentence}, {"field": "filter", "detail": sentence}])
    return ids, None if chosen is None else filter_of(_Chosen(chosen), user)


class _Chosen:
    """A JSON object as `filter_of` reads a query."""

    def __init__(self, body: Body) -> None:
        self._body = body

    def text(self, name: str) -> str | None:
        return self._body.text(name, limit=FILTER_LIMIT) or None

    def choice(self, name: str, allowed: tuple[str, ...]) -> str | None:
        return self._body.choice(name, allowed) if self.text(name) else None


def job_document(job: Found) -> Json:
    results: list[dict[str, Any]] = [*job.results]
    return {
        "id": str(job.id),
        "action": job.wish.act,
        "state": job.state,
        "total": job.total,
        "done": job.done,
        "succeeded": job.succeeded,
        "failed": job.failed,
        "results": results,
        "problem": job.problem or None,
        "who": job.who,
        "created_at": time(job.created_at),
        "started_at": time(job.started_at),
        "finished_at": time(job.finished_at),
    }
