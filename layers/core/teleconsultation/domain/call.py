"""What is known of a call: facts that events brought, the provider's record after the close, and the
attendance that follows from both.

People are seats here, by their index in the teleconsultation's list, and random ids of who sits there, and
never other ids or names.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from teleconsultation.domain.model import WAITING_SHOWN_FOR, DoorTimes, Outcome, Teleconsultation, Waiting

MIN_TOGETHER = 2
"""A call is held by so many seats at one instant."""


class FactKind(StrEnum):
    """What an event of the provider says; `RECORDED` is what its answer to a question says."""

    JOINED = "joined"
    LEFT = "left"
    STARTED = "started"
    RESUMED = "resumed"
    PAUSED = "paused"
    ENDED = "ended"
    RECORDED = "recorded"
    """The recording of the session can be fetched."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProviderEvent:
    """An event in the provider's words, which concerns calls."""

    kind: FactKind
    at: datetime
    room_id: str
    session_id: str
    user_id: str | None = field(default=None, repr=False)
    """The provider's id of who joined or left; None for an event of the session."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RoomMade:
    """The provider's event that a room was made. Its links are not read."""

    room_id: str
    description: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class RoomTakenAway:
    """The provider's event that a room was disabled or deleted."""

    room_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """An event as it is kept."""

    id: str
    """The same for each repetition of the event."""
    kind: FactKind
    at: datetime
    session_id: str
    seat: int | None = None
    """Where the person sat when the event came."""
    sitter_id: str | None = None
    """Who that was, if they have an id."""

    def is_of(self, seat: int, *, sitter_id: str | None) -> bool:
        """Return whether it is of who sits in a seat; one without an id is of the seat."""
        return self.seat == seat if self.sitter_id is None else self.sitter_id == sitter_id


@dataclass(frozen=True, kw_only=True, slots=True)
class Stay:
    """The time from one connection of a seat to its end; `ended_at` is None while it lasts."""

    session_id: str
    seat: int
    """Where the person sat when this was written."""
    began_at: datetime
    ended_at: datetime | None
    sitter_id: str | None = None
    """Who that was, if they have an id."""

    def is_of(self, seat: int, *, sitter_id: str | None) -> bool:
        """Return whether it is of who sits in a seat; one without an id is of the seat."""
        return self.seat == seat if self.sitter_id is None else self.sitter_id == sitter_id


