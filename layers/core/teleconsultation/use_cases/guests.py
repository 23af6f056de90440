"""Turn the invitees of a request into participants of a teleconsultation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from teleconsultation.domain.errors import (
    FieldError,
    InvalidRequestError,
    NoPlusUserError,
    UnknownGroupError,
    UnknownParticipantError,
)
from teleconsultation.domain.model import MAX_PARTICIPANTS, MIN_PARTICIPANTS, Participant, Role, new_sitter_id
from teleconsultation.domain.people import User
from teleconsultation.domain.ports import Ports, VideoRooms
from teleconsultation.domain.privileges import Privileges
from teleconsultation.use_cases.look_up import look_up
from teleconsultation.use_cases.provider_users import provider_user_id

_NOT_KNOWN = "is not known yet: send groups and fullName with the id"
_NOT_IN_DIRECTORY = (
    "is not known yet, and the directory has nobody by this id with a name that can be shown: send groups "
    "and fullName with the id"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Invitee:
    """A person in a request. A field that was not sent is None and is taken from the stored profile."""

    external_id: str = field(repr=False)
    field_path: str
    """Path of the person in the request, for error messages."""
    groups: tuple[str, ...] | None = field(default=None, repr=False)
    full_name: str | None = field(default=None, repr=False)
    language: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class GuestList:
    """Checked participants, and the registrations and profiles to be written before a room is made."""

    participants: tuple[Participant, ...]
    to_register: tuple[Participant, ...] = ()
    """Participants without a user at the provider in their role."""
    to_save: tuple[User, ...] = ()
    """Profiles that are new or changed."""

    def register_and_save(self, ports: Ports) -> None:
        """Register `to_register` at the provider, then store the profiles in `to_save`.

        After a crash between the two, the next request registers again, which is harmless.

        Raises:
            ProviderError: a participant could not be registered; no profile was stored.
            StorageUnavailableError: the profiles could not be stored.
        """
        if self.to_register:
            ports.rooms.register(self.to_register)
        if self.to_save:
            ports.teleconsultations.save_users(self.to_save)


def check_headcount(number: int, invitees: Sequence[Invitee | Participant]) -> None:
    """Refuse a list with too few or too many expected participants, with more people than expected, or with
    the same person twice.

    Raises:
        InvalidRequestError: the list breaks one of these rules.
    """
    errors = []
    if not MIN_PARTICIPANTS <= number <= MAX_PARTICIPANTS:
        errors.append(FieldError("participants.number", f"must be {MIN_PARTICIPANTS} to {MAX_PARTICIPANTS}"))
    if len(invitees) > number:
        errors.append(FieldError("participants.data", "must not name more participants than number"))
    if len({person.external_id for person in invitees}) < len(invitees):
        errors.append(FieldError("participants", "must not name the same participant twice"))
    if errors:
        raise InvalidRequestError(errors)


def check_plus_user(participants: Sequence[Participant]) -> None:
    """Refuse a complete list without a plus user.

    Raises:
        NoPlusUserError: the list has no plus user.
    """
    if all(person.role is not Role.PLUS for person in participants):
        raise NoPlusUserError("no plus user in room")


def check_attendance(participants: Sequence[Participant]) -> None:
    """Refuse a complete list for which no room can be made.

    Raises:
        InvalidRequestError: too few participants are left after an erasure.
        NoPlusUserError: the participants who are left include no plus user.
    """
    attendees = [person for person in participants if not person.is_erased]
    if len(attendees) < MIN_PARTICIPANTS:
        raise InvalidRequestError(
            [FieldError("participants", "must be sent: somebody was erased, and too few are left")]
        )
    check_plus_user(attendees)


def guest_list(invitees: Sequence[Invitee], *, ports: Ports, privileges: Privileges) -> GuestList:
    """Return the guest list for the invitees, each with a role and a profile; has no effect.

    Raises:
        InvalidRequestError: two of the ids name the same person.
        UnknownParticipantError: an invitee was sent without groups or name, no profile is stored, and the
            directory, if there is one, does not have them.
        DirectoryUnavailableError: the directory is needed and cannot answer.
        UnknownGroupError: an invitee has no configured group.
        StorageUnavailableError: the profiles could not be read.
    """
    stored = ports.teleconsultations.users([invitee.external_id for invitee in invitees])
    looked_up = look_up(
        [one.external_id for one in invitees if one.groups is None or one.full_name is None],
        stored=stored,
        ports=ports,
        privileges=privileges,
    )
    known = {**stored, **looked_up}
    _check_distinct(invitees, known=known)
    profiles = _profiles(invitees, known=known, has_directory=ports.directory is not None)
    participants = tuple(_participants(invitees, profiles, rooms=ports.rooms, privileges=privileges))
    registered = tuple(
        replace(profile, registered_roles=profile.registered_roles | {person.role})
        for profile, person in zip(profiles, participants, strict=True)
    )
    return GuestList(
        participants=participants,
        to_register=tuple(
            person
            for profile, person in zip(profiles, participants, strict=True)
            if person.role not in profile.registered_roles
        ),
        to_save=tuple(
            user
            for invitee, user in zip(invitees, registered, strict=True)
            if user != stored.get(invitee.external_id)
        ),
    )


def _check_distinct(invitees: Sequence[Invitee], *, known: Mapping[str, User]) -> None:
    """Refuse a person who is named twice by different ids."""
    ids = {known[one.external_id].external_id for one in invitees if one.external_id in known}
    if len(ids) < sum(one.external_id in known for one in invitees):
        raise InvalidRequestError([FieldError("participants", "must not name the same participant twice")])


def _profiles(invitees: Sequence[Invitee], *, known: Mapping[str, User], has_directory: bool) -> list[User]:
    profiles, errors = [], []
    for invitee in invitees:
        user = known.get(invitee.external_id)
        groups = invitee.groups or (user.groups if user else None)
        full_name = invitee.full_name or (user.full_name if user else None)
        if groups is None or full_name is None:
            errors.append(FieldError(invitee.field_path, _NOT_IN_DIRECTORY if has_directory else _NOT_KNOWN))
            continue
        profile = user or User(external_id=invitee.external_id, groups=groups, full_name=full_name)
        language = invitee.language or profile.language
        profiles.append(replace(profile, groups=groups, full_name=full_name, language=language))
    if errors:
        raise UnknownParticipantError(errors)
    return profiles


def _participants(
    invitees: Sequence[Invitee], profiles: Sequence[User], *, rooms: VideoRooms, privileges: Privileges
) -> list[Participant]:
    participants, errors = [], []
    for invitee, profile in zip(invitees, profiles, strict=True):
        role = privileges.role_of(profile.groups)
        if role is None:
            errors.append(
                FieldError(f"{invitee.field_path}.groups", "must name at least one configured group")
            )
            continue
        participants.append(
            Participant(
                external_id=profile.external_id,
                bandyer_user_id=provider_user_id(profile, role=role, rooms=rooms),
                role=role,
                groups=profile.groups,
                full_name=profile.full_name,
                language=profile.language,
                alias=None if invitee.external_id == profile.external_id else invitee.external_id,
                sitter_id=new_sitter_id(),
            )
        )
    if errors:
        raise UnknownGroupError(errors)
    return participants
