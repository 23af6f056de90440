"""Use case: give a person the provider's credentials, with which an app signs them in there."""

from collections.abc import Collection

from teleconsultation.domain.errors import UnknownPersonError
from teleconsultation.domain.model import Role
from teleconsultation.domain.people import User
from teleconsultation.domain.ports import Ports
from teleconsultation.domain.privileges import Privileges
from teleconsultation.domain.room_details import SdkCredentials
from teleconsultation.use_cases.provider_users import provider_user_id


def issue_credentials(
    external_id: str | None,
    *,
    claimed_groups: Collection[str],
    expires_in_seconds: int,
    ports: Ports,
    privileges: Privileges,
) -> SdkCredentials:
    """Return credentials for the person's user at the provider, in the highest role they have there.

    A person without a profile has the role of `claimed_groups`, those in their token, or else of their groups
    in the directory, if there is one. Nothing is stored: the user's id is derived, so that it is the same
    when the person is named in a visit.

    Raises:
        UnknownPersonError: the person has no profile, and none of the groups is configured.
        DirectoryUnavailableError: the directory is needed and cannot answer.
        ProviderError: no credentials were issued.
        StorageUnavailableError: the table cannot answer.
    """
    if not external_id:
        raise UnknownPersonError("the token names nobody")
    found = ports.teleconsultations.users([external_id]).get(external_id)
    # An alias is a word of requests that name people; a token that carries one is not the person's.
    user = found if found is not None and found.external_id == external_id else None
    role = _role(user, claimed_groups=claimed_groups, privileges=privileges)
    if role is None and user is None and ports.directory is not None:
        entry = ports.directory.holder(external_id)
        role = None if entry is None else privileges.role_of(entry.groups)
    if role is None:
        raise UnknownPersonError("no profile and no configured group")
    user_id = (
        provider_user_id(user, role=role, rooms=ports.rooms)
        if user
        else ports.rooms.user_id(external_id, role=role)
    )
    return ports.rooms.credentials(user_id, role=role, expires_in_seconds=expires_in_seconds)


def _role(user: User | None, *, claimed_groups: Collection[str], privileges: Privileges) -> Role | None:
    if user is None:
        return privileges.role_of(claimed_groups)
    for role in (Role.PLUS, Role.BASIC):
        if role in user.registered_roles:
            return role
    return privileges.role_of(user.groups)
