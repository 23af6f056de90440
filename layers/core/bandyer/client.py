"""The endpoints of Bandyer's v1 REST API for video visits, one method for each.

The vendor's reference for v1 is one page, https://docs.bandyer.com/Bandyer-RESTAPI/; if Kaleyra, as the
vendor is called now, has a page for an endpoint, the method links that page.
"""

import math
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Literal

import requests

from bandyer.api_key import ApiKey
from bandyer.circuit_breaker import CircuitBreaker
from bandyer.fields import JsonObject, UnreadableFieldError, read_object, read_text
from bandyer.models import (
    Background,
    Backgrounds,
    Company,
    SdkCredentials,
    Session,
    SessionPage,
    Theme,
    UploadPage,
    User,
)
from bandyer.rooms import Room, RoomInfo, RoomPage, RoomParticipant
from bandyer.transport import MAXIMUM_ATTEMPTS, Query, Transport
from bandyer.webhooks import Hook, read_hooks

type Role = Literal["plus", "basic"]
type RecordingType = Literal["none", "manual", "automatic"]
type CallType = Literal["audio_only", "audio_upgradable", "audio_video"]
type UploadType = Literal["file_upload", "generic", "snapshot"]
type LogoType = Literal["image/png", "image/jpeg"]


class BandyerClient:
    """Sends requests for one company's account. Cheap to create; threads may share it.

    Args:
        base_url: The host, such as `https://api.sandbox.eu.bandyer.com`.
        path_prefix: The path of v1 on the host.
        api_key: The source of the secret; read again once if the secret is refused.
        session: A session of `new_session`, to keep connections for longer than this client.
        circuit_breaker: One that lives longer than this client, to keep what it has counted.
        attempts: How often a request is sent, at most, if it may be repeated.
        remaining_seconds: The time the caller can wait, less the time it needs afterwards. Attempts and
            pauses end before it.
        sleep: Replaced by tests.

    Every method raises a subclass of `BandyerError` (see `bandyer.errors`), and `ValueError` for an argument
    that cannot be sent. The client does not log.
    """

    def __init__(
        self,
        *,
        base_url: str,
        path_prefix: str = "/rest",
        api_key: ApiKey,
        session: requests.Session | None = None,
        circuit_breaker: CircuitBreaker | None = None,
        attempts: int = MAXIMUM_ATTEMPTS,
        remaining_seconds: Callable[[], float] = lambda: math.inf,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._transport = Transport(
            base_url=base_url,
            path_prefix=path_prefix,
            api_key=api_key,
            session=session,
            circuit_breaker=circuit_breaker,
            attempts=attempts,
            remaining_seconds=remaining_seconds,
            sleep=sleep,
        )

    def create_user(
        self,
        *,
        user_id: str | None = None,
        role: Role,
        can_video: bool | None = None,
        language: str | None = None,
    ) -> User:
        """Create a user, with the given id or one that the vendor chooses.

        An id has at most 128 letters, digits, `.`, `_` and `-`.

        https://developers.kaleyra.io/reference/video-user-create

        Raises:
            UserAlreadyExistsError: The id is taken. A caller that chooses the id can repeat a creation of
                unknown outcome and treat this error as success.
        """
        body = _without_none(id=user_id, role=role, can_video=can_video, language=language)
        return self._transport.fetch("POST", "user", "create", body=body, read=User.from_json)

    def get_user(self, *, user_id: str) -> User:
        """Return a user.

        `GET /user/list/:user_id`: https://docs.bandyer.com/Bandyer-RESTAPI/

        Raises:
            NotFoundError: No such user (the vendor answers 400).
        """
        return self._transport.fetch("GET", "user", "list", user_id, read=User.from_json)

    def update_user(
        self,
        *,
        user_id: str,
        role: Role | None = None,
        can_video: bool | None = None,
        language: str | None = None,
    ) -> User:
        """Change the given fields of a user, and return the user.

        `PUT /user/update/:user_id`: https://docs.bandyer.com/Bandyer-RESTAPI/

        The vendor's text says that a role cannot change, and its table that it can: check the answer.

        Raises:
            NotFoundError: No such user (the vendor answers 400).
        """
        body = _without_none(role=role, can_video=can_video, language=language)
        return self._transport.fetch("PUT", "user", "update", user_id, body=body, read=User.from_json)

    def delete_user(self, *, user_id: str) -> None:
        """Delete a user.

        `DELETE /user/delete/:user_id`: https://docs.bandyer.com/Bandyer-RESTAPI/

        Raises:
            NotFoundError: No such user; also if an earlier attempt of this call deleted it and the answer
                was lost.
        """
        self._transport.send("DELETE", "user", "delete", user_id)

    def create_room(
        self,
        *,
        participants: Sequence[RoomParticipant],
        recording_type: RecordingType = "none",
        call_type: CallType | None = None,
        direct_call: bool = False,
        live: bool = False,
        duration_seconds: int | None = None,
        description: str | None = None,
        initiator_alias: str | None = None,
    ) -> Room:
        """Create a room for 2 to 25 users, at least one of them *plus*; it can never be changed afterwards.

        https://developers.kaleyra.io/reference/video-room-create

        Args:
            participants: The users; each gets a link.
            recording_type: Whether calls are recorded, and whether recording starts by itself.
            call_type: None is the vendor's default, `audio_video`.
            direct_call: Whether links skip the vendor's page before the call.
            live: Whether opening a link rings the others' apps.
            duration_seconds: Call time, at least 60, counted while two users are connected; None is
                unlimited.
            description: Free text, the only field by which a caller can find its room again.
            initiator_alias: User id of the room's creator.

        Raises:
            BandyerError: With `outcome_unknown` a room may exist. The vendor has no idempotency key, so
                search `list_rooms` for the description before repeating.
        """
        body = _without_none(
            participants=[participant.to_json() for participant in participants],
            recording=recording_type != "none",
            recording_type=None if recording_type == "none" else recording_type,
            call_type=call_type,
            directCall=direct_call,
            live=live,
            duration=duration_seconds,
            description=description,
            initiatorAlias=initiator_alias,
        )

        def read_complete(answer: JsonObject) -> Room:
            room = Room.from_json(answer)
            if not all(participant.user_id in room.links for participant in participants):
                raise UnreadableFieldError("user_urls")
            return room

        return self._transport.fetch("POST", "room", "create", body=body, read=read_complete)

    def room_info(self, *, room_id: str) -> RoomInfo:
        """Return a room.

        `GET /room/info/:room_id`: https://docs.bandyer.com/Bandyer-RESTAPI/

        Raises:
            NotFoundError: No such room (400 `invalid_room_id`, or 404 with a code: the vendor lists neither).
        """
        return self._transport.fetch("GET", "room", "info", room_id, read=RoomInfo.from_json)

    def recording_url(self, *, session_id: str, valid_milliseconds: int) -> str:
        """Return a signed address of a call's recording, which opens it for so long.

        `GET /room/recording/:session_id`: https://docs.bandyer.com/Bandyer-RESTAPI/

        Raises:
            RejectedError: `recording_not_found`, also while the recording is processed, or
                `room_no_recordable`.
        """
        return self._transport.fetch(
            "GET",
            "room",
            "recording",
            session_id,
            query={"expire_time": valid_milliseconds},
            read=lambda answer: read_text(answer, "url"),
        )

    def list_rooms(self, *, skip: int = 0, limit: int = 100) -> RoomPage:
        """Return a page of the company's rooms, newest first, at most 100.

        `GET /room/list`: https://docs.bandyer.com/Bandyer-RESTAPI/

        Positions count from the newest room: if a room is made between two pages, one room is listed twice;
        if a room is deleted, one is missed.
        """
        query = {"skip": skip, "limit": limit}
        return self._transport.fetch("GET", "room", "list", query=query, read=RoomPage.from_json)

    def delete_room(self, *, room_id: str) -> None:
        """Delete a room and its links.

        `DELETE /room/delete/:room_id`: https://docs.bandyer.com/Bandyer-RESTAPI/

        Raises:
            NotFoundError: No such room; also if an earlier attempt of this call deleted it and the answer
                was lost.
        """
        self._transport.send("DELETE", "room", "delete", room_id)

    def disable_room(self, *, room_id: str) -> None:
        """Disable a room's links for good, and keep its data.

        `PUT /room/disable/:room_id`: https://docs.bandyer.com/Bandyer-RESTAPI/

        Raises:
            NotFoundError: No such room.
        """
        self._transport.send("PUT", "room", "disable", room_id)

    def company(self) -> Company:
        """Return the company of the API key.

        `GET /company`: https://docs.bandyer.com/Bandyer-RESTAPI/?shell
        """
        return self._transport.fetch("GET", "company", read=Company.from_json)

    def update_company(
        self,
        *,
        background_alias: str | None = None,
        end_call_redirect_url: str | None = None,
        end_call_redirect_timeout_milliseconds: int | None = None,
    ) -> Company:
        """Change the given settings of the company, and return it; the vendor keeps the others.

        `POST /company/update`: https://docs.bandyer.com/Bandyer-RESTAPI/

        Args:
            background_alias: The uploaded background that calls use.
            end_call_redirect_url: The address that a browser's call page opens after the call.
            end_call_redirect_timeout_milliseconds: The wait before it does, 0 to 60000.
        """
        body = _without_none(
            background_alias=background_alias,
            end_call_redirect_url=end_call_redirect_url,
            end_call_redirect_timeout_ms=end_call_redirect_timeout_milliseconds,
        )
        return self._transport.fetch("POST", "company", "update", body=body, read=Company.from_json)

    def backgrounds(self) -> Backgrounds:
        """Return the company's virtual backgrounds.

        `GET /company/virtual-backgrounds`: https://docs.bandyer.com/Bandyer-RESTAPI/
        """
        return self._transport.fetch("GET", "company", "virtual-backgrounds", read=Backgrounds.from_json)

    def upload_background(self, image: bytes) -> Background:
        """Add a virtual background: a JPEG of at most 16 MB, at least 1280 by 1280 pixels.

        https://developers.kaleyra.io/reference/video-company-uploadbackground

        Raises:
            RejectedError: `exceeded_background_limit`, as the company has ten; `invalid_file`,
                `wrong_file_dimension`, `error_processing_image`.
            BandyerError: With `outcome_unknown` the background may be there. The vendor has no idempotency
                key, so compare `backgrounds` before repeating.
        """
        return self._transport.fetch(
            "POST",
            "company",
            "virtual-background",
            files={"virtual_background": ("background.jpeg", image, "image/jpeg")},
            read=lambda answer: Background.from_json(read_object(answer, "virtual_background")),
        )

    def hooks(self) -> tuple[Hook, ...]:
        """Return which events of version v1 are posted where.

        `GET /v1/hook`: https://docs.bandyer.com/Bandyer-RESTAPI/
        """
        return self._transport.fetch("GET", "v1", "hook", read=read_hooks)

    def configure_hooks(self, *, url: str, events: Sequence[str]) -> None:
        """Post these events of version v1 to an address, and no others.

        https://developers.kaleyra.io/reference/video-webhook-configure
        """
        body = {"post_event_webhook_url": url, "webhook_method": "POST", "webhook_filters": list(events)}
        self._transport.send("POST", "v1", "hook", "configure", body=body)

    def theme(self) -> Theme:
        """Return the company's colours.

        `GET /company/theme`: https://docs.bandyer.com/Bandyer-RESTAPI/
        """
        return self._transport.fetch("GET", "company", "theme", read=Theme.from_json)

    def update_theme(self, theme: Theme) -> Theme:
        """Change the colours of the given modes, and return the theme; None leaves a mode as it is.

        `POST /company/theme`: https://docs.bandyer.com/Bandyer-RESTAPI/
        """
        modes = {"light": theme.light, "dark": theme.dark}
        body = {mode: colours.to_json() for mode, colours in modes.items() if colours is not None}
        return self._transport.fetch("POST", "company", "theme", body=body, read=Theme.from_json)

    def update_logo(self, logo: bytes, *, media_type: LogoType) -> None:
        """Replace the company's logo, in both modes: at most 500 KB, at least 200 by 200 pixels.

        `POST /company/logo/update`: https://docs.bandyer.com/Bandyer-RESTAPI/
        """
        files = {"logo": ("logo", logo, media_type), "theme": (None, b"all", "text/plain")}
        self._transport.send("POST", "company", "logo", "update", files=files)

    def list_uploads(
        self,
        *,
        room_id: str | None = None,
        session_id: str | None = None,
        upload_type: UploadType | None = None,
        skip: int = 0,
        limit: int = 100,
    ) -> UploadPage:
        """Return a page of uploads, newest first, at most 100: of the company, a room or a session.

        `GET /upload/list`, `/room/:room_id/upload/list`, `/session/:session_id/upload/list`:
        https://docs.bandyer.com/Bandyer-RESTAPI/

        Raises:
            ValueError: Both a room and a session are given; the vendor can filter by one.
        """
        if room_id is not None and session_id is not None:
            raise ValueError("uploads are listed by room or by session, not by both")
        owner: tuple[str, ...] = ()
        if room_id is not None:
            owner = ("room", room_id)
        elif session_id is not None:
            owner = ("session", session_id)
        query: Query = _without_none(upload_type=upload_type, skip=skip, limit=limit)
        return self._transport.fetch("GET", *owner, "upload", "list", query=query, read=UploadPage.from_json)

    def delete_upload(self, *, upload_key: str) -> None:
        """Delete one upload.

        `DELETE /upload/resource`, the key in the body: https://docs.bandyer.com/Bandyer-RESTAPI/

        Raises:
            NotFoundError: No such upload; also if an earlier attempt of this call deleted it and the answer
                was lost.
        """
        self._transport.send("DELETE", "upload", "resource", body={"upload_key": upload_key})

    def create_sdk_credentials(
        self, *, user_id: str, expires_in_seconds: int | None = None
    ) -> SdkCredentials:
        """Issue a token for a client SDK, for 360 to 86400 seconds.

        https://developers.kaleyra.io/reference/video-authentication

        Raises:
            NotFoundError: No such user.
        """
        body = _without_none(user_id=user_id, expires_in=expires_in_seconds)
        return self._transport.fetch("POST", "sdk", "credentials", body=body, read=SdkCredentials.from_json)

    def list_sessions(
        self,
        *,
        skip: int = 0,
        limit: int = 100,
        start_date: datetime | None = None,
        end_date: datetime | None = None,
    ) -> SessionPage:
        """Return a page of calls, newest first, at most 100, optionally those begun between two instants.

        `GET /session/list`; v1 cannot filter by room: https://docs.bandyer.com/Bandyer-RESTAPI/

        Raises:
            ValueError: A date has no offset and so is no instant.
        """
        query: Query = _without_none(
            skip=skip, limit=limit, start_date=_moment(start_date), end_date=_moment(end_date)
        )
        return self._transport.fetch("GET", "session", "list", query=query, read=SessionPage.from_json)

    def get_session(self, *, session_id: str) -> Session:
        """Return one call.

        `GET /session/:session_id`: https://docs.bandyer.com/Bandyer-RESTAPI/

        Raises:
            NotFoundError: No such session.
        """
        return self._transport.fetch("GET", "session", session_id, read=Session.from_json)


def _without_none[T](**fields: T | None) -> dict[str, T]:
    # None and absent differ at the vendor: `null` resets some fields, and absent tools mean all of them.
    return {name: value for name, value in fields.items() if value is not None}


def _moment(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("a date needs an offset")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
