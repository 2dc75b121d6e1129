"""Signatures of webhooks, against the example of the Standard Webhooks libraries and against an independent reckoning."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from hypothesis import given
from hypothesis import strategies as st

from apps.delivery.signing import headers_for, new_secret, signature

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_example_of_the_specification() -> None:
    sent_at = datetime.fromtimestamp(1614265330, UTC)
    body = b'{"test": 2432232314}'
    assert headers_for(SECRET, number="msg_p5jXN8AQM9LWM0D4loKWxJek", sent_at=sent_at, body=body) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(st.binary(min_size=24, max_size=64), st.binary(max_size=200), st.integers(0, 2**33))
def test_an_independent_reckoning_agrees(key: bytes, body: bytes, seconds: int) -> None:
    reckoned = HMAC(key, hashes.SHA256())
    reckoned.update(f"msg_1.{seconds}.".encode() + body)
    secret = "whsec_" + base64.b64encode(key).decode()
    wanted = "v1," + base64.b64encode(reckoned.finalize()).decode()
    assert signature(secret, number="msg_1", seconds=seconds, body=body) == wanted


def test_a_new_secret_is_as_the_specification_asks() -> None:
    first, second = new_secret(), new_secret()
    assert first != second
    assert first.startswith("whsec_")
    assert 24 <= len(base64.b64decode(first.removeprefix("whsec_"), validate=True)) <= 64


def test_what_is_no_secret_signs_nothing() -> None:
    with pytest.raises(ValueError, match="whsec_"):
        signature("whsec_?", number="msg_1", seconds=1, body=b"")
