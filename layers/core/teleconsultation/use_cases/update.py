"""Use case: change a teleconsultation."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from teleconsultation.domain.errors import (
    ConflictError,
    FieldError,
    FrozenError,
    InvalidRequestError,
    NotOnTheListError,
    ParticipantsCompleteError,
    StorageUnavailableError,
    TeleconsultationDeletedError,
    UnknownParticipantError,
)
from teleconsultation.domain.events import changed_fields
from teleconsultation.domain.history import Action, with_entry
from teleconsultation.domain.join_secrets import JoinSecrets, with_passes
from teleconsultation.domain.model import Notice, Participant, Room, Teleconsultation
from teleconsultation.domain.policy import Policy
from teleconsultation.domain.ports import Ports
from teleconsultation.use_cases.booking_data import BookingChanges
from teleconsultation.use_cases.guests import (
    GuestList,
    Invitee,
    check_attendance,
    check_headcount,
    guest_list,
)
from teleconsultation.use_cases.lookup import find
from teleconsultation.use_cases.preconditions import Preconditions
from teleconsultation.use_cases.provisioning import check_unprovisioned, create_room_for
from teleconsultation.use_cases.unwanted_rooms import end_unwanted_rooms, store_ended

ATTEMPTS = 3
"""Attempts to add or to take off one person while other requests change the list."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """The changes a caller asks for; a field that is None stays as it is (as in RFC 7396, objects are merged
    and lists replaced).
    """

    participants_number: int | None = None
    invitees: Sequence[Invitee] | None = None
    joining: Invitee | None = field(default=None, repr=False)
    """A person who is added to the list, or whose profile on it is replaced."""
    leaving: str | None = field(default=None, repr=False)
    """Id of a person who is taken off the list; their place stays free."""
    start_date: datetime | None = None
    end_date: datetime | None = None
    duration_seconds: int | None = None
    renew_join_links: Sequence[str] = field(default=(), repr=False)
    """External ids of participants who get a new join link; their old one stops working."""
    notice: str | None = field(default=None, repr=False)
    """A sentence for those who wait; the empty one removes it."""
    booking: BookingChanges = field(default_factory=BookingChanges)
    new_room: bool = False
    """Whether everybody else is locked out: the room is replaced, and the links to the old one fail."""

    @property
    def empties_the_list(self) -> bool:
        """Whether all participants are taken off the list."""
        return self.invitees is not None and not self.invitees

    @property
    def is_relative(self) -> bool:
        """Whether the change means the same after another one: it is about one person of the list."""
        return self.joining is not None or self.leaving is not None

    @property
    def names_people(self) -> bool:
        """Whether the change is about who takes part."""
        return self.invitees is not None or self.joining is not None


def update_teleconsultation(
    teleconsultation_id: str,
    *,
    by: str | None,
    changes: Changes,
    preconditions: Preconditions,
    ports: Ports,
    join_secrets: JoinSecrets | None,
    policy: Policy,
) -> Teleconsultation:
    """Merge `changes` into a teleconsultation, replace its room if necessary, and return the stored record.

    An old room that could not be ended stays on its list. The change is complete nevertheless, because
    readers are only shown links to the current room. A change of one person that met another change is made
    again on top of it, so that two people can be added at once.

    Raises:
        TeleconsultationNotFoundError, TeleconsultationDeletedError: there is none, or it was deleted.
        PreconditionFailedError: `preconditions` refuse the stored version.
        ConflictError: another change came first or is under way; safe to repeat.
        ParticipantsCompleteError: nobody more is expected than is named.
        NotOnTheListError: the person to be taken off takes no part.
        InvalidRequestError, NoPlusUserError: the result would break a rule.
        FrozenError: the room must be replaced, and edits are closed; or everybody is taken off the list after
            the door has opened.
        ProviderError: the users or the room could not be made.
        StorageUnavailableError: the table cannot answer.
    """
    for attempts_left in reversed(range(ATTEMPTS if changes.is_relative else 1)):
        try:
            return _update(
                teleconsultation_id,
                by=by,
                changes=changes,
                preconditions=preconditions,
                ports=ports,
                join_secrets=join_secrets,
                policy=policy,
            )
        except ConflictError as error:
            is_under_way = error.retry_after_seconds is not None
            if not attempts_left or is_under_way:
                raise
    raise AssertionError("the last attempt returns or raises")


def _update(
    teleconsultation_id: str,
    *,
    by: str | None,
    changes: Changes,
    preconditions: Preconditions,
    ports: Ports,
    join_secrets: JoinSecrets | None,
    policy: Policy,
) -> Teleconsultation:
    current = find(teleconsultation_id, teleconsultations=ports.teleconsultations)
    if current.deleted_at is not None:
        raise TeleconsultationDeletedError("it was deleted")
    preconditions.check(current.entity_tag)
    check_unprovisioned(current, clock=ports.clock)

    guests = _guests(current, changes, ports=ports, policy=policy)
    now = ports.clock()
    wanted = _merged(current, changes, guests=guests, join_secrets=join_secrets, policy=policy, now=now)
    rooms = _RoomChange.between(current, wanted, changes=changes, policy=policy, now=now)
    if rooms.creates or (wanted.is_complete and changes.names_people):
        check_attendance(wanted.participants)
    if rooms.is_frozen:
        raise FrozenError("edits are closed")

    guests.register_and_save(ports)
    if rooms.retires:
        wanted = wanted.with_room_retired(was_used=rooms.was_used)
    if wanted == current and not rooms.creates:
        stored = current
    else:
        now = ports.clock()
        wanted = replace(wanted, version=current.version + 1, updated_at=now)
        fields = [*changed_fields(current, wanted), *(["newRoom"] if changes.new_room else [])]
        wanted = with_entry(wanted, action=Action.UPDATED, at=now, by=by, fields=fields)
        if rooms.creates:
            plan = policy.room_plan(wanted)
            stored = create_room_for(wanted, current=current, plan=plan, ports=ports)
        else:
            stored = wanted
            ports.teleconsultations.replace(stored, expected_version=current.version)
    return _end_old_rooms(stored, ports=ports)


@dataclass(frozen=True, kw_only=True, slots=True)
class _RoomChange:
    """What a change means for the room."""

    retires: bool
    """Whether the room there is goes."""
    creates: bool
    """Whether a new room is made."""
    was_used: bool
    """Whether somebody may have been in the room, because its door has been open."""
    is_frozen: bool
    """Whether the change is refused: somebody may be in the room, and no new one is asked for."""

    @classmethod
    def between(
        cls,
        current: Teleconsultation,
        wanted: Teleconsultation,
        *,
        changes: Changes,
        policy: Policy,
        now: datetime,
    ) -> "_RoomChange":
        """Return what becomes of the room of `current`.

        | the change                                     | the room                                    |
        | fits it                                        | stays                                       |
        | needs another one, or none                     | goes; refused from the freeze to the close  |
        | moves the visit away after its door has opened | goes: its call time may be used up          |
        | reopens the door                               | goes: the reconciler may be disabling it    |
        | asks for a new room, or renews join links      | goes: its links must fail                   |
        |   after the door has opened                    |                                             |
        | leaves the door closed for good                | stays for the reconciler                    |
        """
        door, room = policy.door, current.room
        was_used = now >= door.opens_at(current.schedule)
        is_over = now >= door.closes_at(wanted.schedule)
        locks_out = changes.new_room or (bool(changes.renew_join_links) and was_used)
        is_closed = now >= door.closes_at(current.schedule)
        begins_anew = is_closed or (was_used and now < door.opens_at(wanted.schedule))
        fits = room is not None and wanted.is_complete and _fits(room, current, wanted, policy=policy)
        keeps = room is not None and not locks_out and ((fits and not begins_anew) or is_over)
        is_in_use = now >= door.freezes_at(current.schedule) and not is_closed
        empties = changes.empties_the_list and was_used and not is_closed
        return cls(
            retires=room is not None and not keeps,
            creates=wanted.is_complete and not keeps and not is_over,
            was_used=was_used,
            is_frozen=not locks_out
            and ((room is not None and not keeps and not fits and is_in_use) or empties),
        )


def _fits(room: Room, current: Teleconsultation, wanted: Teleconsultation, *, policy: Policy) -> bool:
    """Return whether `room` serves `wanted` too. A change of nothing that matters to a room keeps a room that
    was made by other rules.
    """
    plan = policy.room_plan(wanted)
    return plan == policy.room_plan(current) or plan.is_served_by(room)


def _guests(current: Teleconsultation, changes: Changes, *, ports: Ports, policy: Policy) -> GuestList:
    number = changes.participants_number or current.participants_number
    if changes.joining is not None:
        guests = guest_list([changes.joining], ports=ports, privileges=policy.privileges)
        return replace(guests, participants=_with(guests.participants[0], current=current))
    if changes.leaving is not None:
        return GuestList(participants=_without(changes.leaving, current=current))
    if changes.invitees is None:
        check_headcount(number, current.participants)
        return GuestList(participants=current.participants)
    check_headcount(number, changes.invitees)
    guests = guest_list(changes.invitees, ports=ports, privileges=policy.privileges)
    return replace(guests, participants=_in_their_seats(guests.participants, current=current))


def _in_their_seats(people: tuple[Participant, ...], *, current: Teleconsultation) -> tuple[Participant, ...]:
    """Return the people with those who stay in their seats, as far as the list is long enough: what is known
    of a call is known of seats. The others take the free seats in the order of the request.
    """
    former = [seat.external_id for seat in current.participants[: len(people)] if not seat.is_erased]
    staying = {one.external_id: one for one in people if one.external_id in former}
    others = iter(one for one in people if one.external_id not in staying)
    seats = [staying.get(seat.external_id) for seat in current.participants[: len(people)]]
    seats += [None] * (len(people) - len(seats))
    return tuple(seat or next(others) for seat in seats)


def _with(joining: Participant, *, current: Teleconsultation) -> tuple[Participant, ...]:
    """Return the participants with one more, in the seat the person has already, in one that an erasure has
    emptied, or at the end.
    """
    seats = list(current.participants)
    theirs = next((seat for seat in seats if seat.external_id == joining.external_id), None)
    seat = theirs or next((seat for seat in seats if current.is_complete and seat.is_erased), None)
    if seat is not None:
        seats[seats.index(seat)] = joining
    elif current.is_complete:
        raise ParticipantsCompleteError("everybody expected is named")
    else:
        seats.append(joining)
    return tuple(seats)


def _without(leaving: str, *, current: Teleconsultation) -> tuple[Participant, ...]:
    staying = tuple(seat for seat in current.participants if leaving not in (seat.external_id, seat.alias))
    if len(staying) == len(current.participants):
        raise NotOnTheListError("no such participant")
    return staying


def _merged(
    current: Teleconsultation,
    changes: Changes,
    *,
    guests: GuestList,
    join_secrets: JoinSecrets | None,
    policy: Policy,
    now: datetime,
) -> Teleconsultation:
    if changes.renew_join_links and join_secrets is None:
        raise InvalidRequestError([FieldError("renewJoinLinks", "join links are switched off")])
    participants = {
        name: person.external_id
        for person in guests.participants
        for name in (person.external_id, person.alias)
    }
    strangers = [
        FieldError(f"renewJoinLinks[{index}]", "is not a participant of this teleconsultation")
        for index, name in enumerate(changes.renew_join_links)
        if name not in participants
    ]
    if strangers:
        raise UnknownParticipantError(strangers)
    schedule = current.schedule.moved(
        start_date=changes.start_date,
        end_date=changes.end_date,
        duration_seconds=changes.duration_seconds,
    )
    people = with_passes(
        guests.participants,
        teleconsultation_id=current.id,
        join_secrets=join_secrets,
        before=current.participants,
        renew=[participants[name] for name in changes.renew_join_links],
    )
    return replace(
        current,
        schedule=schedule,
        door_times=policy.door.times_of(schedule),
        participants_number=changes.participants_number or current.participants_number,
        participants=people,
        notice=_notice(current, changes, now=now),
        # Seats are places in the list.
        waiting=current.signs_of_who_stays(people),
        booking=changes.booking.applied_to(current.booking),
        provisioning=None,
        ending=current.ending if schedule == current.schedule else None,
    )


def _notice(current: Teleconsultation, changes: Changes, *, now: datetime) -> Notice | None:
    """Return the notice after a change. One that is sent again keeps its time, so that a repeated request
    changes nothing; a visit that is moved loses one that was made for its old time.
    """
    if changes.notice is None:
        is_moved = changes.start_date not in (None, current.schedule.start_date)
        return None if is_moved else current.notice
    if current.notice is not None and changes.notice == current.notice.text:
        return current.notice
    return Notice(text=changes.notice, set_at=now) if changes.notice else None


def _end_old_rooms(stored: Teleconsultation, *, ports: Ports) -> Teleconsultation:
    ended, _ = end_unwanted_rooms(stored, ports=ports)
    try:
        return store_ended(ended, stored=stored, ports=ports)
    except (ConflictError, StorageUnavailableError):
        return stored
