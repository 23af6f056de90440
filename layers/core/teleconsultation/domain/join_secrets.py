"""The secrets in join links: the link alone identifies a participant, without an account.

A secret is derived and never stored: the key can recompute a secret, the table cannot. The table stores a
nonce, so that a renewed or readmitted participant gets another secret, and a hash to check a secret against.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from teleconsultation.domain.model import JoinPass, Participant

SECRET_BYTES = 24
"""192 bits cannot be guessed."""
SECRET_LENGTH = 33
"""That many letters and digits hold `SECRET_BYTES`."""
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""Letters and digits only: mail programs leave a closing `-` or `_` out of the link that they make."""


class JoinSecrets:
    """Derives join secrets by HMAC-SHA256 from the key of the derived ids."""

    def __init__(self, key: Callable[[], str]) -> None:
        """Keep the source of the key; it is read each time a secret is derived."""
        self._key = key

    def issue_pass(self, participant: Participant, *, teleconsultation_id: str) -> Participant:
        """Return the participant with a new pass; their previous link stops working."""
        nonce = os.urandom(8).hex()
        secret = self._derive(teleconsultation_id, participant.external_id, nonce, write=_letters_and_digits)
        return replace(participant, join_pass=JoinPass(nonce=nonce, digest=_digest(secret)))

    def secret(self, participant: Participant, *, teleconsultation_id: str) -> str | None:
        """Return the secret of a participant's pass, or None if they have none."""
        join_pass = participant.join_pass
        if join_pass is None:
            return None
        parts = (teleconsultation_id, participant.external_id, join_pass.nonce)
        # Versions before the alphabet issued secrets in base64.
        earlier = self._derive(*parts, write=_base64)
        if _digest(earlier) == join_pass.digest:
            return earlier
        return self._derive(*parts, write=_letters_and_digits)

    def _derive(self, *parts: str, write: Callable[[bytes], str]) -> str:
        message = "\0".join(("join", *parts)).encode()
        return write(hmac.digest(self._key().encode(), message, hashlib.sha256)[:SECRET_BYTES])


def with_passes(
    participants: Sequence[Participant],
    *,
    teleconsultation_id: str,
    join_secrets: JoinSecrets | None,
    before: Sequence[Participant] = (),
    renew: Collection[str] = (),
) -> tuple[Participant, ...]:
    """Return the participants, each with a pass.

    A participant who is in `before` keeps the id as a sitter, and the pass unless their external id is in
    `renew`. No pass is issued to an erased participant, or while join links are switched off.
    """
    kept = {person.external_id: person.join_pass for person in before if person.external_id not in renew}
    sitters = {person.external_id: person.sitter_id for person in before}
    people = tuple(
        replace(
            person,
            join_pass=kept.get(person.external_id),
            sitter_id=sitters.get(person.external_id, person.sitter_id),
        )
        for person in participants
    )
    if join_secrets is None:
        return people
    return tuple(
        person
        if person.join_pass or person.is_erased
        else join_secrets.issue_pass(person, teleconsultation_id=teleconsultation_id)
        for person in people
    )


def secret_matches(participant: Participant, *, secret: str) -> bool:
    """Return whether `secret` is this participant's; the comparison takes constant time."""
    if participant.join_pass is None:
        return False
    return hmac.compare_digest(participant.join_pass.digest, _digest(secret))


def _letters_and_digits(derived: bytes) -> str:
    number, text = int.from_bytes(derived), ""
    for _ in range(SECRET_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        text += ALPHABET[digit]
    return text


def _base64(derived: bytes) -> str:
    return base64.urlsafe_b64encode(derived).decode()


def _digest(secret: str) -> str:
    # A fast hash is enough: 192 random bits cannot be guessed, so a slow hash would not add protection.
    # An event can hold a lone surrogate, which UTF-8 cannot encode; such a secret must be wrong, not raise.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
