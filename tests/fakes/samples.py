"""Teleconsultations and their parts, valid and ordinary, to be bent by what a test is about."""

from datetime import datetime, timedelta

from teleconsultation.domain.door import Door
from teleconsultation.domain.model import Participant, Role, Room, Teleconsultation, new_teleconsultation_id
from teleconsultation.domain.people import User
from teleconsultation.domain.policy import Policy
from teleconsultation.domain.privileges import Privilege, Privileges
from teleconsultation.domain.schedule import Schedule
from teleconsultation.use_cases.guests import Invitee
from tests.fakes.watch import NOON

START = NOON + timedelta(hours=3, minutes=30)
END = START + timedelta(hours=1)

PRIVILEGES = Privileges(
    basic=Privilege(groups=frozenset({"patient"}), tools={"chat": True, "whiteboard": False}),
    plus=Privilege(groups=frozenset({"doctor"}), tools={"chat": True, "whiteboard": True}),
)
CALL_SECONDS = 3600 + 600 + 900
"""Call time of an hour's teleconsultation: as long as the door is open."""
DOOR = Door(early_join_seconds=600, late_join_seconds=900, edit_freeze_seconds=1200)


def policy(*, unlimited: bool = False, door: Door = DOOR) -> Policy:
    """Return rules with a door whose three edges differ."""
    return Policy(door=door, privileges=PRIVILEGES, unlimited=unlimited, live=True, recording_type="none")


def doctor(external_id: str = "doctor-1", *, full_name: str = "Anna Neri") -> Invitee:
    """Return an invitee who may organise the call."""
    return invitee(external_id, group="doctor", full_name=full_name)


def patient(external_id: str = "patient-1", *, full_name: str = "Joe Smith") -> Invitee:
    """Return an invitee who may only join."""
    return invitee(external_id, group="patient", full_name=full_name)


def invitee(external_id: str, *, group: str, full_name: str, language: str | None = None) -> Invitee:
    """Return an invitee with a whole profile."""
    return Invitee(
        external_id=external_id,
        field_path="participants.data[0]",
        groups=(group,),
        full_name=full_name,
        language=language,
    )


def known(external_id: str) -> Invitee:
    """Return an invitee who was sent as an id alone."""
    return Invitee(external_id=external_id, field_path="participants[0]")


def user(external_id: str = "patient-1", *, group: str = "patient") -> User:
    """Return a user the provider knows as basic."""
    return User(
        external_id=external_id,
        groups=(group,),
        full_name="Joe Smith",
        language="it",
        registered_roles=frozenset({Role.BASIC}),
    )


def participant(external_id: str = "patient-1", *, role: Role = Role.BASIC) -> Participant:
    """Return a participant whose provider id tells them apart, and not by the external id as it is."""
    return Participant(
        external_id=external_id,
        bandyer_user_id=f"usr_{external_id.replace('-', '')}",
        role=role,
        groups=("patient" if role is Role.BASIC else "doctor",),
        full_name=f"Name of {external_id}",
        language="it",
    )


def schedule(*, start_date: datetime = START, duration_seconds: int = 3600) -> Schedule:
    """Return a schedule of an hour."""
    return Schedule.of(start_date=start_date, duration_seconds=duration_seconds)


def teleconsultation(*, participants_number: int = 2, with_room: bool = True) -> Teleconsultation:
    """Return a doctor and a patient, with a room for them."""
    people = (participant("doctor-1", role=Role.PLUS), participant())
    links = {
        person.bandyer_user_id: f"https://provider.test/call/{person.bandyer_user_id}" for person in people
    }
    return Teleconsultation(
        id=new_teleconsultation_id(),
        version=1,
        schedule=schedule(),
        participants_number=participants_number,
        participants=people,
        created_at=NOON,
        updated_at=NOON,
        is_created=with_room or len(people) != participants_number,
        door_times=DOOR.times_of(schedule()),
        room=Room(room_id="room_1", duration_seconds=CALL_SECONDS, links=links) if with_room else None,
    )
