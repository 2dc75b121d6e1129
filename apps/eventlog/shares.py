"""Whose the accepted, repeated and contradicting messages of an append were, source by source: for the figures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from apps.core.sql import fetch
from apps.eventlog.digests import key_digest
from apps.eventlog.types import Appended, NewMessage

# Every pair of the append has its key by now. Of two equal pairs in one append the first is the one that was taken.
_SHARES = """
SELECT item.source, count(DISTINCT item.key) FILTER (WHERE held.position = ANY (%s::bigint[])),
    count(*) FILTER (WHERE held.content <> item.digest)
FROM unnest(%s::text[], %s::uuid[], %s::bytea[]) AS item (source, key, digest)
JOIN eventlog_key AS held ON held.digest = item.key
GROUP BY item.source
"""


@dataclass(frozen=True, slots=True)
class Share:
    """One source's part of an append; sent = accepted + duplicates + conflicts."""

    source: str
    accepted: int
    duplicates: int
    conflicts: int


def shares(messages: Sequence[NewMessage], appended: Appended) -> list[Share]:
    """The shares of the sources of `messages`, which `append` has answered with `appended`.

    Asks the database only where several sources spoke and not all was new; else the answer tells by itself.
    """
    sent = Counter(message.source for message in messages)
    if appended.accepted == len(messages):
        return [Share(source, count, 0, 0) for source, count in sent.items()]
    if len(sent) == 1:
        return [Share(source, appended.accepted, appended.duplicates, appended.conflicts) for source in sent]
    rows = fetch(
        _SHARES,
        (
            list(appended.positions),
            [message.source for message in messages],
            [key_digest(message.source, message.id) for message in messages],
            [message.digest for message in messages],
        ),
    )
    return [Share(source, accepted, sent[source] - accepted - conflicts, conflicts) for source, accepted, conflicts in rows]
