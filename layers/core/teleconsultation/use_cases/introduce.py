"""Use case: introduce a person, so that requests may name them by an id alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from teleconsultation.domain.errors import AliasTakenError, FieldError, InvalidRequestError, UnknownGroupError
from teleconsultation.domain.model import Role
from teleconsultation.domain.people import User
from teleconsultation.domain.ports import Teleconsultations
from teleconsultation.domain.privileges import Privileges


@dataclass(frozen=True, kw_only=True, slots=True)
class Introduction:
    """The result of an introduction."""

    role: Role
    is_new: bool
    """Whether the person was unknown before."""


def introduce_person(
    profile: User, *, teleconsultations: Teleconsultations, privileges: Privileges
) -> Introduction:
    """Store a profile in place of the one there is, if any, and return the role it gives.

    The users that the person has at the provider stay. Visits keep the names with which they were written.

    Aliases that are left out end before the profile is stored: an alias without a profile that lists it would
    outlive an erasure.

    Raises:
        InvalidRequestError: an alias is the person's own id.
        UnknownGroupError: no group of the profile is configured.
        AliasTakenError: the id or an alias stands for another person.
        StorageUnavailableError: the table cannot answer.
    """
    if profile.external_id in profile.aliases:
        raise InvalidRequestError([FieldError("aliases", "must not name the person's own id")])
    role = privileges.role_of(profile.groups)
    if role is None:
        raise UnknownGroupError([FieldError("groups", "must name at least one configured group")])
    stored = teleconsultations.users([profile.external_id, *sorted(profile.aliases)])
    _check_free(profile, stored=stored)
    known = stored.get(profile.external_id)
    user = profile
    if known is not None:
        user = replace(
            profile, registered_roles=known.registered_roles, provider_user_ids=known.provider_user_ids
        )
        teleconsultations.delete_aliases(known.aliases - profile.aliases)
    if user != known:
        teleconsultations.save_users([user])
    return Introduction(role=role, is_new=known is None)


def _check_free(profile: User, *, stored: Mapping[str, User]) -> None:
    if any(user.external_id != profile.external_id for user in stored.values()):
        raise AliasTakenError("an id stands for another person")
