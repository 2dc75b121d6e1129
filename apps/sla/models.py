"""The tables of the sla room, which are derived: each order's clocks, and what was sent of its stop milestones besides."""

from django.db import models
from django.db.models.functions import Greatest


class ClockRow(models.Model):
    """One clock (`apps.sla.clocks.Clock`). `fires_at` is when it is next to be looked at: its due time while it runs and
    that is to come, else null."""

    pk = models.CompositePrimaryKey("order_key", "measure", "scheme", "value", "issuer")
    order_key = models.BinaryField(max_length=16)
    measure = models.TextField()
    scheme = models.TextField()
    value = models.TextField()
    issuer = models.TextField()  # empty: nobody who owns the identifier has spoken
    commitment = models.TextField()
    basis = models.TextField()
    partner = models.TextField(null=True)
    site = models.TextField(null=True)
    started_at = models.DateTimeField()
    started_heard_at = models.DateTimeField()
    due_at = models.DateTimeField()
    warn_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    stopped_heard_at = models.DateTimeField(null=True)
    void = models.TextField()
    void_heard_at = models.DateTimeField(null=True)
    is_said = models.BooleanField()
    fires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sla_clock"
        indexes = [
            models.Index(fields=["fires_at"], name="sla_clock_fires", condition=models.Q(fires_at__isnull=False)),
            models.Index(
                fields=["measure", "due_at"],
                name="sla_clock_running",
                condition=models.Q(stopped_heard_at__isnull=True, void=""),
            ),
            models.Index(
                fields=["warn_at", "due_at", "order_key"],
                name="sla_clock_warned",
                condition=models.Q(stopped_heard_at__isnull=True, void=""),
            ),
            models.Index(fields=["measure", "partner"], name="sla_clock_said", condition=models.Q(is_said=True)),
            # When a running clock is to be warned of: at its warning, or when it was heard of, if that was later.
            models.Index(
                Greatest("warn_at", "started_heard_at"),
                name="sla_clock_warns",
                condition=models.Q(fires_at__isnull=False),
            ),
        ]


class SentRow(models.Model):
    """That `sender` (a partner, or empty for any source) has sent the stop milestone of `measure` for an order, where no clock
    of the order says so (`apps.sla.sent`)."""

    pk = models.CompositePrimaryKey("order_key", "measure", "sender")
    order_key = models.BinaryField(max_length=16)
    measure = models.TextField()
    sender = models.TextField()

    class Meta:
        db_table = "sla_sent"
        indexes = [models.Index(fields=["measure", "sender"], name="sla_sent_by")]
