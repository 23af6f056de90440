"""Users, the company, uploads, calls and tokens of Bandyer's v1 API.

Identifiers are opaque texts, and instants are in UTC. Tokens are secrets, and the vendor counts user ids as
personal data (the key of an upload contains one), so no `repr` shows them:
https://developers.kaleyra.io/reference/video-pii
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from bandyer.fields import (
    JsonObject,
    read_flag,
    read_moment,
    read_number,
    read_object,
    read_objects,
    read_optional_text,
    read_text,
)
from bandyer.pages import Page, read_position


@dataclass(frozen=True, kw_only=True)
class User:
    """A user of the company; `role` is `basic` (joins) or `plus` (may create too)."""

    user_id: str = field(repr=False)
    role: str
    can_video: bool | None
    language: str | None
    created_at: datetime | None

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        """Return the user in `{"user": {...}}`. The id beside `user` is ignored: the sample's differs."""
        user = read_object(body, "user")
        return cls(
            user_id=read_text(user, "id"),
            role=read_text(user, "role"),
            can_video=read_flag(user, "can_video"),
            language=read_optional_text(user, "language"),
            created_at=read_moment(user, "creation_date", "creationDate"),
        )


@dataclass(frozen=True, kw_only=True)
class Background:
    """An uploaded virtual background."""

    alias: str
    url: str | None
    created_at: datetime | None

    @classmethod
    def from_json(cls, background: JsonObject) -> Self:
        """Return a background; its alias has two spellings."""
        return cls(
            alias=read_text(background, "background_alias", "alias"),
            url=read_optional_text(background, "url"),
            created_at=read_moment(background, "creation_date"),
        )


@dataclass(frozen=True, kw_only=True)
class Backgrounds:
    """The company's virtual backgrounds; calls use the default one."""

    default: Background | None
    uploaded: tuple[Background, ...]

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        """Return the backgrounds in `{"virtual_backgrounds": {...}}`."""
        backgrounds = read_object(body, "virtual_backgrounds")
        return cls(
            default=_default_background(backgrounds),
            uploaded=tuple(Background.from_json(item) for item in read_objects(backgrounds, "backgrounds")),
        )


def _default_background(owner: JsonObject) -> Background | None:
    background = owner.get("default_background")
    return Background.from_json(background) if isinstance(background, dict) else None


@dataclass(frozen=True, kw_only=True)
class Company:
    """The tenant of the API key, with the settings of all its rooms."""

    name: str | None
    default_language: str | None
    default_background: Background | None
    end_call_redirect_url: str | None
    end_call_redirect_timeout_milliseconds: int | None
    user_details_provider_url: str | None

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        """Return the company in `{"company": {...}}`."""
        company = read_object(body, "company")
        return cls(
            name=read_optional_text(company, "name"),
            default_language=read_optional_text(company, "default_language"),
            default_background=_default_background(company),
            end_call_redirect_url=read_optional_text(company, "end_call_redirect_url"),
            end_call_redirect_timeout_milliseconds=read_number(company, "end_call_redirect_timeout_ms"),
            user_details_provider_url=read_optional_text(company, "user_details_provider_url"),
        )


@dataclass(frozen=True, kw_only=True)
class Colours:
    """The call page's colours in one mode, each `#RRGGBB`."""

    primary: str
    accent: str

    def to_json(self) -> JsonObject:
        """Return the colours as the vendor spells them."""
        return {"primary_color": self.primary, "accent_color": self.accent}


@dataclass(frozen=True, kw_only=True)
class Theme:
    """The company's colours; None is the vendor's own."""

    light: Colours | None = None
    dark: Colours | None = None

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        """Return the theme in `{"theme": {...}}`; the answer to a GET may lack the wrapping object."""
        theme = read_object(body, "theme") if "theme" in body else body
        return cls(light=_colours(theme, "light"), dark=_colours(theme, "dark"))


def _colours(theme: JsonObject, mode: str) -> Colours | None:
    if theme.get(mode) is None:
        return None
    colours = read_object(theme, mode)
    return Colours(primary=read_text(colours, "primary_color"), accent=read_text(colours, "accent_color"))


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that was shared in a call; `room_id` is None for rooms not made over REST."""

    key: str = field(repr=False)
    upload_type: str | None
    created_at: datetime | None
    user_id: str | None = field(repr=False)
    session_id: str | None
    room_id: str | None

    @classmethod
    def from_json(cls, upload: JsonObject) -> Self:
        """Return one item of `uploads`; some samples have `url` instead of `key`."""
        return cls(
            key=read_text(upload, "key", "url"),
            upload_type=read_optional_text(upload, "upload_type"),
            created_at=read_moment(upload, "creation_date", "creationDate"),
            user_id=read_optional_text(upload, "user_id"),
            session_id=read_optional_text(upload, "session_id"),
            room_id=read_optional_text(upload, "room_id"),
        )


@dataclass(frozen=True, kw_only=True)
class UploadPage(Page):
    """Uploads, newest first."""

    uploads: tuple[Upload, ...]

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        """Return a page of `uploads`."""
        uploads = tuple(Upload.from_json(upload) for upload in read_objects(body, "uploads"))
        return cls(uploads=uploads, **read_position(body))


@dataclass(frozen=True, kw_only=True)
class Session:
    """One call in a room; `duration_seconds` is None until the vendor has computed it."""

    session_id: str
    created_at: datetime | None
    duration_seconds: int | None
    connected_participants: tuple[str, ...] = field(repr=False)
    room_id: str | None

    @classmethod
    def from_json(cls, session: JsonObject) -> Self:
        """Return a session, which has no wrapping object."""
        participants = session.get("connected_participants")
        return cls(
            session_id=read_text(session, "session_id"),
            created_at=read_moment(session, "creation_date", "creationDate"),
            duration_seconds=read_number(session, "duration") or None,
            connected_participants=tuple(participants) if isinstance(participants, list) else (),
            room_id=read_optional_text(session, "room_id"),
        )


@dataclass(frozen=True, kw_only=True)
class SessionPage(Page):
    """Sessions, newest first."""

    sessions: tuple[Session, ...]

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        """Return a page of `sessions`."""
        sessions = tuple(Session.from_json(session) for session in read_objects(body, "sessions"))
        return cls(sessions=sessions, **read_position(body))


@dataclass(frozen=True, kw_only=True)
class SdkCredentials:
    """A short-lived, opaque token of a client SDK for one user."""

    access_token: str = field(repr=False)
    expires_at: datetime | None
    user_id: str = field(repr=False)

    @classmethod
    def from_json(cls, body: JsonObject) -> Self:
        """Return the credentials, which have no wrapping object."""
        return cls(
            access_token=read_text(body, "access_token"),
            expires_at=read_moment(body, "expires_at"),
            user_id=read_text(body, "user_id"),
        )
