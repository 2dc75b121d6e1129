"""Which ids are believed, and what the lines of a request carry."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject
from structlog.contextvars import bind_contextvars, get_contextvars

from apps.accounts.models import User
from apps.core.request_ids import HEADER, RequestIdMiddleware, current, well_formed


@pytest.mark.parametrize("told", ["a", "7f3c-11.2:x_y+z/=", "A" * 128])
def test_a_well_formed_id_is_kept(told: str) -> None:
    assert well_formed(told) == told


@pytest.mark.parametrize("told", ["", " a", "a b", "a\n", "-a", 'a"b', "ä", "a{", "A" * 129])
def test_any_other_is_not(told: str) -> None:
    assert well_formed(told) == ""


def answer(request: HttpRequest, seen: list[str] | None = None) -> HttpResponse:
    def view(_: HttpRequest) -> HttpResponse:
        if seen is not None:
            seen.append(current())
        return HttpResponse()

    response = RequestIdMiddleware(view)(request)
    assert isinstance(response, HttpResponse)
    return response


def test_the_callers_id_is_bound_and_answered() -> None:
    seen: list[str] = []
    assert answer(RequestFactory().get("/", headers={HEADER: "abc-1"}), seen)[HEADER] == "abc-1"
    assert seen == ["abc-1"]


def test_an_id_is_made_for_each_request_without_one() -> None:
    made = {answer(RequestFactory().get("/", headers={HEADER: "no good"}))[HEADER] for _ in range(3)}
    assert len(made) == 3
    assert all(len(each) == 32 for each in made)


def test_nothing_of_the_request_before_is_carried_on() -> None:
    bind_contextvars(credential="of-before", user=9)
    answer(RequestFactory().get("/", headers={HEADER: "abc-2"}))
    assert get_contextvars() == {"request_id": "abc-2"}


def test_a_user_is_told_by_number_and_never_looked_up() -> None:
    known, lazy, nobody = (RequestFactory().get("/", headers={HEADER: "abc-3"}) for _ in range(3))
    known.user = User(pk=41, username="ana")
    lazy.user = SimpleLazyObject(lambda: pytest.fail("it was looked up"))  # type: ignore[assignment]
    nobody.user = AnonymousUser()
    bound = []
    for request in (known, lazy, nobody):
        answer(request)
        bound.append(get_contextvars().get("user"))
    assert bound == [41, None, None]
    lazy._cached_user = known.user  # type: ignore[attr-defined]
    answer(lazy)
    assert get_contextvars()["user"] == 41
