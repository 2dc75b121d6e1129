"""The sandbox speaks to DistSync as any source does: CloudEvents over HTTP, one batch a request."""

import http.client
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from apps.core.errors import DistSyncError

TIMEOUT_SECONDS = 30.0
_BUSY = {http.HTTPStatus.TOO_MANY_REQUESTS, http.HTTPStatus.SERVICE_UNAVAILABLE}


class AwayError(DistSyncError):
    """Nobody took the batch just now. `retry_after_seconds` is the server's wish, None where it had none."""

    def __init__(self, detail: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class NotTakenError(DistSyncError):
    """The batch was refused, and sending it again will not help."""


@dataclass(frozen=True, slots=True)
class Taken:
    accepted: int
    duplicates: int
    conflicts: int
    rejected: int


class Client:
    """A connection for each batch: between two of them a server may have closed the last one."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._host = host
        self._port = port

    def send(self, events: Sequence[dict[str, Any]], token: str) -> Taken:
        """Durable when it returns. Raises AwayError (try later) or NotTakenError."""
        status, headers, body = self._post(msgspec.json.encode(events), token)
        if status == http.HTTPStatus.ACCEPTED:
            told = json.loads(body)
            return Taken(told["accepted"], told["duplicates"], told["conflicts"], len(told["rejected"]))
        said = body[:300].decode(errors="replace")
        if status in _BUSY or status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
            wish = headers.get("Retry-After", "")
            raise AwayError(f"DistSync answered {status}", float(wish) if wish.isdecimal() else None)
        raise NotTakenError(f"DistSync answered {status} to the sample's messages: {said}")

    def _post(self, body: bytes, token: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        headers = {"Content-Type": "application/cloudevents-batch+json", "Authorization": f"Bearer {token}"}
        connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("POST", "/api/v1/events", body, headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        except (OSError, http.client.HTTPException) as error:
            raise AwayError(f"DistSync does not answer ({type(error).__name__})") from error
        finally:
            connection.close()
