"""A person's users at the provider: one for each role.

An adopted user existed before this service, and its id is in the profile. Any other id is derived.
"""

from teleconsultation.domain.model import Role
from teleconsultation.domain.people import User
from teleconsultation.domain.ports import VideoRooms


def provider_user_id(user: User, *, role: Role, rooms: VideoRooms) -> str:
    """Return the id of a person's user at the provider in a role."""
    return user.provider_user_ids.get(role) or rooms.user_id(user.external_id, role=role)


def provider_user_ids(user: User, *, rooms: VideoRooms) -> frozenset[str]:
    """Return the ids of all users that the provider may have for a person: the adopted ones, and the derived
    ones too, because the person may have been met before the adoption.
    """
    derived = (rooms.user_id(user.external_id, role=role) for role in Role)
    return frozenset({*user.provider_user_ids.values(), *derived})
