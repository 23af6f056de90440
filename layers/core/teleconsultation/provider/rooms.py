"""The provider port over the REST client of Bandyer."""

import re
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

from bandyer import (
    BandyerClient,
    NotFoundError,
    ResponseTimeoutError,
    RoomInfo,
    RoomParticipant,
    RoomSession,
    UserAlreadyExistsError,
)
from teleconsultation.domain.errors import (
    ProviderError,
    ProviderRejectedError,
    ProviderUnavailableError,
    RecordingOffError,
)
from teleconsultation.domain.model import CallSettings, Participant, Role, Room
from teleconsultation.domain.room_details import CallSession, RoomDetails, SdkCredentials
from teleconsultation.domain.room_plan import (
    Connection,
    DeletedUploads,
    MarkedRoom,
    RoomList,
    RoomLook,
    RoomPlan,
    RoomState,
)
from teleconsultation.provider.derived_ids import DerivedIds
from teleconsultation.provider.failures import translated_errors
from teleconsultation.provider.origins import origin_of
from teleconsultation.settings import SettingsError

PARALLEL_REGISTRATIONS = 8
"""Users registered in parallel: a full room of 25 takes four rounds instead of 25."""
ROOM_PAGE_SIZE = 100
"""The longest page the provider returns: https://docs.bandyer.com/Bandyer-RESTAPI/"""
UPLOAD_PAGE_SIZE = 100
PARALLEL_DELETIONS = 8
"""Files deleted in parallel; the provider takes one key a request."""
MOST_UPLOADS = 500
"""Files deleted in one call, so that one room does not use up a run of the reconciler."""
LOOK_BACK_PAGES = 3
"""Pages of 100 rooms, newest first, that are searched for a room of unknown outcome: if it exists, it is
seconds old.
"""
QUICK_FAILURE_SECONDS = 2.0
"""A creation that fails within this time is followed by a search for its room."""

_UNKNOWN_USER = "invalid_user_id"
_NO_RECORDING = "recording_not_found"
_NOT_RECORDED = "room_no_recordable"
_ORIGIN = re.compile(r"https?://[a-z0-9.-]{1,253}(:[0-9]{1,5})?", re.ASCII)


