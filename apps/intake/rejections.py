"""Counts refused items and keeps a few samples of them, so that nothing is dropped in silence."""

import logging
from collections import Counter
from collections.abc import Sequence

from django.db import DatabaseError, connection, transaction

from apps.intake.envelope import Arrival, Rejection

SAMPLES_KEPT = 20
logger = logging.getLogger(__name__)

_COUNT = """
INSERT INTO intake_rejectioncount (credential, day, code, count)
SELECT %s, %s, code, count FROM unnest(%s::text[], %s::bigint[]) AS refused (code, count) ORDER BY code
ON CONFLICT (credential, day, code) DO UPDATE SET count = intake_rejectioncount.count + excluded.count
"""
_KEEP = """
INSERT INTO intake_rejection (credential, door, code, reason, event_id, sample, received_at)
SELECT %s, %s, code, reason, event_id, sample, %s
FROM unnest(%s::text[], %s::text[], %s::text[], %s::bytea[]) AS refused (code, reason, event_id, sample)
"""
_FORGET = """
DELETE FROM intake_rejection USING (
    SELECT id, row_number() OVER (PARTITION BY code ORDER BY id DESC) AS age
    FROM intake_rejection WHERE credential = %s AND code = ANY(%s)
) AS aged
WHERE intake_rejection.id = aged.id AND aged.age > %s
"""


def record(rejections: Sequence[Rejection], arrival: Arrival) -> None:
    """Count them all and keep the first few of each code. Never fails: the sender has its answer either way."""
    if not rejections:
        return
    counts = Counter(rejection.code for rejection in rejections)
    samples = _first_of_each_code(rejections)
    codes = sorted(counts)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '1s'")
            day = arrival.now.date()
            cursor.execute(_COUNT, (arrival.credential, day, codes, [counts[code] for code in codes]))
            cursor.execute(_KEEP, (arrival.credential, arrival.door, arrival.now, *_columns(samples)))
            cursor.execute(_FORGET, (arrival.credential, codes, SAMPLES_KEPT))
    except DatabaseError:
        logger.warning("%d refused items of %s could not be counted.", len(rejections), arrival.credential, exc_info=True)


def _first_of_each_code(rejections: Sequence[Rejection]) -> list[Rejection]:
    taken: Counter[str] = Counter()
    kept = []
    for rejection in rejections:
        if taken[rejection.code] < SAMPLES_KEPT:
            taken[rejection.code] += 1
            kept.append(rejection)
    return kept


def _columns(samples: Sequence[Rejection]) -> tuple[list[str], list[str], list[str | None], list[bytes]]:
    return (
        [sample.code for sample in samples],
        [sample.reason for sample in samples],
        [sample.id for sample in samples],
        [sample.sample for sample in samples],
    )
