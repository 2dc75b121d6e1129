"""Celery's doors onto the pipeline."""

from celery import shared_task

from apps.pipeline import worker


@shared_task(name="pipeline.drain", ignore_result=True, acks_late=False)
def drain() -> int:
    """Works the pending messages until none is due or this turn is over."""
    return worker.drain()
