"""What people do to an exception, each act an address of its own: `POST exceptions/{id}/claim` and the like."""

from datetime import datetime
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.accounts.models import User
from apps.accounts.roles import Permission, may
from apps.api import exception_schemas
from apps.api.base import Endpoint, answer, user_of
from apps.api.bodies import BadField, Body
from apps.api.exception_filters import ME, NOBODY
from apps.api.exceptions import case_document
from apps.api.schemas import problems
from apps.core.errors import Forbidden
from apps.exceptions.queries import get_case
from apps.exceptions.services import NAME_LIMIT, REASON_LIMIT, TEXT_LIMIT, Wish, act
from apps.orders.visibility import visible_partner

WORDS: Final[dict[str, str]] = {
    "claim": "Takes the case, which nobody else may have.",
    "assign": "Gives the case to the user `to`: a username, `me`, or `none` for nobody.",
    "comment": "Adds `text` to the case. A partner's user may comment on cases of its own work, and reads the comments there.",
    "snooze": "Puts the case away until `until`; it comes back by itself.",
    "wait": "Says that the case waits for the partner.",
    "wake": "Takes up again a case that sleeps, or that waits for the partner.",
    "escalate": "Hands the case to another team, or to a user: `to`.",
    "give_back": "Gives the case back to the team that the ownership rules say, and to nobody there.",
    "resolve": "Closes the case by hand, with a `reason`. It comes back after 24 hours if the condition still holds.",
    "reopen": "Opens again what was closed by hand.",
    "take_out": "Takes the case out of its incident: it is worked for itself.",
    "put_back": "Puts the case back into its incident.",
}


def needed(word: str) -> Permission:
    """The permission that an act asks for."""
    return Permission.COMMENT_EXCEPTIONS if word == "comment" else Permission.WORK_EXCEPTIONS


def in_words(word: str) -> str:
    """The act in a sentence, after `to`."""
    return word.replace("_", " ")


def wish_of(word: str, body: Body, user: User) -> Wish:
    """What the body asks for; `to` may be `me`, and of an assignment `none`. Raises BadField."""
    to = body.text("to", limit=NAME_LIMIT)
    if word == "assign" and not to:
        raise BadField("to", f"`to` needs the name of a user, `{ME}`, or `{NOBODY}` for nobody; nothing came.")
    return Wish(
        act=word,
        to={ME: user.username, NOBODY: "" if word == "assign" else to}.get(to, to),
        text=body.text("text", limit=TEXT_LIMIT),
        until=body.time("until"),
        reason=body.text("reason", limit=REASON_LIMIT),
        version=body.whole("version"),
    )


def perform(request: Request, word: str, number: str) -> HttpResponse:
    """Does the act; the case after it. Who may see the case and not do this gets 403, who may not see it 404."""
    user, now = user_of(request), timezone.now()
    _allow(user, word, number, now)
    wish = wish_of(word, Body.of(request, tuple(exception_schemas.WISHES[word]().fields)), user)
    act(number, wish, who=user.username, now=now, visible_partner=visible_partner(user))
    return answer(case_document(number, user, now=timezone.now()))


def _allow(user: User, word: str, number: str, now: datetime) -> None:
    if not may(user.role, needed(word)):
        get_case(number, now=now, visible_partner=visible_partner(user))
        raise Forbidden(f"Your role does not include to {in_words(word)} exceptions.")


def _endpoint(word: str) -> type[Endpoint]:
    class ExceptionAct(Endpoint):
        needs = Permission.SEE_EXCEPTIONS

        @extend_schema(
            operation_id=f"exception_{word}",
            description=WORDS[word],
            request={"application/json": exception_schemas.WISHES[word]},
            responses={
                200: exception_schemas.ExceptionDocument,
                **problems(400, 401, 403, 404, 409, 413, 415),
            },
        )
        def post(self, request: Request, exception: str) -> Any:
            return perform(request, word, exception)

    return ExceptionAct


ENDPOINTS: Final[dict[str, type[Endpoint]]] = {word: _endpoint(word) for word in WORDS}
