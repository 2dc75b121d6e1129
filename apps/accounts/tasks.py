"""Celery's door onto the upkeep of accounts; `settings.CELERY_BEAT_SCHEDULE` says how often."""

from celery import shared_task
from django.utils import timezone

from apps.accounts.upkeep import forget_what_is_over


@shared_task(name="accounts.forget_what_is_over", ignore_result=True)
def forget() -> None:
    """Sessions that have ended, and failed logins that no longer count."""
    forget_what_is_over(timezone.now())
