"""A person's users at the provider: one for each role.

An adopted user existed before this service, and its id is in the profile. Any other id is derived.
"""

from teleconsultation.domain.model import Role, User
from teleconsultation.domain.ports import Ports, VideoRooms


def provider_user_id(user: User, *, role: Role, rooms: VideoRooms) -> str:
    """Return the id of a known person's user at the provider in a role."""
    return user.provider_user_ids.get(role) or rooms.user_id(user.external_id, role=role)


def provider_user_ids(external_id: str, *, ports: Ports) -> frozenset[str]:
    """Return the ids of all users that the provider may have for a person: the adopted ones, and the derived
    ones too, because the person may have been met before the adoption.

    Raises:
        StorageUnavailableError: the profile could not be read.
        ProviderUnavailableError: the key of the derived ids could not be read.
    """
    user = ports.teleconsultations.users([external_id]).get(external_id)
    adopted = user.provider_user_ids.values() if user else ()
    return frozenset({*adopted, *(ports.rooms.user_id(external_id, role=role) for role in Role)})
