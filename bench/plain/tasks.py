"""One task an event."""

from typing import Any

from celery import shared_task
from django.core.exceptions import ObjectDoesNotExist
from django.db import OperationalError, transaction

from bench.plain.handlers import handle
from bench.plain.models import Event

# A leg or shipment that the event before has not made yet, or a deadlock: soon again.
RETRIED = (ObjectDoesNotExist, OperationalError)


@shared_task(name="plain.process", autoretry_for=RETRIED, default_retry_delay=0.1, max_retries=50)
def process(event: dict[str, Any]) -> None:
    """Once for each (source, id)."""
    with transaction.atomic():
        row, is_new = Event.objects.get_or_create(
            source=event["source"],
            event_id=event["id"],
            defaults={"type": event["type"], "time": event["time"], "data": event["data"]},
        )
        if is_new:
            row.refresh_from_db(fields=["time"])
            handle(row)
