"""The records of the simulated provider, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

type Tools = Mapping[str, bool | Mapping[str, bool]]
type Colours = Mapping[str, str]

LOGOS_PATH = "/_company/logos"
BACKGROUNDS_PATH = "/_company/backgrounds"


def allows(tools: Tools, name: str, part: str | None = None) -> bool:
    """Return whether a tool is on, or a part of it, such as the whiteboard's `wb_pen`."""
    tool = tools[name]
    if part is None:
        return bool(tool)
    return isinstance(tool, Mapping) and tool[part]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person of the company; `role` is `basic` or `plus`."""

    id: str
    role: str
    can_video: bool
    language: str
    created_at: datetime
    first_name: str | None = None
    last_name: str | None = None
    nickname: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """One seat in a room; `token` is the last segment of this person's link."""

    user_id: str
    is_admin: bool
    tools: Tools
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A room; with `duration_seconds` None its calls have no time limit."""

    room_id: str
    participants: tuple[Participant, ...]
    recording: bool
    recording_type: str
    call_type: str
    direct_call: bool
    live: bool
    description: str | None
    initiator: str | None
    duration_seconds: int | None
    created_at: datetime
    used_seconds: int = 0
    running: bool = False
    disabled: bool = False
    deleted: bool = False

    @property
    def used_up(self) -> bool:
        """True once the connected time has reached the room's duration."""
        return self.duration_seconds is not None and self.used_seconds >= self.duration_seconds

    @property
    def status(self) -> str:
        """`CLOSED` when links no longer work, `RUNNING` while two are connected, else `NOT_RUNNING`.

        Choice: a disabled room is closed too, as in the vendor's sample of the room list.
        """
        if self.deleted or self.disabled or self.used_up:
            return "CLOSED"
        return "RUNNING" if self.running else "NOT_RUNNING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """The time from one connection of a user to its end; `stopped_at` is None while it lasts."""

    user_id: str
    started_at: datetime
    stopped_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One call in a room; `duration_seconds` is None while it runs."""

    session_id: str
    room_id: str
    connected_participants: tuple[str, ...]
    created_at: datetime
    duration_seconds: int | None
    stays: tuple[Stay, ...] = ()
    """Empty in a session that was seeded: everybody was there from its beginning to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file uploaded in a call; one that was seeded has neither name nor content."""

    key: str
    upload_type: str
    user_id: str
    session_id: str
    room_id: str | None
    created_at: datetime
    name: str = ""
    content: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    """An uploaded picture; its digest changes with it."""

    content: bytes
    media_type: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """A virtual background; the simulator's own one has no content."""

    alias: str
    content: bytes | None
    created_at: datetime

    @property
    def path(self) -> str:
        """Where it is served."""
        return "/_page/logo.svg" if self.content is None else f"{BACKGROUNDS_PATH}/{self.alias}.jpeg"


OWN_BACKGROUND: Final = Background(
    alias="simulator", content=None, created_at=datetime(2020, 12, 23, 15, 14, 16, tzinfo=UTC)
)
"""What a company has before it chooses one; the date is that of the vendor's sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The company that owns the API key; the simulator has exactly one."""

    name: str = "Bandyer simulator"
    default_language: str = "en"
    end_call_redirect_url: str | None = None
    end_call_redirect_timeout_ms: int = 5000
    user_details_provider_url: str | None = None
    light_colours: Colours | None = None
    dark_colours: Colours | None = None
    logos: Mapping[str, Logo] = field(default_factory=dict)
    """The uploaded logos by mode, `light` and `dark`."""
    backgrounds: Mapping[str, Background] = field(default_factory=dict)
    """The uploaded backgrounds by alias, oldest first."""
    background_alias: str = OWN_BACKGROUND.alias
    """The one that calls use."""

    @property
    def default_background(self) -> Background:
        """The background that calls use: the simulator's own one, if the chosen one is gone."""
        return self.backgrounds.get(self.background_alias, OWN_BACKGROUND)

    def logo_path(self, mode: str) -> str:
        """Return where a mode's logo is served: the simulator's own one, if none was uploaded."""
        logo = self.logos.get(mode)
        return "/_page/logo.svg" if logo is None else f"{LOGOS_PATH}/{mode}?{logo.digest}"


@dataclass(slots=True)
class RequestRecord:
    """One request to the provider's API; `status` is None if no answer was sent."""

    method: str
    path: str
    status: int | None = field(default=None)
