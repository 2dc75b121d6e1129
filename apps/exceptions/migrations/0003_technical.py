"""Cases that belong to no order are found by their index, which is made beside a table that is in use."""

from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("exceptions", "0002_subjects")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS exceptions_case_technical "
            "ON exceptions_case (code, opened_at) WHERE handle = ''",
            "DROP INDEX CONCURRENTLY IF EXISTS exceptions_case_technical",
            state_operations=[
                migrations.AddIndex(
                    "caserow",
                    models.Index(
                        fields=["code", "opened_at"], name="exceptions_case_technical", condition=models.Q(handle="")
                    ),
                ),
            ],
        ),
    ]
