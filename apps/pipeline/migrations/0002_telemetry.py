"""What the pipeline measures of itself, and the sum of histograms (arrays, bucket by bucket) for its roll-up."""

import django.contrib.postgres.fields
from django.db import migrations, models

# Arrays may differ in length: what the shorter one lacks is 0.
MERGE = """
CREATE FUNCTION pipeline_add(one bigint[], other bigint[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(coalesce(a, 0) + coalesce(b, 0) ORDER BY place), '{}')
    FROM unnest(one, other) WITH ORDINALITY AS pair (a, b, place)
$$;
CREATE AGGREGATE pipeline_merge(bigint[]) (sfunc = pipeline_add, stype = bigint[], initcond = '{}');
"""
UNMERGE = "DROP AGGREGATE pipeline_merge(bigint[]); DROP FUNCTION pipeline_add(bigint[], bigint[])"
# The rows of the current minute are updated every few seconds: room in the page, so that no index has to follow.
ROOM = """
ALTER TABLE pipeline_source_tally SET (fillfactor = 60);
ALTER TABLE pipeline_worker_tally SET (fillfactor = 60);
ALTER TABLE pipeline_backlog SET (fillfactor = 60);
ALTER TABLE pipeline_worker SET (fillfactor = 60);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('pipeline', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='BacklogRow',
            fields=[
                ('pk', models.CompositePrimaryKey('step_seconds', 'starts_at', blank=True, editable=False, primary_key=True, serialize=False)),
                ('step_seconds', models.IntegerField()),
                ('starts_at', models.DateTimeField()),
                ('most_pending', models.BigIntegerField()),
                ('last_pending', models.BigIntegerField()),
                ('oldest_seconds', models.FloatField()),
                ('sampled_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'pipeline_backlog',
            },
        ),
        migrations.CreateModel(
            name='SourceTallyRow',
            fields=[
                ('pk', models.CompositePrimaryKey('step_seconds', 'starts_at', 'source', 'credential', blank=True, editable=False, primary_key=True, serialize=False)),
                ('step_seconds', models.IntegerField()),
                ('starts_at', models.DateTimeField()),
                ('source', models.TextField()),
                ('credential', models.TextField()),
                ('accepted', models.BigIntegerField()),
                ('duplicates', models.BigIntegerField()),
                ('conflicts', models.BigIntegerField()),
                ('rejected', models.BigIntegerField()),
                ('worked', models.BigIntegerField()),
                ('quarantined', models.BigIntegerField()),
                ('freshness', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
            options={
                'db_table': 'pipeline_source_tally',
            },
        ),
        migrations.CreateModel(
            name='WorkerRow',
            fields=[
                ('name', models.TextField(primary_key=True, serialize=False)),
                ('started_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
                ('worked_at', models.DateTimeField(null=True)),
                ('stopped_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'pipeline_worker',
            },
        ),
        migrations.CreateModel(
            name='WorkerTallyRow',
            fields=[
                ('pk', models.CompositePrimaryKey('step_seconds', 'starts_at', 'worker', blank=True, editable=False, primary_key=True, serialize=False)),
                ('step_seconds', models.IntegerField()),
                ('starts_at', models.DateTimeField()),
                ('worker', models.TextField()),
                ('batches', models.BigIntegerField()),
                ('worked', models.BigIntegerField()),
                ('quarantined', models.BigIntegerField()),
                ('busy_seconds', models.FloatField()),
                ('freshness', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('batch_seconds', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
            options={
                'db_table': 'pipeline_worker_tally',
            },
        ),
        migrations.RunSQL(MERGE, UNMERGE),
        migrations.RunSQL(ROOM, migrations.RunSQL.noop),
    ]
