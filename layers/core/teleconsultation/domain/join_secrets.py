"""The secrets in join links: who has the link is the participant, for life, without an account.

A secret is derived, never stored: whoever holds the key can say it again, and whoever reads the table cannot.
What the table keeps is a nonce, so that a renewed or readmitted participant gets another secret, and a hash,
so that a secret can be checked.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from teleconsultation.domain.model import JoinPass, Participant

SECRET_BYTES = 24
"""192 bits: nobody guesses it, and it makes 32 characters without padding."""


class JoinSecrets:
    """Derives join secrets by HMAC-SHA256 from the key of the derived ids."""

    def __init__(self, key: Callable[[], str]) -> None:
        """Keep where the key comes from; it is asked for when a secret is derived, not before."""
        self._key = key

    def issue_pass(self, participant: Participant, *, teleconsultation_id: str) -> Participant:
        """Return the participant with a new pass; a link they had before stops working."""
        nonce = os.urandom(8).hex()
        secret = self._derive(teleconsultation_id, participant.external_id, nonce)
        return replace(participant, join_pass=JoinPass(nonce=nonce, digest=_digest(secret)))

    def secret(self, participant: Participant, *, teleconsultation_id: str) -> str | None:
        """Return the secret of a participant's pass, or None if they have none."""
        if participant.join_pass is None:
            return None
        return self._derive(teleconsultation_id, participant.external_id, participant.join_pass.nonce)

    def _derive(self, *parts: str) -> str:
        message = "\0".join(("join", *parts)).encode()
        digest = hmac.digest(self._key().encode(), message, hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:SECRET_BYTES]).decode()


def with_passes(
    participants: Sequence[Participant],
    *,
    teleconsultation_id: str,
    join_secrets: JoinSecrets | None,
    before: Sequence[Participant] = (),
    renew: Collection[str] = (),
) -> tuple[Participant, ...]:
    """Return the participants with a pass each; nobody gets a new one while join links are switched off, and
    an erased participant never.

    Who was a participant `before` keeps their pass, unless their external id is among those to `renew`.
    """
    kept = {person.external_id: person.join_pass for person in before if person.external_id not in renew}
    people = tuple(replace(person, join_pass=kept.get(person.external_id)) for person in participants)
    if join_secrets is None:
        return people
    return tuple(
        person
        if person.join_pass or person.is_erased
        else join_secrets.issue_pass(person, teleconsultation_id=teleconsultation_id)
        for person in people
    )


def secret_matches(participant: Participant, *, secret: str) -> bool:
    """Say whether `secret` is this participant's, in a time that tells nothing about it."""
    if participant.join_pass is None:
        return False
    return hmac.compare_digest(participant.join_pass.digest, _digest(secret))


def _digest(secret: str) -> str:
    # A plain hash will do: among 192 random bits there is nothing to guess that a slow one would protect.
    # An event can hold half a character; a secret with one is a wrong secret like any other.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
