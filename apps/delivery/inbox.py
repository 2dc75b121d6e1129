"""What a person does with their inbox. What they have read is their own business: it is kept, and is no act of the log."""

import re
from datetime import datetime
from functools import partial
from typing import Final

from django.db import transaction

from apps.core.errors import NotFound
from apps.core.sql import fetch, run
from apps.delivery.preferences import person
from apps.delivery.telling import tell_listeners

_IS_ID: Final = re.compile("[0-9a-f]{32}")
_READ: Final = """
    UPDATE delivery_notification SET read_at = coalesce(read_at, %s)
    WHERE id = %s AND recipient = %s AND in_inbox AND (%s::text IS NULL OR partner = %s) RETURNING path
"""
_READ_ALL: Final = """
    UPDATE delivery_notification SET read_at = %s WHERE recipient = %s AND in_inbox AND read_at IS NULL
        AND at <= %s AND (%s::text IS NULL OR partner = %s)
"""


def read(number: str, *, username: str, partner: str | None, now: datetime) -> str:
    """Notes that the person has read it; where it leads. Raises NotFound for what is not in their inbox."""
    with transaction.atomic():
        wanted = bytes.fromhex(number) if _IS_ID.fullmatch(number) else b""
        rows = fetch(_READ, [now, wanted, person(username), partner, partner])
        if not rows:
            raise NotFound("There is no such notification in your inbox.")
        transaction.on_commit(partial(tell_listeners, [username]))
        return str(rows[0][0])


def read_all(*, username: str, partner: str | None, until: datetime, now: datetime) -> int:
    """Notes that the person has read all that came about up to `until`; how many that were."""
    with transaction.atomic():
        count = run(_READ_ALL, [now, person(username), until, partner, partner])
        if count:
            transaction.on_commit(partial(tell_listeners, [username]))
        return count
