"""`Idempotency-Key`: a repeated POST is the same POST.

https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
"""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from teleconsultation.domain.errors import (
    FieldError,
    IdempotencyKeyReusedError,
    InvalidRequestError,
    RequestUnderWayError,
    StorageUnavailableError,
    TeleconsultationError,
    TeleconsultationNotFoundError,
)
from teleconsultation.domain.model import IdempotencyRecord, Teleconsultation, new_teleconsultation_id
from teleconsultation.domain.ports import Ports, Teleconsultations
from teleconsultation.use_cases.provisioning import PROVISIONING_LEASE

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, kw_only=True, slots=True)
class IdempotencyKey:
    """A key as one caller sent it, with what it was sent for. Only hashes are kept of either."""

    digest: str
    fingerprint: str

    @classmethod
    def from_header(cls, header: str | None, *, caller: str, body: bytes) -> "IdempotencyKey | None":
        """Read the header's value; None if there is none. Bodies that are the same JSON are the same body.

        Raises:
            InvalidRequestError: it is not 1 to 255 visible ASCII characters.
        """
        if header is None:
            return None
        if not _KEY.fullmatch(header):
            raise InvalidRequestError(
                [FieldError("Idempotency-Key", "must be 1 to 255 visible ASCII characters")]
            )
        canonical = json.dumps(json.loads(body), sort_keys=True)
        return cls(digest=_sha256(f"{caller}\0{header}"), fingerprint=_sha256(canonical))


@contextmanager
def claimed(key: IdempotencyKey | None, *, ports: Ports) -> Iterator[tuple[str, Teleconsultation | None]]:
    """Hold the key, if there is one, while the request is carried out; give the id of its teleconsultation,
    and what an earlier request under the key has made of it: nothing, a dead intent, or all of it.

    Whatever happens inside, a repetition may go on at once; if the process dies, once the lease is over.

    Raises:
        IdempotencyKeyReusedError: the key was used for another body.
        RequestUnderWayError: the first request is still running.
        StorageUnavailableError: the table cannot answer.
    """
    if key is None:
        yield new_teleconsultation_id(), None
        return
    claim = IdempotencyRecord(
        key_digest=key.digest,
        fingerprint=key.fingerprint,
        teleconsultation_id=new_teleconsultation_id(),
        held_until=ports.clock() + PROVISIONING_LEASE,
    )
    earlier = ports.teleconsultations.reserve(claim)
    made = None
    if earlier is not None:
        if earlier.fingerprint != key.fingerprint:
            raise IdempotencyKeyReusedError("another body came first")
        made = _made(earlier, teleconsultations=ports.teleconsultations)
        if made is not None and made.is_created:
            yield made.id, made
            return
        if earlier.held_until > ports.clock():
            raise RequestUnderWayError("the first request is still running")
        claim = replace(claim, teleconsultation_id=earlier.teleconsultation_id)
        if ports.teleconsultations.reserve(claim, in_place_of=earlier) is not None:
            raise RequestUnderWayError("another repetition came first")
    try:
        yield claim.teleconsultation_id, made
    except TeleconsultationError:
        with suppress(StorageUnavailableError):
            ports.teleconsultations.reserve(replace(claim, held_until=ports.clock()), in_place_of=claim)
        raise


def _made(claim: IdempotencyRecord, *, teleconsultations: Teleconsultations) -> Teleconsultation | None:
    try:
        return teleconsultations.get(claim.teleconsultation_id)
    except TeleconsultationNotFoundError:
        return None


def _sha256(text: str) -> str:
    # A claim of the token may hold half a character: no text, but no reason to fail either.
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
