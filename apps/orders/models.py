"""Tables of the orders room. All of them are derived: `manage.py rebuild` makes them again from the log, row for row.

Keys are digests of content, so that the same facts give the same rows in whatever order they came.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper


class BundleRow(models.Model):
    """A set of identifiers that events name together, and the orders that it leads to."""

    digest = models.BinaryField(primary_key=True, max_length=16)
    content = models.BinaryField()
    state = models.SmallIntegerField()
    order_keys = ArrayField(models.BinaryField(max_length=16))
    reason = models.TextField(blank=True, default="")

    class Meta:
        db_table = "orders_bundle"


class MentionRow(models.Model):
    """Which bundles name an identifier (`key` is a digest of scheme and value)."""

    pk = models.CompositePrimaryKey("key", "digest")
    key = models.BinaryField(max_length=16)
    digest = models.BinaryField(max_length=16)

    class Meta:
        db_table = "orders_mention"


class FactRow(models.Model):
    """A fact under the order that it belongs to, or, while it belongs to none, under its bundle (`state` tells).

    `payload` holds the stamp and the fact (msgpack); `heard_at` and `name` stand beside it for lists.
    """

    pk = models.CompositePrimaryKey("order_key", "position")
    order_key = models.BinaryField(max_length=16)
    position = models.BigIntegerField()
    bundle = models.BinaryField(max_length=16)
    state = models.SmallIntegerField()
    name = models.TextField()
    payload = models.BinaryField()

    class Meta:
        db_table = "orders_fact"
        indexes = [
            models.Index(fields=["position"], name="orders_fact_position"),
            models.Index(fields=["state", "-position"], name="orders_fact_parked", condition=models.Q(state__gt=0)),
        ]


class ConflictRow(models.Model):
    """One order's claim to an identifier that another order claims too."""

    pk = models.CompositePrimaryKey("order_key", "identifier")
    order_key = models.BinaryField(max_length=16)
    identifier = models.BinaryField(max_length=16)
    mention = models.BinaryField(max_length=16)
    content = models.BinaryField()

    class Meta:
        db_table = "orders_conflict"
        indexes = [models.Index(fields=["mention"], name="orders_conflict_mention")]


class PurchaseRow(models.Model):
    """What an order was placed for: `key` is a digest of customer, PO and lines, by which orders placed twice are found."""

    pk = models.CompositePrimaryKey("key", "order_key")
    key = models.BinaryField(max_length=16)
    order_key = models.BinaryField(max_length=16)

    class Meta:
        db_table = "orders_purchase"
        indexes = [models.Index(fields=["order_key"], name="orders_purchase_order")]


class OrderRow(models.Model):
    """One order: what lists filter and sort by, and the whole folded state (msgpack of `OrderState`)."""

    key = models.BinaryField(primary_key=True, max_length=16)
    handle = models.TextField(unique=True)
    order = models.TextField()
    issuer = models.TextField(null=True)
    status = models.TextField()
    overlays = ArrayField(models.TextField())
    money = models.TextField()
    customer_id = models.TextField(null=True)
    customer_name = models.TextField(null=True)
    region = models.TextField(null=True)
    channel = models.TextField(null=True)
    currency = models.TextField(null=True)
    value = models.DecimalField(null=True, max_digits=40, decimal_places=6)
    promised_date = models.TextField(null=True)
    promised_until = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    is_closed = models.BooleanField()
    placed_at = models.DateTimeField(null=True)
    last_heard_at = models.DateTimeField(null=True)
    partners = ArrayField(models.TextField())
    fact_count = models.IntegerField()
    state = models.BinaryField()
    revision = models.BinaryField(max_length=16)

    class Meta:
        db_table = "orders_order"
        indexes = [
            models.Index(fields=["order"], name="orders_order_number"),
            models.Index(fields=["last_heard_at", "key"], name="orders_order_heard"),
            models.Index(fields=["status", "last_heard_at", "key"], name="orders_order_status"),
            models.Index(fields=["region", "last_heard_at", "key"], name="orders_order_region"),
            # Orders that are late, or will be when their promise passes: what is delivered in time has left it.
            models.Index(
                fields=["last_heard_at", "key"],
                name="orders_order_unkept",
                condition=Q(is_closed=False) & (Q(completed_at=None) | Q(completed_at__gt=F("promised_until"))),
            ),
            GinIndex(fields=["partners"], name="orders_order_partners", fastupdate=True),
        ]


class IdentifierRow(models.Model):
    """Everything that a person may type to find an order: identifiers, POs, the customer's name."""

    pk = models.CompositePrimaryKey("order_key", "scheme", "value")
    order_key = models.BinaryField(max_length=16)
    scheme = models.TextField()
    value = models.TextField()

    class Meta:
        db_table = "orders_identifier"
        indexes = [
            models.Index(OpClass(Upper("value"), name="text_pattern_ops"), name="orders_identifier_prefix"),
            GinIndex(OpClass(Upper("value"), name="gin_trgm_ops"), name="orders_identifier_similar"),
        ]
