"""Signatures as the Standard Webhooks specification has them: HMAC-SHA256 over id, time and body. Pure.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final

PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32  # the specification asks for 24 to 64


def new_secret() -> str:
    """A new secret, `whsec_` and base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def headers_for(secret: str, *, number: str, sent_at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a message. `number` stays the same when it is sent again. Raises ValueError for a secret that is
    none."""
    seconds = int(sent_at.timestamp())
    return {
        "webhook-id": number,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signature(secret, number=number, seconds=seconds, body=body),
    }


def signature(secret: str, *, number: str, seconds: int, body: bytes) -> str:
    """`v1,` and the signature in base64."""
    signed = b".".join((number.encode(), str(seconds).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("A webhook's secret is whsec_ and base64.") from error
