"""A timeline's rows as the API tells them."""

from apps.api.values import Json, time
from apps.orders.timeline import TimelineRow


def timeline_row(row: TimelineRow) -> Json:
    """One thing that was told, or must have been; `message` leads to the raw message."""
    message = None if row.message is None else {"source": row.source, "id": row.message, "key": str(row.position)}
    return {
        "occurred_at": time(row.occurred_at),
        "received_at": time(row.received_at),
        "claimed_at": time(row.claimed_at),
        "lane": row.lane,
        "name": row.name,
        "text": row.text,
        "message": message,
        "flags": list(row.flags),
    }
