"""The digests of the log: the key of a (source, id) pair, and the leaf that seals a message's content."""

from datetime import UTC, datetime
from hashlib import sha256
from struct import Struct

from apps.eventlog.types import NewMessage, StoredMessage

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LENGTHS = Struct(">11I")
_TIMES = Struct(">qq?q?")
_LEAF = b"\x00distsync message 1\x00"  # 0x00 opens a leaf and 0x01 a node (RFC 6962), so that neither passes for the other


def key_digest(source: str, message_id: str) -> str:
    """The first 16 bytes of SHA-256 over (source, id), as 32 hex digits. The length keeps ("ab", "c") from ("a", "bc")."""
    source_bytes = source.encode()
    return sha256(b"%d:%b%b" % (len(source_bytes), source_bytes, message_id.encode())).digest()[:16].hex()


def micros(time: datetime) -> int:
    """Microseconds since 1970, exactly: what PostgreSQL keeps of a time."""
    since = time - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def leaf(message: NewMessage | StoredMessage, attributes: bytes, *, received_at: datetime, heard_at: datetime) -> bytes:
    """SHA-256 over everything that the log keeps of a message but its position, each field with its length.

    `attributes` is the JSON text as it is stored. The position is sealed by the block, which lists its positions.
    """
    texts = (
        message.source.encode(),
        message.id.encode(),
        message.type.encode(),
        b"" if message.subject is None else b"=" + message.subject.encode(),
        message.content_type.encode(),
        attributes,
        message.body,
        message.digest,
        message.credential.encode(),
        message.door.encode(),
        _TIMES.pack(
            micros(received_at),
            micros(heard_at),
            message.time is not None,
            0 if message.time is None else micros(message.time),
            message.is_history,
        ),
    )
    return sha256(b"".join((_LEAF, _LENGTHS.pack(*map(len, texts)), *texts))).digest()
