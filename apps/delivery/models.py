"""Tables of the delivery room. None is derived from the log: they keep what people were told, which a rebuild must not tell
them again. What is told of comes from the log all the same (`apps.delivery.sources`)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class PreferenceRow(models.Model):
    """What a person (`person:ada`) or a team (`team:finance`) wants to be told, and how. Minutes are those of the local day in
    `zone`. `sealed_secret` is that of the webhook, encrypted; it is shown once, when it is made."""

    recipient = models.TextField(primary_key=True)
    inbox_kinds = ArrayField(models.TextField(), default=list)
    email_kinds = ArrayField(models.TextField(), default=list)
    webhook_kinds = ArrayField(models.TextField(), default=list)
    email = models.TextField(default="")
    webhook_url = models.TextField(default="")
    sealed_secret = models.TextField(default="")
    digest = models.TextField()
    digest_minute = models.SmallIntegerField()
    quiet_from_minute = models.SmallIntegerField(null=True)
    quiet_until_minute = models.SmallIntegerField(null=True)
    zone = models.TextField(default="")

    class Meta:
        db_table = "delivery_preference"


class EventRow(models.Model):
    """That something was told of (or that there was nobody to tell), so that no sweep looks at it twice."""

    pk = models.CompositePrimaryKey("kind", "subject")
    kind = models.TextField()
    subject = models.TextField()
    told_at = models.DateTimeField()

    class Meta:
        db_table = "delivery_event"
        indexes = [models.Index(fields=["told_at"], name="delivery_event_told")]


class NotificationRow(models.Model):
    """One thing told to one recipient. `id` is a digest of kind, subject, recipient and moment. `partner`: whose case it is
    about, for readers who may see that partner's alone. `due_at`: of the promise that is about to be missed."""

    id = models.BinaryField(primary_key=True, max_length=16)
    recipient = models.TextField()
    kind = models.TextField()
    at = models.DateTimeField()
    told_at = models.DateTimeField()
    title = models.TextField()
    text = models.TextField()
    path = models.TextField()
    partner = models.TextField(null=True)
    due_at = models.DateTimeField(null=True)
    in_inbox = models.BooleanField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "delivery_notification"
        indexes = [
            models.Index(fields=["recipient", "at", "id"], name="delivery_inbox", condition=Q(in_inbox=True)),
            models.Index(fields=["recipient"], name="delivery_unread", condition=Q(in_inbox=True, read_at__isnull=True)),
            models.Index(fields=["told_at"], name="delivery_told"),
        ]


class ItemRow(models.Model):
    """A notification that is to leave by a channel once it is due. `delivery`: with which it left, or is to."""

    pk = models.CompositePrimaryKey("notification", "channel")
    notification = models.BinaryField(max_length=16)
    channel = models.TextField()
    recipient = models.TextField()
    due_at = models.DateTimeField()
    delivery = models.UUIDField(null=True)

    class Meta:
        db_table = "delivery_item"
        indexes = [
            models.Index(fields=["due_at"], name="delivery_item_due", condition=Q(delivery__isnull=True)),
            models.Index(fields=["delivery"], name="delivery_item_delivery", condition=Q(delivery__isnull=False)),
        ]


class DeliveryRow(models.Model):
    """One e-mail or one call of a webhook. `state` is waiting, sent or given_up. After `lease_until` whoever was sending it is
    taken for dead. `answer` is what the other side said last, or why nothing was sent."""

    id = models.UUIDField(primary_key=True)
    recipient = models.TextField()
    channel = models.TextField()
    address = models.TextField()
    count = models.IntegerField()
    state = models.TextField()
    attempts = models.IntegerField()
    created_at = models.DateTimeField()
    next_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    answer = models.TextField()

    class Meta:
        db_table = "delivery_delivery"
        indexes = [
            models.Index(fields=["next_at"], name="delivery_delivery_waiting", condition=Q(state="waiting")),
            models.Index(fields=["created_at", "id"], name="delivery_delivery_listed"),
            models.Index(fields=["state", "created_at", "id"], name="delivery_delivery_state"),
        ]
