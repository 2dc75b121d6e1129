"""What accounts leave behind and nobody needs any more."""

from datetime import datetime

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session


def forget_what_is_over(now: datetime) -> tuple[int, int]:
    """Deletes sessions that have ended and failed logins older than the cool-off; how many of each."""
    sessions, _ = Session.objects.filter(expire_date__lte=now).delete()
    attempts, _ = AccessAttempt.objects.filter(attempt_time__lte=now - settings.AXES_COOLOFF_TIME).delete()
    return sessions, attempts
