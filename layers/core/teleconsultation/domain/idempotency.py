"""The record of a request that has an `Idempotency-Key`."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class IdempotencyRecord:
    """An `Idempotency-Key` as first used: for which body, and for which teleconsultation."""

    key_digest: str
    """SHA-256 of caller and key, in hex."""
    fingerprint: str
    """SHA-256 of the body, in hex."""
    teleconsultation_id: str
    held_until: datetime
    """Until then a request may be running under the key; afterwards it has ended."""
