"""Use case: list the teleconsultations that start within some days."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from teleconsultation.domain.door import Door
from teleconsultation.domain.listing import ListedTeleconsultation, ListPosition
from teleconsultation.domain.ports import Clock, Teleconsultations

MAX_PERIOD = timedelta(days=31)
MAX_PAGE_SIZE = 100
MAX_EXAMINED = 2_000
"""How many entries a request reads at most, however few of them it is looking for."""
DELETED = "DELETED"
"""The state of a deleted teleconsultation; the others are those of the door."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which teleconsultations a list has: those that start in a period and match what is not None."""

    since: datetime
    before: datetime
    """The first instant after the period, at most `MAX_PERIOD` after `since`."""
    state: str | None = None
    reference: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One entry of a list, with its state now."""

    teleconsultation: ListedTeleconsultation
    state: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A part of a list; it may have fewer entries than were asked for, or none, and yet not be the last."""

    entries: tuple[Entry, ...]
    continues_after: ListPosition | None
    """None if the list ends here."""


def list_teleconsultations(
    wanted: Wanted,
    *,
    after: ListPosition | None,
    size: int,
    teleconsultations: Teleconsultations,
    door: Door,
    clock: Clock,
) -> Page:
    """Return the next page of at most `size` entries, in the order of their start. It may be some seconds
    old.

    Raises:
        StorageUnavailableError: the table cannot answer.
    """
    now = clock()
    entries: list[Entry] = []
    listed = teleconsultations.starting(since=wanted.since, before=wanted.before, after=after)
    for examined, one in enumerate(listed, start=1):
        state = DELETED if one.deleted_at is not None else door.state_of(one, now=now).value
        if wanted.state in (None, state) and wanted.reference in (None, one.reference):
            entries.append(Entry(teleconsultation=one, state=state))
        if len(entries) == size or examined == MAX_EXAMINED:
            return Page(entries=tuple(entries), continues_after=one.position)
    return Page(entries=tuple(entries), continues_after=None)
