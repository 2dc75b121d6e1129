"""What every endpoint shares: who may ask, which parameters, pages with absolute addresses, ETags."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Final, TypeVar
from urllib.parse import urlencode

import msgspec
from django.http import HttpResponse
from django.utils.http import parse_etags
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.accounts.roles import Permission, may
from apps.api.parameters import Parameters
from apps.api.values import Json
from apps.core.errors import NotFound, Unauthenticated
from apps.core.pagination import Page
from apps.core.text import flaw

Row = TypeVar("Row")
PAGING = ("cursor", "page_size")
NO_MORE: Final[Json] = {}


class AlwaysJson(BaseContentNegotiation):
    """There is one representation, so that no `Accept` header can be wrong."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        return next(iter(parsers), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type or "application/json"


class Endpoint(APIView):
    """A read of the API. `needs` is the permission that the caller's role must hold; `parameters` the query's names."""

    content_negotiation_class = AlwaysJson
    needs: ClassVar[Permission]
    parameters: ClassVar[tuple[str, ...]] = ()

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        if not may(user_of(request).role, self.needs):
            raise NotFound("There is nothing at this address, or nothing that you may see.")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if any(flaw(str(segment)) for segment in kwargs.values()):
            raise NotFound("Nothing here has a name that no database text can hold.")
        self.query = Parameters(request.query_params, self.parameters)

    @property
    def default_response_headers(self) -> dict[str, str]:
        headers: dict[str, str] = super().default_response_headers
        return {**headers, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}

    def page(self, request: Request, page: Page[Row], document: Callable[[Row], Json], more: Json = NO_MORE) -> HttpResponse:
        """One page with the addresses of its neighbours, and `more` keys beside its rows."""
        return answer(
            {
                "next": self._address(request, page.next),
                "previous": self._address(request, page.previous),
                "results": [document(row) for row in page.rows],
                **more,
            }
        )

    def _address(self, request: Request, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        return request.build_absolute_uri(f"{request.path}?{urlencode(self.query.changed({'cursor': cursor}))}")


def user_of(request: Request) -> User:
    """The caller, who is known once permissions were checked."""
    if not isinstance(request.user, User):
        raise Unauthenticated("Send `Authorization: Bearer <token>`; `manage.py token create USER` makes a token.")
    return request.user


def answer(document: object) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(document), content_type="application/json")


def single(request: Request, document: object) -> HttpResponse:
    """One resource with its ETag, or 304 when the caller holds it already. The tag is a digest of what is answered, so
    that it changes with everything shown: late by now, or another role's view."""
    body = msgspec.json.encode(document)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    held = parse_etags(request.headers.get("If-None-Match", ""))
    is_held = tag in {candidate.removeprefix("W/") for candidate in held} or "*" in held
    response = HttpResponse(status=304) if is_held else HttpResponse(body, content_type="application/json")
    response["ETag"] = tag
    return response
