"""The source of the client's API key."""

from typing import Protocol


class ApiKey(Protocol):
    """The secret that authenticates every request.

    This is a protocol and not a string, because a key is rotated while processes that cached it keep running.
    An exception of these methods reaches the client's caller unchanged.
    """

    def current(self) -> str:
        """Return the key as last read; cheap, called for every attempt."""
        ...

    def renewed(self) -> str:
        """Return the key, read again from its source; called at most once per request, after a refusal."""
        ...


class StaticApiKey:
    """A key that never changes, for tests and command-line tools."""

    def __init__(self, value: str) -> None:
        self._value = value

    def current(self) -> str:
        """Return the key."""
        return self._value

    def renewed(self) -> str:
        """Return the same key, because there is no other source."""
        return self._value
