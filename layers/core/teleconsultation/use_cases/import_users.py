"""Use case: take over the people of another service, with the users that they have at the provider."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import batched

from teleconsultation.domain.people import User
from teleconsultation.domain.ports import Ports

BATCH_SIZE = 25
"""Profiles in one read and one write."""


def import_users(users: Sequence[User], *, ports: Ports) -> int:
    """Store profiles, and return how many were new or changed; safe to repeat.

    What a stored profile says stays, because a request may have sent it. It gets what it lacks, and the
    adopted users in the roles in which the person has none here yet.

    Raises:
        StorageUnavailableError: the table cannot answer; some profiles may be stored nevertheless.
    """
    changed = 0
    for batch in batched(users, BATCH_SIZE, strict=False):
        known = ports.teleconsultations.users([user.external_id for user in batch])
        wanted = [_merged(user, known=known.get(user.external_id)) for user in batch]
        to_save = [user for user in wanted if user != known.get(user.external_id)]
        if to_save:
            ports.teleconsultations.save_users(to_save)
        changed += len(to_save)
    return changed


def _merged(found: User, *, known: User | None) -> User:
    if known is None:
        return found
    adopted = {
        role: user_id
        for role, user_id in found.provider_user_ids.items()
        if role not in known.registered_roles
    }
    return replace(
        known,
        groups=known.groups or found.groups,
        full_name=known.full_name or found.full_name,
        language=known.language or found.language,
        registered_roles=known.registered_roles | found.registered_roles,
        provider_user_ids={**known.provider_user_ids, **adopted},
    )
