"""Celery's door onto the deliveries."""

from celery import shared_task

from apps.delivery import worker


@shared_task(name="delivery.send", ignore_result=True, acks_late=False)
def send() -> int:
    """Sends what is due, for a turn."""
    return worker.send_for_a_turn()
