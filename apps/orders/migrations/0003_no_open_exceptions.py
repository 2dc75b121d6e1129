"""How many exceptions of an order are open is counted when somebody asks: nothing reads `open_exceptions`, nor writes it any more.

The release before writes it still, beside this one while it is upgraded. So the column stays, with a default for whoever does
not know it; a later release drops it.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_unkept")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE orders_order ALTER COLUMN open_exceptions SET DEFAULT 0",
            "ALTER TABLE orders_order ALTER COLUMN open_exceptions DROP DEFAULT",
            state_operations=[migrations.RemoveField("orderrow", "open_exceptions")],
        ),
    ]
