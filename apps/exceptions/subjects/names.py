"""What cases are about that belong to no order: a partner's circuit or silence, a queue, a transfer, a message, a
source's numbers. Pure.

Each has a key of its own in the place of an order's, so that its cases live in the same table and are worked the same way.
"""

from functools import lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple

from apps.sla.clocks import Subject

CIRCUIT: Final = "circuit"  # value: the partner, issuer: the middleware whose circuit it is
SILENCE: Final = "silence"  # value: the partner
QUEUE: Final = "queue"  # value: the queue, issuer: who measures it
TRANSFER: Final = "transfer"  # value: the transfer; who ships and who receives it call it the same
DELIVERY: Final = "delivery"  # value: a middleware's message, issuer: the middleware
EVENT: Final = "event"  # value: the id of a message that came to us, issuer: its source
SEQUENCE: Final = "sequence"  # value: the first and last number of a block, issuer: the source that numbers its messages
FAILURES: Final = "failures"  # value: a partner to whom messages failed; evidence alone, never a case

_SCHEMES: Final = {CIRCUIT: "partner", SILENCE: "partner", DELIVERY: "message"}


class Named(NamedTuple):
    """A kind of subject, its own name, and who issued that name ("" where anybody means the same)."""

    kind: str
    value: str
    issuer: str = ""


@lru_cache(maxsize=50_000)
def key_of(named: Named) -> bytes:
    """16 bytes that stand for the subject, apart from every order's key."""
    return blake2b("\0".join(("subject", *named)).encode(), digest_size=16).digest()


def subject_of(named: Named) -> Subject:
    """The subject as a case shows it."""
    return Subject(_SCHEMES.get(named.kind, named.kind), named.value, named.issuer or None)
