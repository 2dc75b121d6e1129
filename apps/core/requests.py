"""A request whose Content-Type cannot break it: Django trusts the charset there before any error handler stands."""

from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.utils.http import parse_header_parameters


class TolerantRequest(WSGIRequest):
    """Reads queries and forms as UTF-8 whatever the Content-Type claims; a malformed one has no parameters."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        told = meta.get("CONTENT_TYPE", "")
        try:
            self.content_type, self.content_params = parse_header_parameters(told)
        except (ValueError, LookupError):  # too long, or in an encoding that does not exist
            self.content_type, self.content_params = told.partition(";")[0].strip().lower(), {}
