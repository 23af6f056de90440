"""Ids we derive with a key of our own, so that creating twice is creating once."""

import hashlib
import hmac
import secrets
from collections.abc import Callable

from teleconsultation.domain.model import Role


class DerivedIds:
    """Derives provider user ids and attempt ids by HMAC-SHA256.

    The key is never rotated: another key would make other users of the same people. Without it nothing can be
    read from an id, which matters because the provider counts user ids and descriptions as personal data.
    https://developers.kaleyra.io/reference/video-pii
    """

    def __init__(self, key: Callable[[], str], *, deployment: str) -> None:
        """Keep where the key comes from; it is asked for when an id is derived, not before.

        Attempts are told apart by `deployment` too: two that share a key share their users, but neither may
        take the other's rooms for its own.
        """
        self._key = key
        self._deployment = deployment

    def user_id(self, external_id: str, *, role: Role) -> str:
        """Return the provider user id of a person in a role, in the provider's alphabet (letters, digits,
        `.`, `_`, `-`).
        """
        return f"usr_{self._digest('user', role, external_id)[:40]}"

    def attempt_id(self, teleconsultation_id: str) -> str:
        """Return a fresh attempt id that leads back to its teleconsultation and that only a holder of the key
        can have made.
        """
        mark = f"{teleconsultation_id}.{secrets.token_hex(4)}"
        return f"{mark}.{self._seal(mark)}"

    def teleconsultation_id(self, attempt_id: str) -> str | None:
        """Return the teleconsultation an attempt was made for, or None if it is none of ours."""
        mark, _, seal = attempt_id.rpartition(".")
        if not hmac.compare_digest(seal.encode(), self._seal(mark).encode()):
            return None
        return mark.partition(".")[0]

    def _seal(self, mark: str) -> str:
        return self._digest("attempt", self._deployment, mark)[:16]

    def _digest(self, *parts: str) -> str:
        return hmac.new(self._key().encode(), "\0".join(parts).encode(), hashlib.sha256).hexdigest()
