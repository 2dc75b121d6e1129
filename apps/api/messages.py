"""Messages: what arrived, byte for byte, and what became of it."""

import base64
from typing import ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.accounts.models import User
from apps.accounts.roles import Permission, may
from apps.api import schemas
from apps.api.base import PAGING, Endpoint, single, user_of
from apps.api.schemas import parameter, problems
from apps.api.values import Json, time
from apps.api.vocabulary import MATCHED_STATES, MESSAGE_STATES
from apps.core.errors import Conflict, Forbidden, NotFound
from apps.orders.visibility import visible_partner
from apps.pipeline.queries import MessageDetail, MessageFilter, MessageRow, find_messages, get_message

FILTERS = [
    parameter("source", "The CloudEvents `source` that sent it."),
    parameter("id", "The CloudEvents `id`, unique within its source."),
    parameter("type", "The CloudEvents `type`."),
    parameter(
        "state",
        "What became of it; without it, most roles get applied ones.",
        allowed=MESSAGE_STATES,
    ),
    parameter("order", "An order's number or handle."),
    *schemas.PAGE_PARAMETERS,
]


class Messages(Endpoint):
    needs = Permission.SEE_MESSAGES
    parameters: ClassVar[tuple[str, ...]] = ("source", "id", "type", "state", "order", *PAGING)

    @extend_schema(
        operation_id="messages", parameters=FILTERS, responses={200: schemas.Messages, **problems(400, 401, 403, 404, 409)}
    )
    def get(self, request: Request) -> HttpResponse:
        """Messages, the newest first."""
        user = user_of(request)
        filters = MessageFilter(
            source=self.query.text("source"),
            id=self.query.text("id"),
            type=self.query.text("type"),
            state=_state_for(user, self.query.choice("state", MESSAGE_STATES)),
            order=self.query.text("order"),
            visible_partner=visible_partner(user),
        )
        found = find_messages(filters, cursor=self.query.text("cursor"), page_size=self.query.page_size())
        return self.page(request, found, message_row)


class Message(Endpoint):
    needs = Permission.SEE_MESSAGES

    @extend_schema(
        operation_id="message",
        parameters=[schemas.IF_NONE_MATCH],
        responses={200: schemas.MessageDocument, **schemas.UNCHANGED, **problems(400, 401, 403, 404, 409)},
    )
    def get(self, request: Request, message: str) -> HttpResponse:
        """One message with its raw bytes, by its `key`, or by its CloudEvents `id` where only one source uses it."""
        return single(request, message_document(_find(message, user_of(request))))


def _state_for(user: User, asked: str | None) -> str | None:
    """The state to filter by. Raises Forbidden where the role sees only messages that belong to an order."""
    if may(user.role, Permission.SEE_UNMATCHED):
        return asked
    if asked is not None and asked not in MATCHED_STATES:
        raise Forbidden(f"Your role does not include {asked} messages: it sees those that belong to an order.")
    return asked or "applied"


def _find(name: str, user: User) -> MessageDetail:
    partner = visible_partner(user)
    try:
        detail = get_message(name, visible_partner=partner)
    except NotFound:
        detail = get_message(_key_of_id(name, user), visible_partner=partner)
    if detail.row.state not in MATCHED_STATES and not may(user.role, Permission.SEE_UNMATCHED):
        raise NotFound(f"There is no message {name}, or none that you may see.")
    return detail


def _key_of_id(identifier: str, user: User) -> str:
    filters = MessageFilter(id=identifier, state=_state_for(user, None), visible_partner=visible_partner(user))
    rows = find_messages(filters, cursor=None, page_size=50).rows
    if not rows:
        raise NotFound(f"There is no message {identifier}, or none that you may see.")
    if len(rows) > 1:
        choices: list[dict[str, object]] = [{"key": row.key, "source": row.source, "state": row.state} for row in rows]
        raise Conflict(f"Several messages have the id {identifier}: ask for one by its key.", errors=choices)
    return rows[0].key


def message_row(row: MessageRow) -> Json:
    """One message of a list. `received_at` is the heard time, `logged_at` when it entered the log."""
    return {
        "key": row.key,
        "source": row.source,
        "id": row.id,
        "type": row.type,
        "state": row.state,
        "reason": row.reason,
        "subject": row.subject,
        "time": time(row.time),
        "received_at": time(row.heard_at),
        "logged_at": time(row.received_at),
        "is_history": row.is_history,
        "orders": list(row.orders),
    }


def message_document(detail: MessageDetail) -> Json:
    """One message whole: the body as text where it is UTF-8, else as base64."""
    try:
        body, encoded = detail.body.decode(), None
    except UnicodeDecodeError:
        body, encoded = None, base64.b64encode(detail.body).decode()
    return {
        **message_row(detail.row),
        "content_type": detail.content_type,
        "door": detail.door,
        "attributes": dict(detail.attributes),
        "body": body,
        "body_base64": encoded,
    }
