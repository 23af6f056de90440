"""Look people up in the directory, if one is configured: those who are named by an id alone."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from teleconsultation.domain.errors import DirectoryUnavailableError
from teleconsultation.domain.people import DirectoryEntry, User
from teleconsultation.domain.ports import Ports
from teleconsultation.domain.privileges import Privileges


def look_up(
    ids: Collection[str], *, stored: Mapping[str, User], ports: Ports, privileges: Privileges
) -> Mapping[str, User]:
    """Return the profiles of those of `ids` that the directory was asked for and has; has no effect.

    It is asked for people who are not `stored`, and again for profiles of its own that are too old. If only
    such are asked for and it cannot answer, the old profiles serve. A profile that a caller sent is never
    replaced. Of somebody's groups the configured ones are kept, because no others are needed.

    Raises:
        DirectoryUnavailableError: somebody is unknown, and the directory cannot answer.
        StorageUnavailableError: the table cannot answer.
    """
    if ports.directory is None:
        return {}
    now = ports.clock()
    oldest = now - ports.directory.profile_max_age
    unknown = [one for one in ids if one not in stored]
    outdated = [one for one in ids if one in stored and _is_older(stored[one], oldest=oldest)]
    if not unknown and not outdated:
        return {}
    try:
        entries = ports.directory.entries([*unknown, *outdated])
    except DirectoryUnavailableError:
        if unknown:
            raise
        return {}
    # The directory may know somebody by one id whom this service has met by another, and may have given an id
    # to another account since it was asked last.
    known = {user.external_id: user for user in stored.values()}
    others = [entry.external_id for entry in entries.values() if entry.external_id not in known]
    met = ports.teleconsultations.users(others) if others else {}
    known |= {user.external_id: user for user in met.values()}
    return {
        one: _profile(entry, name=one, known=known.get(entry.external_id), now=now, privileges=privileges)
        for one, entry in entries.items()
    }


def _is_older(user: User, *, oldest: datetime) -> bool:
    return user.looked_up_at is not None and user.looked_up_at < oldest


def _profile(
    entry: DirectoryEntry, *, name: str, known: User | None, now: datetime, privileges: Privileges
) -> User:
    groups = tuple(group for group in entry.groups if privileges.role_of([group]) is not None)
    looked_up = User(
        external_id=entry.external_id,
        groups=groups,
        full_name=entry.full_name,
        language=entry.language,
        looked_up_at=now,
    )
    user = known or looked_up
    if user.looked_up_at is not None:
        user = replace(
            user,
            groups=groups,
            full_name=entry.full_name,
            language=entry.language or user.language,
            looked_up_at=now,
        )
    return user if name == user.external_id else replace(user, aliases=user.aliases | {name})