class BandyerRooms:
    """The provider port (`ports.VideoRooms`) over the Bandyer client."""

    def __init__(
        self,
        client: BandyerClient,
        *,
        ids: DerivedIds,
        frame_origins: Callable[[], frozenset[str]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._ids = ids
        self._frame_origins = frame_origins
        self._monotonic = monotonic

    def user_id(self, external_id: str, *, role: Role) -> str:
        """As `VideoRooms.user_id`."""
        return self._ids.user_id(external_id, role=role)

    def attempt_id(self, teleconsultation_id: str) -> str:
        """As `VideoRooms.attempt_id`."""
        return self._ids.attempt_id(teleconsultation_id)

    def register(self, participants: Collection[Participant]) -> None:
        """As `VideoRooms.register`; several users in parallel."""
        self._register_all({person.bandyer_user_id: person.role for person in participants})

    def create(self, plan: RoomPlan, *, attempt_id: str, may_exist: bool = False) -> Room:
        """As `VideoRooms.create`.

        A creation of unknown outcome is never repeated, because that could make a second room. If it failed
        quickly, the room is looked up instead. After a timeout it is not: each further request would wait as
        long, and the room may not exist yet. The caller's repetition and the reconciler look for it later.

        A creation that is refused because a user was deleted at the provider is repeated once, after the
        users are registered again. A room whose links the page would refuse is deleted.

        Raises:
            SettingsError: the provider's links lead to an origin that is not in FRAME_ORIGINS.
        """
        if may_exist and (room := self._find(plan, attempt_id=attempt_id)):
            return room
        try:
            return self._create_or_find(plan, attempt_id=attempt_id)
        except ProviderRejectedError as error:
            if error.provider_code != _UNKNOWN_USER:
                raise
        self._register_all(plan.roles)
        return self._create_or_find(plan, attempt_id=attempt_id)

    def delete(self, room_id: str) -> None:
        """As `VideoRooms.delete`."""
        with translated_errors():
            try:
                self._client.delete_room(room_id=room_id)
            except NotFoundError:
                return

    def disable(self, room_id: str) -> None:
        """As `VideoRooms.disable`."""
        with translated_errors():
            try:
                self._client.disable_room(room_id=room_id)
            except NotFoundError:
                return

    def delete_uploads(self, room_id: str) -> DeletedUploads:
        """As `VideoRooms.delete_uploads`; reads the list from its beginning until it is empty.

        A page without a file that could be deleted is the last one that is read.
        """
        total = deleted = 0
        while deleted < MOST_UPLOADS:
            try:
                with translated_errors():
                    page = self._client.list_uploads(room_id=room_id, limit=UPLOAD_PAGE_SIZE)
            except ProviderError as error:
                if isinstance(error.__cause__, NotFoundError):
                    return DeletedUploads(total=total, deleted=deleted, is_complete=False, is_forgotten=True)
                if not deleted:
                    raise
                break
            if not page.uploads:
                return DeletedUploads(total=total, deleted=deleted, is_complete=True)
            outcomes = self._delete_all([upload.key for upload in page.uploads])
            failures = [outcome for outcome in outcomes if outcome is not None]
            deleted += len(outcomes) - len(failures)
            total = deleted + len(failures)
            if failures and not deleted:
                raise failures[0]
            if len(failures) == len(outcomes):
                break
        return DeletedUploads(total=total, deleted=deleted, is_complete=False)

    def state(self, room_id: str) -> RoomState:
        """As `VideoRooms.state`."""
        with translated_errors():
            try:
                info = self._client.room_info(room_id=room_id)
            except NotFoundError:
                return RoomState.GONE
        return _state(status=info.status, disabled=info.disabled)

    def look(self, room_id: str) -> RoomLook | None:
        """As `VideoRooms.look`."""
        info = self._info(room_id)
        if info is None:
            return None
        sessions = info.sessions
        return RoomLook(
            teleconsultation_id=None if info.description is None else self.made_for(info.description),
            session_ids=None if sessions is None else frozenset(each.session_id for each in sessions),
            connections=tuple(
                Connection(
                    session_id=session.session_id,
                    user_id=activity.user_id,
                    began_at=activity.began_at,
                    ended_at=activity.ended_at,
                )
                for session in sessions or ()
                for activity in session.activities
            ),
            is_recorded=info.recorded,
        )

    def made_for(self, description: str) -> str | None:
        """As `VideoRooms.made_for`."""
        found = self._ids.teleconsultation_id(description)
        return found[0] if found else None

    def find(self, room_id: str) -> Room | None:
        """As `VideoRooms.find`.

        Raises:
            SettingsError: the room's links lead to an origin that is not in FRAME_ORIGINS.
        """
        with translated_errors():
            try:
                info = self._client.room_info(room_id=room_id)
            except NotFoundError:
                return None
        if _state(status=info.status, disabled=info.disabled) is RoomState.GONE:
            return None
        room = Room(
            room_id=info.room_id,
            duration_seconds=info.duration_seconds,
            links=dict(info.links),
            call_settings=CallSettings(
                recording="manual" if info.recorded else "none", live=info.live, call_type=info.call_type
            ),
        )
        if foreign := self._foreign_origins(room.links):
            raise _origins_error(foreign)
        return room

    def role_of(self, user_id: str) -> Role | None:
        """As `VideoRooms.role_of`."""
        with translated_errors():
            try:
                user = self._client.get_user(user_id=user_id)
            except NotFoundError:
                return None
        return Role.PLUS if user.role == Role.PLUS else Role.BASIC

    def details(self, room_id: str) -> RoomDetails | None:
        """As `VideoRooms.details`."""
        info = self._info(room_id)
        if info is None:
            return None
        return RoomDetails(
            status=info.status,
            is_disabled=info.disabled,
            duration_seconds=info.duration_seconds,
            used_seconds=info.used_seconds,
            call_type=info.call_type,
            is_live=info.live,
            is_recorded=info.recorded,
            sessions=tuple(
                CallSession(
                    session_id=session.session_id,
                    started_at=session.created_at,
                    duration_seconds=session.duration_seconds,
                    seconds=_seconds_by_user(session),
                )
                for session in info.sessions or ()
            ),
        )

    def _info(self, room_id: str) -> RoomInfo | None:
        with translated_errors():
            try:
                return self._client.room_info(room_id=room_id)
            except NotFoundError:
                return None

    def recording_url(self, session_id: str, *, valid_seconds: int) -> str | None:
        """As `VideoRooms.recording_url`."""
        try:
            with translated_errors():
                return self._client.recording_url(
                    session_id=session_id, valid_milliseconds=valid_seconds * 1000
                )
        except ProviderRejectedError as error:
            if error.provider_code == _NO_RECORDING:
                return None
            if error.provider_code == _NOT_RECORDED:
                raise RecordingOffError("not recorded") from error
            raise

    def credentials(self, user_id: str, *, role: Role, expires_in_seconds: int) -> SdkCredentials:
        """As `VideoRooms.credentials`; a user whom the provider does not know is created, once."""
        try:
            return self._credentials(user_id, expires_in_seconds=expires_in_seconds)
        except ProviderRejectedError as error:
            if not isinstance(error.__cause__, NotFoundError):
                raise
        self._register(user_id, role=role)
        return self._credentials(user_id, expires_in_seconds=expires_in_seconds)

    def _credentials(self, user_id: str, *, expires_in_seconds: int) -> SdkCredentials:
        with translated_errors():
            issued = self._client.create_sdk_credentials(
                user_id=user_id, expires_in_seconds=expires_in_seconds
            )
        return SdkCredentials(
            access_token=issued.access_token, expires_at=issued.expires_at, bandyer_user_id=issued.user_id
        )

    def list_rooms(self, *, position: int) -> RoomList:
        """As `VideoRooms.list_rooms`."""
        with translated_errors():
            page = self._client.list_rooms(skip=position, limit=ROOM_PAGE_SIZE)
        return RoomList(
            marked=tuple(
                MarkedRoom(
                    room_id=room.room_id,
                    attempt_id=room.description,
                    teleconsultation_id=made_for[0],
                    is_certain=made_for[1],
                    created_at=room.created_at,
                    state=_state(status=room.status, disabled=room.disabled),
                )
                for room in page.rooms
                if room.description is not None
                and (made_for := self._ids.teleconsultation_id(room.description)) is not None
            ),
            size=len(page.rooms),
            oldest=min((room.created_at for room in page.rooms if room.created_at is not None), default=None),
            # An empty page is the last one, even if it reports more.
            is_last=not page.has_more or not page.rooms,
        )

    def unregister(self, user_ids: Collection[str]) -> int:
        """As `VideoRooms.unregister`; does not count a deletion whose answer was lost."""
        return sum(map(self._unregister, user_ids))

    def _delete_all(self, keys: Collection[str]) -> list[ProviderError | None]:
        """Return for each file why it is still there, or None if it is not."""
        with ThreadPoolExecutor(max_workers=PARALLEL_DELETIONS) as pool:
            return list(pool.map(self._delete_upload, keys))

    def _delete_upload(self, key: str) -> ProviderError | None:
        try:
            with translated_errors():
                self._client.delete_upload(upload_key=key)
        except ProviderRejectedError as error:
            return None if isinstance(error.__cause__, NotFoundError) else error
        except ProviderUnavailableError as error:
            return error
        return None

    def _register_all(self, roles: Mapping[str, Role]) -> None:
        with ThreadPoolExecutor(max_workers=PARALLEL_REGISTRATIONS) as pool:
            registrations = [
                pool.submit(self._register, user_id, role=role) for user_id, role in roles.items()
            ]
        for registration in registrations:
            registration.result()

    def _register(self, user_id: str, *, role: Role) -> None:
        with translated_errors():
            try:
                self._client.create_user(user_id=user_id, role=role.value)
            except UserAlreadyExistsError:
                return

    def _unregister(self, user_id: str) -> bool:
        with translated_errors():
            try:
                self._client.delete_user(user_id=user_id)
            except NotFoundError:
                return False
        return True

    def _create_or_find(self, plan: RoomPlan, *, attempt_id: str) -> Room:
        began = self._monotonic()
        try:
            return self._create(plan, attempt_id=attempt_id)
        except ProviderUnavailableError as error:
            was_quick = self._monotonic() - began < QUICK_FAILURE_SECONDS
            timed_out = isinstance(error.__cause__, ResponseTimeoutError)
            if not error.outcome_unknown or timed_out or not was_quick:
                raise
            # If the search fails (even because a key cannot be renewed), the outcome is still unknown.
            with suppress(ProviderError):
                if room := self._find(plan, attempt_id=attempt_id):
                    return room
            raise

    def _create(self, plan: RoomPlan, *, attempt_id: str) -> Room:
        self._frame_origins()  # before the effect, because it may be missing
        with translated_errors():
            room = self._client.create_room(
                participants=[
                    RoomParticipant(user_id=user_id, is_admin=role is Role.PLUS, tools=plan.tools[role])
                    for user_id, role in plan.roles.items()
                ],
                recording_type=plan.recording_type,
                # The link leads straight into the call, because our page is the waiting room.
                direct_call=True,
                live=plan.live,
                duration_seconds=plan.duration_seconds,
                description=attempt_id,
            )
        if foreign := self._foreign_origins(room.links):
            # The page would refuse its links, so nobody could enter. If this deletion fails, the reconciler
            # finds the room by its attempt id.
            with suppress(ProviderError):
                self.delete(room.room_id)
            raise _origins_error(foreign)
        return Room(
            room_id=room.room_id,
            duration_seconds=plan.duration_seconds,
            links=dict(room.links),
            call_settings=plan.call_settings(call_type=room.call_type),
        )

    def _find(self, plan: RoomPlan, *, attempt_id: str) -> Room | None:
        position = 0
        for _ in range(LOOK_BACK_PAGES):
            with translated_errors():
                page = self._client.list_rooms(skip=position, limit=ROOM_PAGE_SIZE)
            for listed in page.rooms:
                if listed.description == attempt_id:
                    with translated_errors():
                        info = self._client.room_info(room_id=listed.room_id)
                    room = Room(
                        room_id=info.room_id,
                        duration_seconds=info.duration_seconds,
                        links=dict(info.links),
                        call_settings=plan.call_settings(call_type=info.call_type),
                    )
                    # A room without its links, with links that the page refuses, or made by other rules is
                    # left to the reconciler.
                    is_shown = not self._foreign_origins(room.links)
                    return room if plan.is_served_by(room) and is_shown else None
            if not page.has_more or not page.rooms:
                break
            position += len(page.rooms)
        return None

    def _foreign_origins(self, links: Mapping[str, str]) -> frozenset[str | None]:
        """Return the origins of these links that the page would refuse."""
        return frozenset(map(origin_of, links.values())) - self._frame_origins()


def _origins_error(foreign: Collection[str | None]) -> SettingsError:
    return SettingsError(f"FRAME_ORIGINS lacks {_named(foreign)}, where the provider's links lead: add it")


def _state(*, status: str | None, disabled: bool) -> RoomState:
    """Return the state for the vendor's status; one that is not documented is taken for a room in use, which
    nothing is done to.
    """
    if disabled or status == "CLOSED":
        return RoomState.GONE
    return RoomState.IDLE if status == "NOT_RUNNING" else RoomState.RUNNING


def _seconds_by_user(session: RoomSession) -> Mapping[str, int]:
    """Return how long each user was in a session. Who left and came back has several activities; one that
    lasts does not count yet.
    """
    seconds: dict[str, int] = {}
    for activity in session.activities:
        ended_at = activity.ended_at or activity.began_at
        stay = max((ended_at - activity.began_at) // timedelta(seconds=1), 0)
        seconds[activity.user_id] = seconds.get(activity.user_id, 0) + stay
    return seconds


def _named(origins: Collection[str | None]) -> str:
    """Return the origins as the log may show them: a host of the provider's, and nothing else of a link."""
    return ", ".join(
        sorted(
            origin if origin is not None and _ORIGIN.fullmatch(origin) else "(no address)"
            for origin in origins
        )
    )
