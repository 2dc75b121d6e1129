"""Leads what machines post straight to its view: they have no session, no form and no messages to look for, which would cost
as much as taking what they bring. The URL configuration leads there too: reversing, routes and the matrix of permissions."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import resolve
from django.utils.module_loading import import_string

View = Callable[[HttpRequest], HttpResponseBase]

# Who records requests registers here what Django calls `process_view`: those of middleware are passed by.
before_view: list[Callable[[HttpRequest, View], object]] = []


class ShortWayMiddleware:
    """`SHORT_WAYS` of the settings: views by path. They take no part of the path, and authenticate by themselves."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response
        self.views: dict[str, View] = {path: import_string(name) for path, name in settings.SHORT_WAYS.items()}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        view = self.views.get(request.path_info)
        if view is None:
            return self.get_response(request)
        if before_view:
            request.resolver_match = resolve(request.path_info)
            for look in before_view:
                look(request, view)
        return view(request)
