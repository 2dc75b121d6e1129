"""How much of a source is quarantined is counted on the pipeline page. The index carries a hash, since a source may be
longer than an index entry can be."""

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("pipeline", "0002_telemetry")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS pipeline_quarantine_source "
            "ON pipeline_quarantine (hashtextextended(source, 0), position)",
            "DROP INDEX CONCURRENTLY IF EXISTS pipeline_quarantine_source",
        )
    ]
