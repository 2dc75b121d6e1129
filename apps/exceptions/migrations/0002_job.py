"""Acts on many cases, worked in the background."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exceptions', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='JobRow',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('who', models.TextField()),
                ('wish', models.JSONField()),
                ('filter', models.JSONField(null=True)),
                ('visible_partner', models.TextField(null=True)),
                ('numbers', django.contrib.postgres.fields.ArrayField(base_field=models.BinaryField(max_length=16), null=True, size=None)),
                ('created_at', models.DateTimeField()),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('lease_until', models.DateTimeField()),
                ('total', models.IntegerField()),
                ('done', models.IntegerField()),
                ('succeeded', models.IntegerField()),
                ('failed', models.IntegerField()),
                ('results', models.JSONField()),
                ('problem', models.TextField()),
            ],
            options={
                'db_table': 'exceptions_job',
            },
        ),
        migrations.AddIndex(
            model_name='jobrow',
            index=models.Index(condition=models.Q(('finished_at__isnull', True)), fields=['lease_until'], name='exceptions_job_waiting'),
        ),
        migrations.AddIndex(
            model_name='jobrow',
            index=models.Index(condition=models.Q(('finished_at__isnull', False)), fields=['finished_at'], name='exceptions_job_finished'),
        ),
    ]
