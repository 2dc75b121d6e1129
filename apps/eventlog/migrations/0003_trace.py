"""The trace that a message's append belongs to, kept with its pending row: the worker goes on with it. A NULL, which costs
nothing, wherever nobody records."""

from django.db import migrations

COLUMN = "ALTER TABLE eventlog_pending ADD COLUMN trace text"

# Beside the function of before, which takes one argument less: the code of before goes on calling that one. A later release
# may drop it.
APPEND = """
CREATE FUNCTION eventlog_append(
    received_at timestamptz, keys uuid[], leaves bytea[], sizes_bytes integer[], heard_ats timestamptz[], times timestamptz[],
    are_history boolean[], sources text[], ids text[], types text[], subjects text[], content_types text[], attributes text[],
    bodies bytea[], digests bytea[], credentials text[], doors text[], trace text,
    OUT taken bigint[], OUT conflicts bigint
) LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    _received_at CONSTANT timestamptz := received_at;
    _trace CONSTANT text := trace;
    _places CONSTANT bigint[] := ARRAY(SELECT nextval('eventlog_position') FROM generate_series(1, cardinality(keys)));
    _all_new boolean;
BEGIN
    WITH inserted AS (
        INSERT INTO eventlog_key (digest, content, position, received_at)
        SELECT item.key, item.content, item.place, _received_at
        FROM unnest(keys, digests, _places) AS item (key, content, place)
        ORDER BY item.key, item.place
        ON CONFLICT (digest) DO NOTHING
        RETURNING eventlog_key.position AS place
    )
    SELECT coalesce(array_agg(inserted.place ORDER BY inserted.place), '{}') INTO taken FROM inserted;
    conflicts := 0;
    _all_new := cardinality(taken) = cardinality(keys);

    IF taken <> '{}' THEN
        INSERT INTO eventlog_message (
            position, received_at, heard_at, time, is_history, source, id, type, subject, content_type, attributes, body,
            digest, credential, door
        )
        SELECT item.place, _received_at, item.heard_at, item.time, item.is_history, item.source, item.id, item.type,
            item.subject, item.content_type, item.attributes::json, item.body, item.digest, item.credential, item.door
        FROM unnest(
            _places, heard_ats, times, are_history, sources, ids, types, subjects, content_types, attributes, bodies, digests,
            credentials, doors
        ) AS item (
            place, heard_at, time, is_history, source, id, type, subject, content_type, attributes, body, digest, credential, door
        )
        WHERE _all_new OR item.place = ANY (taken);
        INSERT INTO eventlog_pending (position, received_at, size_bytes, trace)
        SELECT item.place, _received_at, item.size_bytes, _trace FROM unnest(_places, sizes_bytes) AS item (place, size_bytes)
        WHERE _all_new OR item.place = ANY (taken);
        INSERT INTO eventlog_unsealed (first_position, positions, leaves, first_received_at)
        SELECT taken[1], taken, string_agg(item.leaf, '' ORDER BY item.place), _received_at
        FROM unnest(_places, leaves) AS item (place, leaf)
        WHERE _all_new OR item.place = ANY (taken);
    END IF;

    IF NOT _all_new THEN
        WITH contradicting AS (
            SELECT item.*, in_force.position AS contradicts
            FROM unnest(
                _places, keys, heard_ats, times, are_history, sources, ids, types, subjects, content_types, attributes, bodies,
                digests, credentials, doors
            ) AS item (
                place, key, heard_at, time, is_history, source, id, type, subject, content_type, attributes, body, digest,
                credential, door
            )
            JOIN eventlog_key AS in_force ON in_force.digest = item.key AND in_force.content <> item.digest
            WHERE NOT item.place = ANY (taken)
        ), kept AS (
            INSERT INTO eventlog_conflict (
                position, key_digest, contradicts, received_at, heard_at, time, is_history, source, id, type, subject,
                content_type, attributes, body, digest, credential, door
            )
            SELECT place, key, contradicts, _received_at, heard_at, time, is_history, source, id, type, subject, content_type,
                attributes::json, body, digest, credential, door
            FROM contradicting ORDER BY key, digest, place
            ON CONFLICT (key_digest, digest) DO NOTHING
        )
        SELECT count(*) INTO conflicts FROM contradicting;
    END IF;
END $$;
"""
DROP = """
DROP FUNCTION eventlog_append(
    timestamptz, uuid[], bytea[], integer[], timestamptz[], timestamptz[], boolean[], text[], text[], text[], text[], text[],
    text[], bytea[], bytea[], text[], text[], text
)
"""


class Migration(migrations.Migration):
    dependencies = [("eventlog", "0002_append")]
    operations = [
        migrations.RunSQL(COLUMN, "ALTER TABLE eventlog_pending DROP COLUMN trace"),
        migrations.RunSQL(APPEND, DROP),
    ]
