"""Give the simulator of `make run` the users and rooms that a dump speaks of."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import requests

from bandyer import BandyerError, UserAlreadyExistsError
from migration.connection import Connection
from migration.documents import MappedUser, Person, State, VisitDocument
from migration.dump import Dump
from migration.errors import MigrationError
from teleconsultation.domain.model import Role

CLOSED: Final = "CLOSED"
"""A visit in this state has a room that is gone."""
SHORT_ROOM_SECONDS: Final = 1800
"""The limit of a room whose visit has no end."""
TIMEOUT_SECONDS: Final = 10


def seed_simulator(folder: Path, *, connection: Connection, simulator_url: str) -> tuple[int, int]:
    """Make the dump's users and rooms at the simulator, and return how many there are; safe to repeat.

    A person is a plus user if the dump gives them a group of plus users.

    Raises:
        MigrationError: the simulator does not answer.
    """
    dump = Dump(folder)
    visits = [visit for visit in dump.visits() if isinstance(visit, VisitDocument)]
    roles = _roles(dump, visits=visits, connection=connection)
    with_rooms = [
        visit
        for visit in visits
        if visit.room_id and visit.state is State.PUBLIC and visit.room_state != CLOSED
    ]
    try:
        for user_id, role in roles.items():
            try:
                connection.provider.create_user(user_id=user_id, role=role.value)
            except UserAlreadyExistsError:
                continue
        for visit in with_rooms:
            _seed_room(visit, roles=roles, simulator_url=simulator_url)
    except (BandyerError, requests.RequestException) as error:
        raise MigrationError(
            f"The simulator does not answer ({type(error).__name__}): start make run first."
        ) from error
    return len(roles), len(with_rooms)


def _roles(dump: Dump, *, visits: list[VisitDocument], connection: Connection) -> dict[str, Role]:
    role_of = connection.policy.privileges.role_of
    groups = {
        person.external_id: person.profile.groups for person in dump.people() if isinstance(person, Person)
    }
    roles = {
        row.provider_user_id: role_of(groups.get(row.external_id, ())) or Role.BASIC
        for row in dump.users()
        if isinstance(row, MappedUser)
    }
    for visit in visits:
        for seat in visit.seats:
            if seat.provider_user_id is not None:
                role = role_of(seat.profile.groups) or roles.get(seat.provider_user_id, Role.BASIC)
                roles[seat.provider_user_id] = role
    return roles


def _seed_room(visit: VisitDocument, *, roles: dict[str, Role], simulator_url: str) -> None:
    people = [
        {
            "user_id": seat.provider_user_id,
            **({"token": token} if (token := _token(seat.access_link)) else {}),
        }
        for seat in visit.seats
        if seat.provider_user_id in roles
    ]
    room = {
        "room_id": visit.room_id,
        "participants": people,
        "duration": SHORT_ROOM_SECONDS if visit.end_date is None else 0,
    }
    answer = requests.post(f"{simulator_url}/_control/rooms", json=room, timeout=TIMEOUT_SECONDS)
    # 400: the room was seeded before.
    if answer.status_code not in {201, 400}:
        answer.raise_for_status()


def _token(access_link: str | None) -> str:
    return urlsplit(access_link or "").path.rpartition("/")[2]
