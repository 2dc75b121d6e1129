"""Lets an identifier that holds `/` be one segment of a path, written %2F, although Django decodes paths too early.

Inside `request.path_info` such a segment carries its `%` and `/` escaped; the `identifier` converter undoes that.
"""

import re
from collections.abc import Callable
from functools import partial
from urllib.parse import quote, unquote, unquote_to_bytes

from django.http import HttpRequest, HttpResponseBase
from django.urls import register_converter, reverse
from django.utils.encoding import iri_to_uri

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def segment(text: str) -> str:
    """An identifier as one segment of a URL."""
    return quote(text, safe="")


def path_of(request: HttpRequest) -> str:
    """The request's own path, as a link may name it."""
    return quote(request.path, safe="/%:@!$&'()*+,;=~")


def link(view_name: str, **identifiers: str) -> str:
    """`reverse` for routes with `identifier` segments: Django's own would quote their escapes twice."""
    places = {name: f"0x{number}x0" for number, name in enumerate(identifiers)}
    url = reverse(view_name, kwargs=places)
    for name, place in places.items():
        url = url.replace(place, segment(identifiers[name]), 1)
    return url


class IdentifierConverter:
    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        return value.replace("%2F", "/").replace("%25", "%")

    def to_url(self, value: str) -> str:
        if "/" in value or "%" in value:
            raise ValueError("An identifier with `/` or `%` needs apps.core.paths.link.")
        return value


register_converter(IdentifierConverter, "identifier")


class EncodedSlashMiddleware:
    """Puts the path together again from what the client really sent, as far as the server tells it (RAW_URI)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path_info = _escaped_path(request)
        if path_info is not None:
            request.path = request.path.removesuffix(request.path_info) + path_info
            request.path_info = path_info
            # Django's own would escape the escapes, and so lead redirects and links to the next page astray.
            request.get_full_path = partial(_full_path, request)  # type: ignore[method-assign]
        return self.get_response(request)


def _full_path(request: HttpRequest, force_append_slash: bool = False) -> str:
    slash = "/" if force_append_slash and not request.path.endswith("/") else ""
    query = request.META.get("QUERY_STRING", "")
    return path_of(request) + slash + (f"?{iri_to_uri(query)}" if query else "")


def _escaped_path(request: HttpRequest) -> str | None:
    """The path with every decoded segment escaped; None where Django's own reading stands."""
    raw = request.META.get("RAW_URI") or request.META.get("REQUEST_URI")
    if not raw:
        return request.path_info.replace("%", "%25") if "%" in request.path_info else None
    if "%" not in raw:
        return None
    if match := _SCHEME.match(raw):
        raw = "/" + raw[match.end() :].partition("/")[2]
    path = raw.partition("?")[0].partition("#")[0]
    prefix = request.META.get("SCRIPT_NAME") or ""
    if unquote(path) != prefix + request.path_info:
        return None  # not the path that Django routes (invalid UTF-8, or a server that rewrote it)
    segments = [unquote_to_bytes(part).decode() for part in path.split("/")]
    escaped = "/".join(part.replace("%", "%25").replace("/", "%2F") for part in segments)
    return escaped.removeprefix(prefix)
