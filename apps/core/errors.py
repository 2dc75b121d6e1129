"""The one hierarchy of errors. Each names the problem type (RFC 9457) that it becomes at a door."""

from typing import ClassVar


class DistSyncError(Exception):
    """Base of every error that we raise on purpose: says what was expected, what came, and what to do."""

    problem: ClassVar[str] = "about:blank"
    title: ClassVar[str] = "Error"
    status: ClassVar[int] = 500

    def __init__(self, detail: str, *, errors: list[dict[str, object]] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors or []


class Unreadable(DistSyncError):
    """Bytes that are not what the door speaks."""

    problem, title, status = "urn:distsync:problem:unreadable", "Unreadable", 400


class TooBroad(DistSyncError):
    """A question that more rows have to be looked at for than one answer may take: to be narrowed."""

    problem, title, status = "urn:distsync:problem:too-broad", "Too broad", 400


class Unauthenticated(DistSyncError):
    """No credential, or one that we do not know."""

    problem, title, status = "urn:distsync:problem:unauthenticated", "Not authenticated", 401


class Forbidden(DistSyncError):
    """A known caller that may see this, and not do that."""

    problem, title, status = "urn:distsync:problem:forbidden", "Forbidden", 403


class NotFound(DistSyncError):
    """Nothing there, or nothing that the caller may see."""

    problem, title, status = "urn:distsync:problem:not-found", "Not found", 404


class Conflict(DistSyncError):
    """The caller's picture is not the current one, or a name fits more than one thing."""

    problem, title, status = "urn:distsync:problem:conflict", "Conflict", 409


class TooLarge(DistSyncError):
    """A body or a batch over the limit."""

    problem, title, status = "urn:distsync:problem:too-large", "Too large", 413


class UnsupportedMedia(DistSyncError):
    """A content type or encoding that the door does not speak."""

    problem, title, status = "urn:distsync:problem:unsupported-media-type", "Unsupported media type", 415


class TooMany(DistSyncError):
    """Over the caller's rate. `retry_after_seconds` says when to come again."""

    problem, title, status = "urn:distsync:problem:too-many-requests", "Too many requests", 429

    def __init__(self, detail: str, *, retry_after_seconds: int) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(DistSyncError):
    """We cannot take it now. `retry_after_seconds` says when to come again."""

    problem, title, status = "urn:distsync:problem:unavailable", "Unavailable", 503

    def __init__(self, detail: str, *, retry_after_seconds: int) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds
