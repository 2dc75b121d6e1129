"""Celery's door onto bulk jobs."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from apps.exceptions import jobs


@shared_task(name="exceptions.job", ignore_result=True, acks_late=False)
def job(number: str) -> None:
    """Works a job for a turn."""
    jobs.work_for_a_turn(UUID(number), timezone.now)
