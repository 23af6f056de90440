"""The keys with which the provider signs its webhooks."""

from datetime import datetime, timedelta

from teleconsultation.domain.ports import Clock
from teleconsultation.provider.secret import ProviderSecret

KEPT = timedelta(minutes=1)
"""The keys are read again this often at most: anybody can send a wrong signature."""


class SigningKeys:
    """The API key of the secret's current version, and of the one before: after a rotation, events are on the
    way that were signed with it.

    All methods raise as those of `ProviderSecret`.
    """

    def __init__(self, secret: ProviderSecret, *, clock: Clock) -> None:
        """Keep the secret; nothing is read yet."""
        self._secret = secret
        self._clock = clock
        self._previous: str | None = None
        self._read_at: datetime | None = None

    def known(self) -> tuple[str, ...]:
        """Return the keys as last read."""
        if self._read_at is None:
            return self.renewed()
        return self._keys(self._secret.current())

    def renewed(self) -> tuple[str, ...]:
        """Return the keys, read again because a signature matched none; none if that was done just now."""
        now = self._clock()
        if self._read_at is not None and now < self._read_at + KEPT:
            return ()
        current = self._secret.renewed()
        self._previous = self._secret.previous()
        self._read_at = now
        return self._keys(current)

    def _keys(self, current: str) -> tuple[str, ...]:
        return (current,) if self._previous is None else (current, self._previous)
