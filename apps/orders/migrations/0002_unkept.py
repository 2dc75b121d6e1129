"""Late orders are listed by an index in the list's own order: without it, a list of few late ones read every order.

The index that Django adds for LIKE on a unique text goes: nobody asks so for a handle, and each fold of an order wrote it.
"""

from django.db import migrations, models
from django.db.models import F, Q

UNKEPT = models.Index(
    fields=["last_heard_at", "key"],
    name="orders_order_unkept",
    condition=Q(is_closed=False) & (Q(completed_at=None) | Q(completed_at__gt=F("promised_until"))),
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_order_unkept ON orders_order (last_heard_at, key) "
            "WHERE NOT is_closed AND (completed_at IS NULL OR completed_at > promised_until)",
            "DROP INDEX CONCURRENTLY IF EXISTS orders_order_unkept",
            state_operations=[migrations.AddIndex("orderrow", UNKEPT)],
        ),
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS orders_order_promise",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_order_promise ON orders_order (promised_until) WHERE NOT is_closed",
            state_operations=[migrations.RemoveIndex("orderrow", "orders_order_promise")],
        ),
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS orders_order_handle_27eb203f_like",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_order_handle_27eb203f_like ON orders_order (handle text_pattern_ops)",
        ),
    ]
