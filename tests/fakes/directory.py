"""The directory port in memory."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from teleconsultation.domain.errors import DirectoryUnavailableError
from teleconsultation.domain.people import DirectoryEntry


class InMemoryDirectory:
    """As `ports.Directory`."""

    def __init__(self, entries: Mapping[str, DirectoryEntry]) -> None:
        self.profile_max_age = timedelta(days=30)
        self.people = dict(entries)
        self.asked: list[tuple[str, ...]] = []
        """The ids of each request."""
        self.is_down = False

    def entries(self, ids: Collection[str]) -> Mapping[str, DirectoryEntry]:
        self.asked.append(tuple(ids))
        if self.is_down:
            raise DirectoryUnavailableError("down")
        return {one: self.people[one] for one in ids if one in self.people}

    def holder(self, external_id: str) -> DirectoryEntry | None:
        self.asked.append((external_id,))
        if self.is_down:
            raise DirectoryUnavailableError("down")
        return next((one for one in self.people.values() if one.external_id == external_id), None)
