"""What holds for every answer: headers that bind the browser, a bound on forms, and no redirect where machines post."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.core.errors import DistSyncError, TooLarge
from apps.core.problems import error_page, problem_response, speaks_json

Answer = Callable[[HttpRequest], HttpResponseBase]
FORM_LIMIT_BYTES: Final = 1024 * 1024
NOTHING: Final = "default-src 'none'; frame-ancestors 'none'"  # what is no page loads nothing
PERMISSIONS: Final = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "geolocation"),
        *("gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "picture-in-picture"),
        *("publickey-credentials-get", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking"),
    )
)


class HttpsRequired(DistSyncError):
    """A machine came without TLS. A redirect would hide that its credential has crossed the network in the clear."""

    problem, title, status = "urn:distsync:problem:https-required", "HTTPS required", 403


class SafetyMiddleware:
    """The outermost: what it adds is on static files and on error pages too."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._refusal(request) or self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", NOTHING)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def _refusal(self, request: HttpRequest) -> HttpResponseBase | None:
        if speaks_json(request):
            if settings.SECURE_SSL_REDIRECT and not request.is_secure():
                return problem_response(
                    HttpsRequired(
                        "Send this over https. Whatever credential came with it has crossed the network in the clear: "
                        "let it be rotated."
                    ),
                    request,
                )
            return None  # the doors bound their bodies themselves
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and (len(length) > 15 or int(length) > FORM_LIMIT_BYTES):
            return error_page(request, TooLarge(f"A form may have {FORM_LIMIT_BYTES} bytes at most."))
        return None