@dataclass(frozen=True, kw_only=True, slots=True)
class RoomRecord:
    """The provider's own record of what took place in a room."""

    session_ids: frozenset[str]
    stays: tuple[Stay, ...]
    is_recorded: bool = False
    """Whether its calls may have recordings."""

    def without(self, seat: int, *, sitter_id: str | None) -> "RoomRecord":
        """Return the record without who sits in a seat."""
        return replace(
            self, stays=tuple(stay for stay in self.stays if not stay.is_of(seat, sitter_id=sitter_id))
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """All that is stored of a teleconsultation's calls."""

    facts: tuple[Fact, ...] = ()
    records: Mapping[str, RoomRecord] = field(default_factory=dict)
    """Room id -> the provider's record of it."""
    closed_at: datetime | None = None
    """When the provider was asked for its records, after the door had closed."""
    is_certain: bool = False
    """Whether it had a record of every room then."""

    @property
    def expected_recordings(self) -> frozenset[str]:
        """The sessions that may have a recording that nobody has seen yet."""
        sessions = (record.session_ids for record in self.records.values() if record.is_recorded)
        seen = {fact.session_id for fact in self.facts if fact.kind is FactKind.RECORDED}
        return frozenset[str]().union(*sessions) - seen


@dataclass(frozen=True, kw_only=True, slots=True)
class SeatAttendance:
    """One seat's part in the call; times are None for somebody who was not there."""

    first_at: datetime | None = None
    last_at: datetime | None = None
    seconds: int = 0
    waited_seconds: int | None = None
    """From the first sign of this person to the beginning of the call; None if that is not known."""
    is_connected: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Attendance:
    """Who took part in a visit, and for how long."""

    outcome: Outcome
    is_final: bool
    """Whether nothing of this changes any more."""
    began_at: datetime | None
    """When two people were in the call for the first time."""
    ended_at: datetime | None
    """When two people were in the call for the last time; None while they are."""
    seconds: int
    """How long two people were in the call."""
    seats: tuple[SeatAttendance, ...]

    @property
    def absent_seats(self) -> tuple[int, ...]:
        """The seats of those who were not there."""
        return tuple(seat for seat, attended in enumerate(self.seats) if attended.first_at is None)


def attendance_of(
    teleconsultation: Teleconsultation,
    *,
    call: Call,
    door: DoorTimes,
    now: datetime,
) -> Attendance:
    """Return what is known now. It depends on which facts there are, and not on the order of their arrival.

    Stays that ended before the door opened belong to an earlier date of the teleconsultation.
    """
    is_over = (
        now >= door.closes_at and teleconsultation.room is None and not teleconsultation.rooms_to_disable
    )
    is_settled = call.closed_at is not None and call.closed_at >= door.closes_at
    is_final = is_over and (is_settled or not teleconsultation.disabled_rooms)
    spans = {
        seat: _merged(stays, opens_at=door.opens_at, now=now)
        for seat, stays in _by_seat(_stays(call, is_over=is_over), teleconsultation=teleconsultation).items()
    }
    together = _together(list(spans.values()))
    began_at = together[0].began_at if together else None
    seats = tuple(
        _seat(
            () if person.is_erased else spans[seat],
            waiting=teleconsultation.waiting.get(seat),
            began_at=began_at,
        )
        for seat, person in enumerate(teleconsultation.participants)
    )
    is_certain = is_final and (call.is_certain if is_settled else not teleconsultation.is_complete)
    outcome = _outcome(
        came=[bool(span) for span in spans.values()],
        was_held=bool(together),
        # What was known of somebody who was erased is known no more.
        is_certain=is_certain and len(teleconsultation.attendees) == len(teleconsultation.participants),
    )
    if is_final and teleconsultation.ending is not None:
        outcome = teleconsultation.ending.outcome
    return Attendance(
        outcome=outcome,
        is_final=is_final,
        began_at=began_at,
        ended_at=None if not together or together[-1].is_open else together[-1].ended_at,
        seconds=_seconds(together),
        seats=seats,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Span:
    began_at: datetime
    ended_at: datetime
    is_open: bool = False


def _outcome(*, came: Sequence[bool], was_held: bool, is_certain: bool) -> Outcome:
    if was_held:
        return Outcome.HELD
    if not is_certain:
        return Outcome.UNKNOWN
    return Outcome.NO_SHOW if any(came) and not all(came) else Outcome.NOT_HELD


def _stays(call: Call, *, is_over: bool) -> Iterator[Stay]:
    """Yield the provider's own stays, and those that the facts tell of sessions it has no record of."""
    recorded: frozenset[str] = frozenset()
    for record in call.records.values():
        recorded |= record.session_ids
        yield from record.stays
    told = [
        fact for fact in call.facts if fact.session_id not in recorded and fact.kind is not FactKind.RECORDED
    ]
    ends = {fact.session_id: fact.at for fact in told if fact.kind is FactKind.ENDED}
    last: dict[str, datetime] = {}
    for fact in told:
        last[fact.session_id] = max(fact.at, last.get(fact.session_id, fact.at))
    people = {(fact.session_id, fact.seat, fact.sitter_id) for fact in told if fact.seat is not None}
    for session_id, seat, sitter_id in sorted(people, key=lambda one: (one[0], one[1], one[2] or "")):
        # A connection whose end was lost ends with its session, or with what was heard of it last.
        end = ends.get(session_id, last[session_id] if is_over else None)
        theirs = [
            fact
            for fact in told
            if (fact.session_id, fact.seat, fact.sitter_id) == (session_id, seat, sitter_id)
        ]
        for began_at, ended_at in _connections(theirs, end=end):
            yield Stay(
                session_id=session_id, seat=seat, began_at=began_at, ended_at=ended_at, sitter_id=sitter_id
            )


def _connections(
    facts: Collection[Fact], *, end: datetime | None
) -> Iterator[tuple[datetime, datetime | None]]:
    began_at: datetime | None = None
    for fact in sorted(facts, key=lambda fact: (fact.at, fact.kind)):
        if fact.kind is FactKind.JOINED:
            began_at = began_at or fact.at
        else:
            # Without the event of the connection only this instant is known.
            yield began_at or fact.at, fact.at
            began_at = None
    if began_at is not None:
        yield began_at, None if end is None else max(end, began_at)


def _by_seat(stays: Iterator[Stay], *, teleconsultation: Teleconsultation) -> dict[int, list[Stay]]:
    """Return the stays of those who sit in each seat now, and of nobody who sat there before them."""
    people = teleconsultation.participants
    by_seat: dict[int, list[Stay]] = {seat: [] for seat in range(len(people))}
    seats = {person.sitter_id: seat for seat, person in enumerate(people) if person.sitter_id is not None}
    for stay in stays:
        if stay.sitter_id is not None:
            seat = seats.get(stay.sitter_id)
        else:
            is_theirs = stay.seat in by_seat and people[stay.seat].sitter_id is None
            seat = stay.seat if is_theirs else None
        if seat is not None:
            by_seat[seat].append(stay)
    return by_seat


def _merged(stays: Collection[Stay], *, opens_at: datetime, now: datetime) -> tuple[_Span, ...]:
    """Return the stays without overlaps, in order: somebody may be there with two devices."""
    spans: list[_Span] = []
    for stay in sorted(stays, key=lambda stay: stay.began_at):
        span = _Span(
            began_at=stay.began_at,
            ended_at=max(now, stay.began_at) if stay.ended_at is None else stay.ended_at,
            is_open=stay.ended_at is None,
        )
        if span.ended_at < opens_at:
            continue
        if spans and span.began_at <= spans[-1].ended_at:
            before = spans.pop()
            span = _Span(
                began_at=before.began_at,
                ended_at=max(before.ended_at, span.ended_at),
                is_open=before.is_open or span.is_open,
            )
        spans.append(span)
    return tuple(spans)


def _together(people: Sequence[Sequence[_Span]]) -> tuple[_Span, ...]:
    """Return the spans in which at least two were there; one without a length is no call."""
    spans: list[_Span] = []
    changes = sorted(
        (
            change
            for person in people
            for span in person
            if span.ended_at > span.began_at
            for change in ((span.began_at, 1, span.is_open), (span.ended_at, -1, span.is_open))
        ),
        key=lambda change: (change[0], change[1]),
    )
    present, began_at = 0, None
    for at, step, is_open in changes:
        present += step
        if present == MIN_TOGETHER and step > 0:
            began_at = at
        elif present == MIN_TOGETHER - 1 and step < 0 and began_at is not None:
            if at > began_at:
                spans.append(_Span(began_at=began_at, ended_at=at, is_open=is_open))
            began_at = None
    return tuple(spans)


def _seat(spans: Sequence[_Span], *, waiting: Waiting | None, began_at: datetime | None) -> SeatAttendance:
    if not spans:
        return SeatAttendance()
    first_at = spans[0].began_at
    waited = None
    if began_at is not None:
        # On our page until they connected, and then in the call.
        came_at = first_at
        if waiting is not None and waiting.seen_at <= first_at <= waiting.seen_at + WAITING_SHOWN_FOR:
            came_at = waiting.since
        waited = max(began_at - came_at, timedelta()) // timedelta(seconds=1)
    return SeatAttendance(
        first_at=first_at,
        last_at=spans[-1].ended_at,
        seconds=_seconds(spans),
        waited_seconds=waited,
        is_connected=spans[-1].is_open,
    )


def _seconds(spans: Sequence[_Span]) -> int:
    return sum((span.ended_at - span.began_at for span in spans), timedelta()) // timedelta(seconds=1)
