"""The people of a dump: who is who, which users they have at the provider, and what is known of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from migration.documents import MappedUser, Person, Profile, Seat, VisitDocument
from teleconsultation.domain.model import Participant, Role
from teleconsultation.domain.people import User
from teleconsultation.domain.ports import VideoRooms
from teleconsultation.domain.privileges import Privileges
from teleconsultation.use_cases.provider_users import provider_user_id

type RoleOf = Callable[[str], Role | None]
"""Returns the role of a user at the provider, or None if there is no such user."""

_SILENT: Final = Profile()


@dataclass(kw_only=True)
class Roster:
    """Who is who."""

    users: Mapping[str, User] = field(repr=False)
    """The people whose role is known, by their external id."""
    external_ids: Mapping[str, str] = field(repr=False)
    """Provider user id -> external id."""
    ambiguous: int = 0
    """Users of the provider that the map gives to several people; they are nobody's."""
    doubles: int = 0
    """People with two users of one role; the later row of the map counts."""
    without_role: int = 0
    """People with no configured group and no user at the provider; they are left out."""
    nameless: int = 0
    """People for whom neither a visit nor the directory has a name."""

    def participants(
        self, visit: VisitDocument, *, privileges: Privileges, rooms: VideoRooms
    ) -> tuple[Participant, ...]:
        """Return the visit's people who are known, each once; others are left out."""
        people = {}
        for seat in visit.seats:
            person = self._participant(seat, privileges=privileges, rooms=rooms)
            if person is not None:
                people[person.external_id] = person
        return tuple(people.values())

    def _participant(self, seat: Seat, *, privileges: Privileges, rooms: VideoRooms) -> Participant | None:
        external_id = seat.external_id or self.external_ids.get(seat.provider_user_id or "")
        user = self.users.get(external_id or "")
        if user is None:
            return None
        own_role = privileges.role_of(seat.profile.groups)
        role = own_role or privileges.role_of(user.groups)
        if role is None:
            return None
        return Participant(
            external_id=user.external_id,
            bandyer_user_id=seat.provider_user_id or provider_user_id(user, role=role, rooms=rooms),
            role=role,
            groups=seat.profile.groups if own_role else user.groups,
            full_name=seat.profile.full_name or user.full_name,
            language=seat.profile.language or user.language,
        )


def roster_of(
    rows: Iterable[MappedUser],
    *,
    people: Iterable[Person],
    visits: Iterable[VisitDocument],
    privileges: Privileges,
    role_of: RoleOf,
) -> Roster:
    """Return who is who. The directory's word comes before that of the latest visit and that of the map."""
    rows = tuple(rows)
    owners: dict[str, set[str]] = {}
    profiles: dict[str, Profile] = {}
    for row in rows:
        owners.setdefault(row.provider_user_id, set()).add(row.external_id)
        _learn(profiles, row.external_id, row.profile)
    external_ids = {user_id: next(iter(ids)) for user_id, ids in owners.items() if len(ids) == 1}
    user_ids: dict[str, list[str]] = {}
    for user_id, external_id in external_ids.items():
        user_ids.setdefault(external_id, []).append(user_id)
    for visit in sorted(visits, key=lambda one: one.updated_at):
        for seat in visit.seats:
            external_id = seat.external_id or external_ids.get(seat.provider_user_id or "", "")
            if external_id:
                _learn(profiles, external_id, seat.profile)
    for person in people:
        _learn(profiles, person.external_id, person.profile)

    roster = Roster(
        users={}, external_ids=external_ids, ambiguous=sum(len(ids) > 1 for ids in owners.values())
    )
    roster.users = {
        external_id: user
        for external_id, profile in profiles.items()
        if (
            user := _user(
                external_id,
                profile=profile,
                user_ids=user_ids.get(external_id, ()),
                privileges=privileges,
                role_of=role_of,
                roster=roster,
            )
        )
    }
    return roster


def _learn(profiles: dict[str, Profile], external_id: str, said: Profile) -> None:
    known = profiles.get(external_id, _SILENT)
    profiles[external_id] = Profile(
        groups=said.groups or known.groups,
        full_name=said.full_name or known.full_name,
        language=said.language or known.language,
    )


def _user(
    external_id: str,
    *,
    profile: Profile,
    user_ids: Iterable[str],
    privileges: Privileges,
    role_of: RoleOf,
    roster: Roster,
) -> User | None:
    adopted: dict[Role, str] = {}
    for user_id in user_ids:
        role = role_of(user_id)
        if role is not None:
            roster.doubles += role in adopted
            adopted[role] = user_id
    groups = profile.groups
    if privileges.role_of(groups) is None:
        groups = _first_group(adopted, privileges=privileges)
    if not groups:
        roster.without_role += 1
        return None
    roster.nameless += profile.full_name is None
    return User(
        external_id=external_id,
        groups=groups,
        full_name=profile.full_name or "",
        language=profile.language,
        registered_roles=frozenset(adopted),
        provider_user_ids=adopted,
    )


def _first_group(adopted: Mapping[Role, str], *, privileges: Privileges) -> tuple[str, ...]:
    """Return the first configured group, in the alphabet, of the person's highest role at the provider."""
    for role, privilege in ((Role.PLUS, privileges.plus), (Role.BASIC, privileges.basic)):
        if role in adopted and privilege.groups:
            return (min(privilege.groups),)
    return ()


def with_remembered_roles(role_of: RoleOf, *, known: Mapping[str, User]) -> RoleOf:
    """Return a `role_of` that asks the provider only about users who were not adopted before."""
    roles: dict[str, Role | None] = {
        user_id: role for user in known.values() for role, user_id in user.provider_user_ids.items()
    }

    def remembered(user_id: str) -> Role | None:
        if user_id not in roles:
            roles[user_id] = role_of(user_id)
        return roles[user_id]

    return remembered
