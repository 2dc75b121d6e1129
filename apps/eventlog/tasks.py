"""Celery's doors onto the log's upkeep; `settings.CELERY_BEAT_SCHEDULE` says how often."""

from celery import shared_task
from django.utils import timezone

from apps.eventlog import partitions, sealing


@shared_task(name="eventlog.seal", ignore_result=True)
def seal() -> None:
    """Seals what has been appended since the last run."""
    sealing.seal(now=timezone.now())


@shared_task(name="eventlog.make_partitions", ignore_result=True)
def make_partitions() -> None:
    """Makes the partitions of the months to come."""
    partitions.make_partitions(now=timezone.now())
