"""What the doors refused: exact counts, and a few of the newest samples for show. The log never saw these."""

from typing import ClassVar

from django.db import models


class Rejection(models.Model):
    """One refused item. Only the newest few of each credential and code are kept."""

    credential = models.TextField()
    door = models.TextField()
    code = models.TextField()
    reason = models.TextField()
    event_id = models.TextField(null=True, blank=True)
    sample = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["credential", "code", "-id"], name="rejection_newest_of_code")]

    def __str__(self) -> str:
        return f"{self.credential}: {self.reason}"


class RejectionCount(models.Model):
    """How many items of a credential were refused for a reason on a day (UTC)."""

    credential = models.TextField()
    day = models.DateField()
    code = models.TextField()
    count = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["credential", "day", "code"], name="rejection_count_key")]

    def __str__(self) -> str:
        return f"{self.credential} {self.day} {self.code}: {self.count}"
