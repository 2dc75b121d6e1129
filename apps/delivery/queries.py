"""What an inbox shows. Frozen values out, one bounded statement each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from apps.core.pagination import Cursor, Page, page_of
from apps.core.sql import fetch
from apps.delivery.preferences import person

MOST_COUNTED: Final = 100
_UNREAD: Final = """
    SELECT count(*) FROM (
        SELECT FROM delivery_notification
        WHERE recipient = %s AND in_inbox AND read_at IS NULL AND (%s::text IS NULL OR partner = %s) LIMIT %s
    ) AS counted
"""
_COLUMNS: Final = "encode(id, 'hex'), kind, at, title, text, path, due_at, read_at"


@dataclass(frozen=True, slots=True)
class Notification:
    """One entry of an inbox. `id` is hex."""

    id: str
    kind: str
    at: datetime
    title: str
    text: str
    path: str
    due_at: datetime | None
    read_at: datetime | None


def unread_count(username: str, *, partner: str | None) -> int:
    """How many entries the person has not read, counted up to MOST_COUNTED. `partner`: the only one that the reader may see."""
    ((count,),) = fetch(_UNREAD, [person(username), partner, partner, MOST_COUNTED])
    return int(count)


def find_notifications(
    username: str, *, partner: str | None, unread_only: bool = False, cursor: str | None = None, page_size: int = 50
) -> Page[Notification]:
    """The person's inbox, the newest first. Raises Unreadable for a foreign cursor."""
    condition = "recipient = %(recipient)s AND in_inbox AND (%(partner)s::text IS NULL OR partner = %(partner)s)"
    if unread_only:
        condition += " AND read_at IS NULL"
    parameters: dict[str, Any] = {"recipient": person(username), "partner": partner, "limit": page_size + 1}
    start = Cursor.decode(cursor) if cursor else None
    backwards = start is not None and start.backwards
    if start is not None:
        parameters["at"], parameters["id"] = start.time_and_key()
        condition += f" AND (at, id) {'>' if backwards else '<'} (%(at)s, %(id)s)"
    way = "ASC" if backwards else "DESC"
    statement = f"SELECT {_COLUMNS} FROM delivery_notification WHERE {condition} ORDER BY at {way}, id {way} LIMIT %(limit)s"  # noqa: S608 - our own words
    with connection.cursor() as database:
        database.execute(statement, parameters)
        found = [Notification(*row) for row in database.fetchall()]
    return page_of(found, start, page_size, lambda each: (each.at.isoformat(), each.id))
