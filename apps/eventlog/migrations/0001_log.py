"""The log's tables. They have no models: every statement on them is set-based SQL in this room, and a model would let
Django's flush and ORM writes at tables that refuse both."""

from django.db import migrations

POSITION = "CREATE SEQUENCE eventlog_position AS bigint"

# Which (source, id) are in the log. Time partitions cannot keep a pair unique; this table can. Sixteen hash partitions
# keep its random inserts in small indexes.
KEY = """
CREATE TABLE eventlog_key (
    digest uuid PRIMARY KEY,
    content bytea NOT NULL,
    position bigint NOT NULL,
    received_at timestamptz NOT NULL
) PARTITION BY HASH (digest);
DO $$ BEGIN
    FOR remainder IN 0..15 LOOP
        EXECUTE format(
            'CREATE TABLE eventlog_key_%s PARTITION OF eventlog_key FOR VALUES WITH (MODULUS 16, REMAINDER %s)',
            lpad(remainder::text, 2, '0'), remainder
        );
    END LOOP;
END $$;
"""

# A message is looked for by its id alone, too: that is what a partner's engineer has in hand.
# `attributes` is json and not jsonb: it keeps the text that was hashed, and escapes that jsonb refuses. The indexes
# carry a hash of source and type, because both may be longer than an index entry can be.
MESSAGE = """
CREATE TABLE eventlog_message (
    position bigint NOT NULL,
    received_at timestamptz NOT NULL,
    heard_at timestamptz NOT NULL,
    time timestamptz,
    is_history boolean NOT NULL,
    source text NOT NULL,
    id text NOT NULL,
    type text NOT NULL,
    subject text,
    content_type text NOT NULL,
    attributes json NOT NULL,
    body bytea NOT NULL,
    digest bytea NOT NULL,
    credential text NOT NULL,
    door text NOT NULL,
    PRIMARY KEY (position, received_at)
) PARTITION BY RANGE (received_at);
CREATE INDEX eventlog_message_source ON eventlog_message (hashtextextended(source, 0), position);
CREATE INDEX eventlog_message_id ON eventlog_message (hashtextextended(id, 0));
CREATE INDEX eventlog_message_type ON eventlog_message (hashtextextended(type, 0), position);
CREATE TABLE eventlog_message_default PARTITION OF eventlog_message DEFAULT;
"""

# A pair that is in the log already, told again with other content. Its position is of the same sequence, so that
# messages and conflicts have one order.
CONFLICT = """
CREATE TABLE eventlog_conflict (
    position bigint PRIMARY KEY DEFAULT nextval('eventlog_position'),
    received_at timestamptz NOT NULL,
    heard_at timestamptz NOT NULL,
    time timestamptz,
    is_history boolean NOT NULL,
    source text NOT NULL,
    id text NOT NULL,
    type text NOT NULL,
    subject text,
    content_type text NOT NULL,
    attributes json NOT NULL,
    body bytea NOT NULL,
    digest bytea NOT NULL,
    credential text NOT NULL,
    door text NOT NULL,
    key_digest uuid NOT NULL,
    contradicts bigint NOT NULL,
    UNIQUE (key_digest, digest)
);
CREATE INDEX eventlog_conflict_source ON eventlog_conflict (hashtextextended(source, 0), position);
CREATE INDEX eventlog_conflict_id ON eventlog_conflict (hashtextextended(id, 0));
CREATE INDEX eventlog_conflict_type ON eventlog_conflict (hashtextextended(type, 0), position);
"""

# Two queues. `pending` is the pipeline's work, one row a message; `unsealed` is the sealer's, one row an append. Both
# churn, so they are vacuumed by count and not by share; truncating them would take a lock that stops every writer.
QUEUES = """
CREATE TABLE eventlog_pending (
    position bigint PRIMARY KEY,
    received_at timestamptz NOT NULL,
    not_before timestamptz,
    size_bytes integer NOT NULL,
    attempts smallint NOT NULL DEFAULT 0,
    reason text
) WITH (
    fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 50000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0, vacuum_truncate = false
);
CREATE TABLE eventlog_unsealed (
    first_position bigint PRIMARY KEY,
    positions bigint[] NOT NULL,
    leaves bytea NOT NULL,
    first_received_at timestamptz NOT NULL
) WITH (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0, vacuum_truncate = false
);
"""

