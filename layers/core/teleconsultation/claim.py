"""What storage keeps of a request that may be repeated."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """An `Idempotency-Key` as first used: what was asked under it, and which teleconsultation it became."""

    key_digest: str
    """SHA-256 of caller and key, in hex; neither can be read from it."""
    fingerprint: str
    """SHA-256 of the body, in hex."""
    teleconsultation_id: str
    held_until: datetime
    """Until then somebody is at work on it. Afterwards they are done, or dead."""
