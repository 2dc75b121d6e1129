"""The list of all cases begins with the last opened."""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("exceptions", "0002_job")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS exceptions_case_opened ON exceptions_case (opened_at, id)",
            "DROP INDEX CONCURRENTLY IF EXISTS exceptions_case_opened",
            state_operations=[
                migrations.AddIndex("caserow", models.Index(fields=["opened_at", "id"], name="exceptions_case_opened"))
            ],
        ),
    ]
