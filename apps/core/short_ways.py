"""Leads what machines post straight to its view: they have no session, no form and no messages to look for, which would cost
as much as taking what they bring. The URL configuration leads there too: reversing, routes and the matrix of permissions."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

View = Callable[[HttpRequest], HttpResponseBase]


class ShortWayMiddleware:
    """`SHORT_WAYS` of the settings: views by path. They take no part of the path, and authenticate by themselves."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response
        self.views: dict[str, View] = {path: import_string(name) for path, name in settings.SHORT_WAYS.items()}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.views.get(request.path_info, self.get_response)(request)
