"""Is it alive, is it ready. Only the database makes it unready: without the broker the doors and the sweep go on."""

import redis
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.core.broker import broker
from apps.core.schema import schema
from apps.eventlog import log

RETRY_SECONDS = "2"


@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 as long as this process answers."""
    return JsonResponse({"status": "alive"})


@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when the database answers and has the tables that this code needs; says besides whether the broker answers, and
    since when the oldest message waits."""
    try:
        state = schema()
        if state.missing:
            return _not_ready("older schema", state.sentence)
        oldest = log.oldest_pending()
    except (DatabaseError, InterfaceError):
        return _not_ready("away", "The database does not answer.")
    age = max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else 0.0
    told: dict[str, object] = {
        "status": "ready",
        "database": "ok",
        "schema": state.word,
        "broker": _broker(),
        "pending_age_seconds": round(age, 3),
    }
    if state.sentence:
        told["detail"] = state.sentence
    return JsonResponse(told)


def _not_ready(database: str, detail: str) -> JsonResponse:
    told = {"status": "not ready", "database": database, "detail": detail}
    return JsonResponse(told, status=503, headers={"Retry-After": RETRY_SECONDS})


def _broker() -> str:
    try:
        broker().ping()
    except redis.RedisError:
        return "away"
    return "ok"
