"""Use case: list the teleconsultations that start within some days."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import batched

from teleconsultation.domain.door import Door
from teleconsultation.domain.listing import ListedTeleconsultation, ListPosition
from teleconsultation.domain.model import Outcome, Teleconsultation
from teleconsultation.domain.ports import Clock, Teleconsultations

MAX_PERIOD = timedelta(days=31)
MAX_PAGE_SIZE = 100
MAX_EXAMINED = 2_000
"""How many entries a request reads at most, however few of them it is looking for."""
MAX_RECORDS_EXAMINED = 500
"""As `MAX_EXAMINED`, for a list that reads the record of each entry."""
RECORDS_READ_TOGETHER = 100
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
    outcome: Outcome | None = None
    """What was known when the door had closed; `UNKNOWN` also before."""
    participant: str | None = field(default=None, repr=False)
    """The external id, or an alias, of somebody who is in the list of participants."""

    @property
    def needs_records(self) -> bool:
        """Whether the index by day does not say enough."""
        return self.outcome is not None or self.participant is not None


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
    listed = teleconsultations.starting(since=wanted.since, before=wanted.before, after=after)
    examined = ((one.position, _entry(one, wanted=wanted, door=door, now=now)) for one in listed)
    if not wanted.needs_records:
        return _page(examined, size=size, max_examined=MAX_EXAMINED)
    compared = _compared_with_records(examined, wanted=wanted, teleconsultations=teleconsultations)
    return _page(compared, size=size, max_examined=MAX_RECORDS_EXAMINED)


type _Examined = tuple[ListPosition, Entry | None]
"""A place in the index, with what is listed of it, if it is wanted."""


def _page(examined: Iterable[_Examined], *, size: int, max_examined: int) -> Page:
    entries: list[Entry] = []
    for number, (position, entry) in enumerate(examined, start=1):
        if entry is not None:
            entries.append(entry)
        if len(entries) == size or number == max_examined:
            return Page(entries=tuple(entries), continues_after=position)
    return Page(entries=tuple(entries), continues_after=None)


def _entry(one: ListedTeleconsultation, *, wanted: Wanted, door: Door, now: datetime) -> Entry | None:
    """Return the entry of a teleconsultation, unless what the index has of it excludes it."""
    state = DELETED if one.deleted_at is not None else door.state_of(one, now=now).value
    if wanted.state in (None, state) and wanted.reference in (None, one.reference):
        return Entry(teleconsultation=one, state=state)
    return None


def _compared_with_records(
    examined: Iterable[_Examined], *, wanted: Wanted, teleconsultations: Teleconsultations
) -> Iterator[_Examined]:
    """Yield the same without the entries that their records exclude. It reads together as many as it can."""
    person = wanted.participant
    if person is not None and (user := teleconsultations.users([person]).get(person)) is not None:
        person = user.external_id
    for some in batched(examined, RECORDS_READ_TOGETHER, strict=False):
        records = teleconsultations.get_all(
            [position.teleconsultation_id for position, entry in some if entry]
        )
        for position, entry in some:
            record = records.get(position.teleconsultation_id)
            is_wanted = record is not None and _matches(record, outcome=wanted.outcome, person=person)
            yield position, entry if is_wanted else None


def _matches(record: Teleconsultation, *, outcome: Outcome | None, person: str | None) -> bool:
    known = Outcome.UNKNOWN if record.ending is None else record.ending.outcome
    return outcome in (None, known) and (person is None or record.participant(person) is not None)
