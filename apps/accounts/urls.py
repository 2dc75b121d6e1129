"""allauth's pages, without those that have no meaning here.

An administrator makes accounts and sets passwords anew: nobody signs up, and no e-mail is sent. Those addresses answer
404, and keep their names, since allauth's own pages lead to them.
"""

from typing import Any, NoReturn

from django.http import Http404, HttpRequest
from django.urls import include, path, re_path

CLOSED = r"^(signup|email|confirm-email|password/(set|reset)|login/code|3rdparty/signup|social)(/|$)"


def closed(request: HttpRequest, *args: Any) -> NoReturn:  # noqa: ARG001 - Django calls it with these
    raise Http404


urlpatterns = [re_path(CLOSED, closed, name="closed"), path("", include("allauth.urls"))]
