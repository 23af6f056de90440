"""boto3's clients of all services but the table, whose requests end before the invocation does.

They belong to the process and not to a request, so the time that is left comes from `deadline`.
"""

from typing import TYPE_CHECKING, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError

from teleconsultation.deadline import deadline

if TYPE_CHECKING:
    from botocore.client import BaseClient

CONNECT_SECONDS: Final = 1
ANSWER_SECONDS: Final = 2
"""The limits of one attempt. A healthy one takes single-digit milliseconds."""
ATTEMPTS: Final = 2
"""With boto3's pause they take 7 seconds at most."""
RESERVE_SECONDS: Final = 4.0
"""Kept back of the invocation's time, for boto3's pause before another attempt and for our answer."""


class NoTimeLeftError(BotoCoreError):
    """Nothing was sent, because its answer might come after the invocation's end."""

    fmt = "no time left"


def client_config(*, attempts: int) -> Config:
    """Return the limits of a client."""
    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=ANSWER_SECONDS,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )


def in_time[Client: "BaseClient"](client: Client, *, reserve_seconds: float = RESERVE_SECONDS) -> Client:
    """Return the client, which from now on sends nothing whose answer might come too late.

    Instead, its methods raise `NoTimeLeftError`, also for an attempt that would repeat another one.
    """

    def refuse_if_late(**_request: object) -> None:
        if deadline.remaining_seconds() < CONNECT_SECONDS + ANSWER_SECONDS + reserve_seconds:
            raise NoTimeLeftError

    client.meta.events.register("before-send", refuse_if_late)
    return client
