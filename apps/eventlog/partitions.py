"""Keeps a partition ready for the months to come. The database function (migration 0001) runs as the tables' owner."""

from datetime import datetime

import structlog

from apps.core.sql import fetch

MONTHS_AHEAD = 3  # beside the current one: time to notice an upkeep that has stopped

logger = structlog.get_logger(__name__)


def make_partitions(*, now: datetime) -> list[str]:
    """Make the partitions of this month and the next ones that are missing; their names.

    A month of which the default partition holds messages already keeps them there, and that is logged: nothing is lost,
    its reads are slower. Raises OperationalError when a lock is not free within 3 seconds; the next run tries again.
    """
    outcomes = fetch("SELECT partition, outcome FROM eventlog_make_partitions(%s::date, %s)", (now.date(), MONTHS_AHEAD + 1))
    for partition, outcome in outcomes:
        if outcome != "made":
            logger.warning("month_stays_in_default_partition", partition=partition)
    return [partition for partition, outcome in outcomes if outcome == "made"]
