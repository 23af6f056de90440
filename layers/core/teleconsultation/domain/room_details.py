"""What the provider knows of rooms and the calls in them, and its credentials for an app.

`repr` omits provider user ids, and the secrets: an address of a recording and a token.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

RECORDING_DELAY = timedelta(hours=24)
"""How long the provider may need until a recording is there (Kaleyra, "Recording and transcription")."""


class RecordingState(StrEnum):
    """Whether a call's recording can be had."""

    NONE = "none"
    PROCESSING = "processing"
    AVAILABLE = "available"


@dataclass(frozen=True, kw_only=True, slots=True)
class CallSession:
    """One call in a room."""

    session_id: str
    started_at: datetime | None
    duration_seconds: int
    seconds: Mapping[str, int] = field(repr=False)
    """Provider user id -> how long they were in it."""

    def may_be_processed(self, *, now: datetime) -> bool:
        """Return whether a recording that is not there may still come."""
        if self.started_at is None:
            return True
        return now < self.started_at + timedelta(seconds=self.duration_seconds) + RECORDING_DELAY


@dataclass(frozen=True, kw_only=True, slots=True)
class RoomDetails:
    """A room as the provider has it now."""

    status: str | None
    """The provider's word: `NOT_RUNNING`, `RUNNING` or `CLOSED`."""
    is_disabled: bool
    duration_seconds: int | None
    """Call time after which the provider ends the call; None is unlimited."""
    used_seconds: int
    call_type: str | None
    is_live: bool
    is_recorded: bool
    sessions: tuple[CallSession, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SdkCredentials:
    """A token with which an app signs a person in at the provider; it opens all calls of this person."""

    access_token: str = field(repr=False)
    expires_at: datetime | None
    bandyer_user_id: str = field(repr=False)
