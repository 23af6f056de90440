"""Where the client gets its API key from."""

from typing import Protocol


class ApiKey(Protocol):
    """The secret that authenticates every request, wherever it is kept.

    A protocol and not a string, because a key is rotated while processes that cached it keep running.
    What these methods raise reaches the client's caller as it is.
    """

    def current(self) -> str:
        """The key as last read; cheap, called for every attempt."""
        ...

    def renewed(self) -> str:
        """The key read afresh from its source; called at most once per request, after a refusal."""
        ...


class StaticApiKey:
    """A key that never changes, for tests and command-line tools."""

    def __init__(self, value: str) -> None:
        self._value = value

    def current(self) -> str:
        """The key."""
        return self._value

    def renewed(self) -> str:
        """The same key: there is no other source."""
        return self._value
