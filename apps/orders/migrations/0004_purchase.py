"""What each order was placed for, by which orders placed twice are found. Orders of before are in it from the next message or
`rebuild` on.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0003_no_open_exceptions'),
    ]

    operations = [
        migrations.CreateModel(
            name='PurchaseRow',
            fields=[
                ('pk', models.CompositePrimaryKey('key', 'order_key', blank=True, editable=False, primary_key=True, serialize=False)),
                ('key', models.BinaryField(max_length=16)),
                ('order_key', models.BinaryField(max_length=16)),
            ],
            options={
                'db_table': 'orders_purchase',
                'indexes': [models.Index(fields=['order_key'], name='orders_purchase_order')],
            },
        ),
    ]