BLOCK = """
CREATE TABLE eventlog_block (
    number bigint PRIMARY KEY,
    previous bytea NOT NULL,
    hash bytea NOT NULL UNIQUE,
    root bytea NOT NULL,
    count integer NOT NULL,
    first_position bigint NOT NULL,
    last_position bigint NOT NULL,
    positions int8multirange NOT NULL,
    leaves bytea NOT NULL,
    sealed_at timestamptz NOT NULL
);
"""

APPEND_ONLY = """
CREATE FUNCTION eventlog_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % refused: the log is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
DO $$
DECLARE guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['eventlog_message', 'eventlog_key', 'eventlog_conflict', 'eventlog_block'] LOOP
        EXECUTE format(
            'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION eventlog_refuse()', guarded
        );
    END LOOP;
    FOR guarded IN
        SELECT relname FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
            AND relname ~ '^eventlog_(message|key|conflict|block)'
    LOOP
        EXECUTE format(
            'CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION eventlog_refuse()', guarded
        );
    END LOOP;
END $$;
"""

# SECURITY DEFINER: the worker that keeps partitions ahead of time connects as the application, which owns no table.
# A partition is made beside the table and attached, which locks out nobody but the (empty) default partition's readers.
PARTITIONS = """
CREATE FUNCTION eventlog_make_partitions(starting date, months integer)
RETURNS TABLE (partition text, outcome text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '3s' AS $$
DECLARE
    month timestamp;
    lower_bound timestamptz;
    upper_bound timestamptz;
BEGIN
    IF months NOT BETWEEN 1 AND 36 THEN
        RAISE EXCEPTION 'expected 1 to 36 months, not %', months USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('eventlog_make_partitions', 0));
    FOR ahead IN 0..months - 1 LOOP
        month := date_trunc('month', starting::timestamp) + make_interval(months => ahead);
        lower_bound := month AT TIME ZONE 'UTC';
        upper_bound := (month + interval '1 month') AT TIME ZONE 'UTC';
        partition := 'eventlog_message_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass(partition) IS NOT NULL;
        IF EXISTS (SELECT FROM eventlog_message_default WHERE received_at >= lower_bound AND received_at < upper_bound) THEN
            outcome := 'in default';
        ELSE
            EXECUTE format('CREATE TABLE %I (LIKE eventlog_message INCLUDING ALL)', partition);
            EXECUTE format(
                'ALTER TABLE eventlog_message ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition, lower_bound, upper_bound
            );
            EXECUTE format(
                'CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION eventlog_refuse()', partition
            );
            IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'distsync_app') THEN
                EXECUTE format('REVOKE ALL ON %I FROM distsync_app', partition);
            END IF;
            outcome := 'made';
        END IF;
        RETURN NEXT;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION eventlog_make_partitions(date, integer) FROM PUBLIC;
SELECT eventlog_make_partitions(current_date, 4);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(POSITION, "DROP SEQUENCE eventlog_position"),
        migrations.RunSQL(KEY, "DROP TABLE eventlog_key"),
        migrations.RunSQL(MESSAGE, "DROP TABLE eventlog_message"),
        migrations.RunSQL(CONFLICT, "DROP TABLE eventlog_conflict"),
        migrations.RunSQL(QUEUES, "DROP TABLE eventlog_pending, eventlog_unsealed"),
        migrations.RunSQL(BLOCK, "DROP TABLE eventlog_block"),
        migrations.RunSQL(APPEND_ONLY, "DROP FUNCTION eventlog_refuse CASCADE"),
        migrations.RunSQL(PARTITIONS, "DROP FUNCTION eventlog_make_partitions"),
    ]
