"""Signatures, held against the published vector and the reference library."""

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from teleconsultation.publishing.standard_webhooks import read_secret, signed_headers

# https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/python/tests/test_webhooks.py
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def secret(key: bytes) -> str:
    return f"whsec_{base64.b64encode(key).decode()}"


def test_the_published_vector() -> None:
    headers = signed_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        keys=[read_secret(SECRET)],
        at=datetime.fromtimestamp(1_614_265_330, tz=UTC),
    )

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(key=st.binary(min_size=24, max_size=64), text=st.dictionaries(st.text(), st.text()))
def test_the_reference_library_accepts_what_is_signed(key: bytes, text: dict[str, str]) -> None:
    body = json.dumps(text).encode()

    headers = signed_headers("evt_1", body, keys=[read_secret(secret(key))], at=datetime.now(UTC))

    assert Webhook(secret(key)).verify(body, headers) == text


def test_while_a_secret_changes_both_accept() -> None:
    old, new = b"o" * 24, b"n" * 24

    headers = signed_headers("evt_1", b"{}", keys=[new, old], at=datetime.now(UTC))

    for key in (old, new):
        assert Webhook(secret(key)).verify(b"{}", headers) == {}


@pytest.mark.parametrize(
    "text",
    ["", "whsec_", SECRET.removeprefix("whsec_"), "whsec_%%%", secret(b"k" * 23), secret(b"k" * 65)],
    ids=["empty", "nothing", "without its prefix", "not base64", "short", "long"],
)
def test_what_is_no_secret_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not"):
        read_secret(text)
