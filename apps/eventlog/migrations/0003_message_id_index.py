"""A message is looked for by its id alone, too: that is what a partner's engineer has in hand."""

from django.db import migrations

INDEX = """
CREATE INDEX eventlog_message_id ON eventlog_message (hashtextextended(id, 0));
CREATE INDEX eventlog_conflict_id ON eventlog_conflict (hashtextextended(id, 0));
"""


class Migration(migrations.Migration):
    dependencies = [("eventlog", "0002_append")]
    operations = [migrations.RunSQL(INDEX, "DROP INDEX eventlog_message_id, eventlog_conflict_id")]
