"""`Idempotency-Key`: a POST that is repeated with its key has no second effect.

https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
"""

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass, replace

from teleconsultation.domain.errors import (
    FieldError,
    IdempotencyKeyReusedError,
    InvalidRequestError,
    RequestUnderWayError,
    StorageUnavailableError,
    TeleconsultationDeletedError,
    TeleconsultationNotFoundError,
)
from teleconsultation.domain.idempotency import IdempotencyRecord
from teleconsultation.domain.model import Teleconsultation, new_teleconsultation_id
from teleconsultation.domain.ports import Ports, Teleconsultations
from teleconsultation.use_cases.provisioning import PROVISIONING_LEASE

MAX_KEY_LENGTH = 255
_KEY = re.compile(r"[!#-~][!-~]*")
_QUOTED_KEY = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])+)"')
"""A string of a structured field (RFC 8941, section 3.3.3)."""
_ESCAPED = re.compile(r'\\(["\\])')


@dataclass(frozen=True, kw_only=True, slots=True)
class IdempotencyKey:
    """One caller's key and the body it was sent with, both as hashes."""

    digest: str
    fingerprint: str

    @classmethod
    def from_header(cls, header: str | None, *, caller: str | None, body: bytes) -> "IdempotencyKey | None":
        """Return the key of a request, or None if it has no such header.

        `caller` keeps the keys of two clients apart. A key in quotes is the same as without. The order of
        members, white space and the spelling of numbers in the body do not change the fingerprint.

        Raises:
            InvalidRequestError: it is not 1 to 255 visible ASCII characters, or the caller is not known.
        """
        if header is None:
            return None
        value = _key(header)
        if value is None:
            raise InvalidRequestError(
                [
                    FieldError(
                        "Idempotency-Key",
                        f"must be 1 to {MAX_KEY_LENGTH} visible ASCII characters, in quotes or without",
                    )
                ]
            )
        if caller is None:
            raise InvalidRequestError(
                [FieldError("Idempotency-Key", "needs a token with one of the claims sub, client_id and azp")]
            )
        canonical = json.dumps(json.loads(body, parse_float=_number), sort_keys=True)
        return cls(digest=_sha256(f"{caller}\0{value}"), fingerprint=_sha256(canonical))


@dataclass(frozen=True, kw_only=True, slots=True)
class Begun:
    """A request that may be carried out, or was carried out before."""

    id: str
    """The id of its teleconsultation."""
    earlier: Teleconsultation | None = None
    """What an earlier request with the same key stored: unfinished, or created and then to be returned."""
    record: IdempotencyRecord | None = None
    """The stored record that keeps other requests with the key out; None without a key, or if `earlier` is
    created.
    """


def find_created(key: IdempotencyKey | None, *, ports: Ports) -> Teleconsultation | None:
    """Return what an earlier request with the key created, or None if it created nothing yet; has no effect.

    Raises:
        IdempotencyKeyReusedError: the key was used for another body.
        TeleconsultationDeletedError: what the earlier request created was deleted.
        StorageUnavailableError: the table cannot answer.
    """
    stored = ports.teleconsultations.reservation(key.digest) if key is not None else None
    if key is None or stored is None:
        return None
    earlier = _stored_teleconsultation(stored, key=key, teleconsultations=ports.teleconsultations)
    return earlier if earlier is not None and earlier.is_created else None


def begin(key: IdempotencyKey | None, *, ports: Ports) -> Begun:
    """Reserve the key, if there is one, and return the state of the request.

    The reservation lasts for `PROVISIONING_LEASE`; if the process crashes, the request can be repeated after
    that time.

    Raises:
        IdempotencyKeyReusedError: the key was used for another body.
        RequestUnderWayError: an earlier request with the key is still running.
        TeleconsultationDeletedError: what an earlier request with the key created was deleted.
        StorageUnavailableError: the table cannot answer.
    """
    if key is None:
        return Begun(id=new_teleconsultation_id())
    record = IdempotencyRecord(
        key_digest=key.digest,
        fingerprint=key.fingerprint,
        teleconsultation_id=new_teleconsultation_id(),
        held_until=ports.clock() + PROVISIONING_LEASE,
    )
    stored = ports.teleconsultations.reserve(record)
    if stored is None:
        return Begun(id=record.teleconsultation_id, record=record)
    earlier = _stored_teleconsultation(stored, key=key, teleconsultations=ports.teleconsultations)
    if earlier is not None and earlier.is_created:
        return Begun(id=earlier.id, earlier=earlier)
    if stored.held_until > ports.clock():
        raise RequestUnderWayError("the first request is still running")
    record = replace(record, teleconsultation_id=stored.teleconsultation_id)
    if ports.teleconsultations.reserve(record, in_place_of=stored) is not None:
        raise RequestUnderWayError("another repetition came first")
    return Begun(id=record.teleconsultation_id, earlier=earlier, record=record)


def release(begun: Begun, *, ports: Ports) -> None:
    """End the reservation, so that a request that failed can be repeated at once.

    If the table cannot answer, the reservation ends with its lease.
    """
    if begun.record is None:
        return
    with suppress(StorageUnavailableError):
        ports.teleconsultations.reserve(
            replace(begun.record, held_until=ports.clock()), in_place_of=begun.record
        )


def _stored_teleconsultation(
    record: IdempotencyRecord, *, key: IdempotencyKey, teleconsultations: Teleconsultations
) -> Teleconsultation | None:
    if record.fingerprint != key.fingerprint:
        raise IdempotencyKeyReusedError("another body came first")
    try:
        stored = teleconsultations.get(record.teleconsultation_id)
    except TeleconsultationNotFoundError:
        return None
    if stored.deleted_at is not None:
        raise TeleconsultationDeletedError("it was deleted")
    return stored


def _key(header: str) -> str | None:
    # Each character of a quoted key may be escaped.
    if len(header) > 2 * MAX_KEY_LENGTH + len('""'):
        return None
    if quoted := _QUOTED_KEY.fullmatch(header):
        key = _ESCAPED.sub(r"\1", quoted[1])
    elif _KEY.fullmatch(header):
        key = header
    else:
        return None
    return key if len(key) <= MAX_KEY_LENGTH else None


def _number(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() else number


def _sha256(text: str) -> str:
    # A claim of the token may hold a lone surrogate, which UTF-8 cannot encode; it must not raise.
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
