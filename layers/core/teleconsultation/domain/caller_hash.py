"""The name of a booking system's client in the logs: a hash that only the key's holder can compute."""

import hashlib
import hmac

DIGITS = 16
"""64 bits keep the few clients of a deployment apart."""


def keyed_caller_hash(client_id: str, *, key: str) -> str:
    """Return `DIGITS` hex digits of the HMAC-SHA256 of a client's id.

    `deployment/caller.py` computes the same for the operator.
    """
    # A claim may hold a lone surrogate, which UTF-8 cannot encode; it must not raise.
    message = f"caller\0{client_id}".encode(errors="surrogatepass")
    return hmac.digest(key.encode(), message, hashlib.sha256).hex()[:DIGITS]
