"""What the application's role may do with the log: add and read. Asserted after every migrate, because the role may be
made later than the tables, and because default privileges may have given it more.
"""

from typing import Any

from django.db import connections

APP_ROLE = "distsync_app"

_ASSERT = """
DO $$
DECLARE name text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'distsync_app') THEN RETURN; END IF;
    FOR name IN
        SELECT relname FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND relname ~ '^eventlog_'
    LOOP
        EXECUTE format('REVOKE ALL ON %I FROM distsync_app', name);
    END LOOP;
    GRANT SELECT, INSERT ON eventlog_message, eventlog_key, eventlog_conflict, eventlog_block TO distsync_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON eventlog_pending TO distsync_app;
    GRANT SELECT, INSERT, DELETE ON eventlog_unsealed TO distsync_app;
    REVOKE ALL ON SEQUENCE eventlog_position FROM distsync_app;
    GRANT USAGE, SELECT ON SEQUENCE eventlog_position TO distsync_app;
    GRANT EXECUTE ON FUNCTION eventlog_make_partitions(date, integer) TO distsync_app;
END $$;
"""


def assert_privileges(*, using: str = "default", **_signal: Any) -> None:
    """Give the application's role what it needs of the log and take the rest; nothing where role or tables are absent."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regclass('eventlog_message') IS NOT NULL")
        if cursor.fetchone() == (True,):
            cursor.execute(_ASSERT)
