"""Reads the JSON body of a request strictly: an unknown field or value is refused with what is allowed, never ignored."""

import json
import re
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from rest_framework.request import Request

from apps.core.errors import DistSyncError, TooLarge, Unreadable, UnsupportedMedia
from apps.core.text import flaw, printable
from apps.core.time import parse_time

LARGEST_WHOLE: Final = 2**63 - 1
_KINDS: Final[dict[type, str]] = {bool: "true or false", str: "text", list: "a list", dict: "an object", type(None): "null"}


class BadField(DistSyncError):
    """A field of the body that we do not know or whose value cannot be meant. `allowed` lists what can."""

    problem, title, status = "urn:distsync:problem:bad-field", "Bad field", 400

    def __init__(self, field: str, detail: str, *, allowed: list[str] | None = None) -> None:
        entry: dict[str, object] = {"field": field, "detail": detail}
        if allowed is not None:
            entry["allowed"] = allowed
        super().__init__(detail, errors=[entry])


class Body:
    """The JSON object that a request brought; no body at all is an empty one, and null is as good as no field.

    Raises UnsupportedMedia, TooLarge, Unreadable for what is no JSON object, and BadField for a name that is not among
    `allowed`. The readers raise BadField where the value is of another kind.
    """

    def __init__(self, values: dict[str, Any], allowed: Collection[str], *, within: str = "") -> None:
        self._within = within
        for name in values:
            if name not in allowed:
                known = sorted(allowed)
                sentence = f"There is no field `{printable(within + name)}` here. Those that there are: {', '.join(known)}."
                raise BadField(printable(within + name), sentence, allowed=known)
        self._values = {name: value for name, value in values.items() if value is not None}

    @classmethod
    def of(cls, request: Request, allowed: Collection[str]) -> "Body":
        """The body of `request`."""
        return cls(object_of(request), allowed)

    def text(self, name: str, *, limit: int) -> str:
        """The text without blanks around it; empty when it is absent."""
        value = self._values.get(name, "")
        if not isinstance(value, str):
            raise self._wrong(name, "text", value)
        if why := flaw(value):
            raise BadField(self._within + name, f"`{self._within}{name}` {why}.")
        if len(value) > limit:
            sentence = f"`{self._within}{name}` may have {limit:,} characters; {len(value):,} came."
            raise BadField(self._within + name, sentence)
        return value.strip()

    def choice(self, name: str, allowed: Collection[str]) -> str:
        """One of `allowed`, which has to be there."""
        value = self.text(name, limit=200)
        if value not in allowed:
            known = list(allowed)
            what = f"`{printable(value, 40)}`" if value else "nothing"
            sentence = f"`{self._within}{name}` needs one of {', '.join(known)}; {what} came."
            raise BadField(self._within + name, sentence, allowed=known)
        return value

    def time(self, name: str) -> datetime | None:
        """The moment in UTC; None when it is absent."""
        if name not in self._values:
            return None
        value = self._values[name]
        if not isinstance(value, str):
            raise self._wrong(name, "an RFC 3339 time such as `2026-03-31T17:05:00Z`", value)
        try:
            return parse_time(value)
        except Unreadable as error:
            raise BadField(self._within + name, f"`{self._within}{name}`: {error.detail}") from error

    def whole(self, name: str) -> int | None:
        """The whole number from 0 on; None when it is absent. JSON Schema takes 3.0 for one too."""
        value = self._values.get(name)
        if value is None:
            return None
        is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not is_whole or not 0 <= value <= LARGEST_WHOLE:
            raise self._wrong(name, f"a whole number from 0 to {LARGEST_WHOLE}", value)
        return int(value)

    def texts(self, name: str, *, at_most: int, like: re.Pattern[str], what: str) -> list[str] | None:
        """The list of one to `at_most` texts, each `what` and whole `like` the pattern; None when it is absent."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not 1 <= len(value) <= at_most:
            raise self._wrong(name, f"a list of 1 to {at_most:,} texts", value)
        for place, each in enumerate(value):
            if not isinstance(each, str) or not like.fullmatch(each):
                raise self._wrong(f"{name}[{place}]", what, each)
        return value

    def inner(self, name: str, allowed: Collection[str]) -> "Body | None":
        """The object in that field, read as strictly; None when it is absent."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self._wrong(name, "an object", value)
        return Body(value, allowed, within=f"{name}.")

    def _wrong(self, name: str, expected: str, value: object) -> BadField:
        came = f"`{printable(str(value), 40)}`" if isinstance(value, int | float | str) else _KINDS[type(value)]
        if isinstance(value, list) and expected.startswith("a list"):
            came = f"{len(value):,}"
        return BadField(self._within + name, f"`{self._within}{name}` needs {expected}; {came} came.")


def object_of(request: Request) -> dict[str, Any]:
    """The JSON object that a request brought. Raises UnsupportedMedia, TooLarge and Unreadable."""
    media = (request.content_type or "").partition(";")[0].strip().lower()
    if media and media != "application/json" and not media.endswith("+json") and _has_body(request):
        raise UnsupportedMedia(f"Send JSON with `Content-Type: application/json`; {printable(media, 80)} came.")
    try:
        raw = request._request.body  # noqa: SLF001 - DRF's own parsers give RecursionError, and forget how large it may be
    except RequestDataTooBig as error:
        raise TooLarge("The body is larger than any request here needs to be: 1 MiB.") from error
    if not raw.strip():
        return {}
    try:
        value = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"The body is no JSON: {printable(str(error))}.") from error
    if not isinstance(value, dict):
        raise Unreadable("The body has to be a JSON object.")
    return value


def _has_body(request: Request) -> bool:
    return bool(request.META.get("CONTENT_LENGTH") not in {None, "", "0"} or request.META.get("HTTP_TRANSFER_ENCODING"))


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")
