"""Is it alive, is it ready. Only the database makes it unready: without the broker the doors and the sweep go on."""

import redis
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.core.broker import broker
from apps.eventlog import log


@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 as long as this process answers."""
    return JsonResponse({"status": "alive"})


@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when the database answers; says besides whether the broker does, and since when the oldest message waits."""
    try:
        oldest = log.oldest_pending()
    except DatabaseError:
        return JsonResponse({"status": "not ready", "database": "away"}, status=503, headers={"Retry-After": "2"})
    age = max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else 0.0
    return JsonResponse({"status": "ready", "database": "ok", "broker": _broker(), "pending_age_seconds": round(age, 3)})


def _broker() -> str:
    try:
        broker().ping()
    except redis.RedisError:
        return "away"
    return "ok"
