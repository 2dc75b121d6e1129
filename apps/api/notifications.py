"""The caller's own inbox: what they were told of exceptions, and what of it they have read."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request

from apps.accounts.models import User
from apps.accounts.roles import Permission
from apps.api import schemas
from apps.api.base import PAGING, Endpoint, answer, user_of
from apps.api.bodies import Body
from apps.api.orders import TRUTH
from apps.api.schemas import a_text, a_time, a_word, parameter, problems, record
from apps.api.values import Json, time
from apps.delivery import inbox
from apps.delivery.kinds import KINDS
from apps.delivery.queries import MOST_COUNTED, Notification, find_notifications, unread_count
from apps.orders.visibility import visible_partner

Row = record(
    "Notification",
    id=a_text(),
    kind=a_word(tuple(KINDS)),
    at=a_time(null=False),
    title=a_text(),
    text=a_text(),
    path=a_text(),
    due_at=a_time(),
    read_at=a_time(),
)
Page = record(
    "Notifications",
    next=s.URLField(allow_null=True),
    previous=s.URLField(allow_null=True),
    results=Row(many=True),
    unread=s.IntegerField(min_value=0, max_value=MOST_COUNTED),
)
Until = record("NotificationsUntil", until=s.DateTimeField(required=False, allow_null=True))
Marked = record(
    "NotificationsRead", read=s.IntegerField(min_value=0), unread=s.IntegerField(min_value=0, max_value=MOST_COUNTED)
)
NOTHING: dict[str, Any] = {"type": "object", "additionalProperties": False}
FILTERS = [
    parameter("unread", "`true`: what the caller has not read, alone.", kind=TRUTH),
    *schemas.PAGE_PARAMETERS,
]


class Notifications(Endpoint):
    needs = Permission.SEE_EXCEPTIONS
    parameters: ClassVar[tuple[str, ...]] = ("unread", *PAGING)

    @extend_schema(operation_id="notifications", parameters=FILTERS, responses={200: Page, **problems(400, 401, 404)})
    def get(self, request: Request) -> HttpResponse:
        """What the caller was told, the newest first. `path` is the console's page that it is about; `unread` counts what the
        caller has not read, up to 100."""
        user = user_of(request)
        found = find_notifications(
            user.username,
            partner=visible_partner(user),
            unread_only=bool(self.query.truth("unread")),
            cursor=self.query.text("cursor"),
            page_size=self.query.page_size(),
        )
        return self.page(request, found, notification_row, {"unread": _unread(user)})


class NotificationsRead(Endpoint):
    needs = Permission.SEE_EXCEPTIONS

    @extend_schema(
        operation_id="notifications_read",
        request={"application/json": Until},
        responses={200: Marked, **problems(400, 401, 404, 413, 415)},
    )
    def post(self, request: Request) -> HttpResponse:
        """Notes that the caller has read all that came about up to `until` (now, unless it is said); `read` is how many of them
        were not read before."""
        user, now = user_of(request), timezone.now()
        until = Body.of(request, tuple(Until().fields)).time("until") or now
        count = inbox.read_all(username=user.username, partner=visible_partner(user), until=until, now=now)
        return answer({"read": count, "unread": _unread(user)})


class NotificationRead(Endpoint):
    needs = Permission.SEE_EXCEPTIONS

    @extend_schema(
        operation_id="notification_read",
        request={"application/json": NOTHING},
        responses={200: Marked, **problems(400, 401, 404, 413, 415)},
    )
    def post(self, request: Request, notification: str) -> HttpResponse:
        """Notes that the caller has read this one. Once more changes nothing: when it was read first stays."""
        user = user_of(request)
        Body.of(request, ())
        inbox.read(notification, username=user.username, partner=visible_partner(user), now=timezone.now())
        return answer({"read": 1, "unread": _unread(user)})


def notification_row(entry: Notification) -> Json:
    return {
        "id": entry.id,
        "kind": entry.kind,
        "at": time(entry.at),
        "title": entry.title,
        "text": entry.text,
        "path": entry.path,
        "due_at": time(entry.due_at),
        "read_at": time(entry.read_at),
    }


def _unread(user: User) -> int:
    return unread_count(user.username, partner=visible_partner(user))
