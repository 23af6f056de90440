"""Ask the provider for one row of each kind, before anything depends on the answer."""

from collections.abc import Iterable, Iterator
from itertools import islice

from bandyer import AuthenticationError, BandyerError
from migration.connection import Connection
from migration.documents import MappedUser, State, VisitDocument
from migration.errors import MigrationError

ROWS = 3
"""So many rows are asked for; a single one may have been deleted."""


def preflight(
    connection: Connection, *, users: Iterable[MappedUser], visits: Iterable[VisitDocument]
) -> Iterator[str]:
    """Yield one sentence for each question: does the key answer, are users and upcoming rooms known?

    Raises:
        MigrationError: the provider refuses the key, or does not answer.
    """
    provider, now = connection.provider, connection.ports.clock()
    try:
        provider.company()
    except AuthenticationError as error:
        raise MigrationError(
            "Bandyer refuses the API key under BandyerBaseUrl and BandyerPathPrefix. A key of the 2.x "
            "service may be one of the v2 API only: ask Bandyer to allow it for v1 (/rest)."
        ) from error
    except BandyerError as error:
        reason = error.code or error.cause_name or error.status or type(error).__name__
        raise MigrationError(f"{str(error).rstrip('.')} ({reason}): check BandyerBaseUrl.") from error
    yield "Bandyer accepts the API key."
    rooms = connection.ports.rooms
    known = [rooms.role_of(user.provider_user_id) is not None for user in islice(users, ROWS)]
    yield _verdict(known, kind="users of the user map")
    upcoming = (
        visit.room_id
        for visit in visits
        if visit.room_id and visit.state is State.PUBLIC and visit.start_date >= now
    )
    alive = [rooms.find(room_id) is not None for room_id in islice(upcoming, ROWS)]
    yield _verdict(alive, kind="rooms of upcoming visits")


def _verdict(answers: list[bool], *, kind: str) -> str:
    if not answers:
        return f"There are no {kind} to ask for."
    verdict = f"Bandyer has {sum(answers)} of the first {len(answers)} {kind}."
    return verdict if any(answers) else f"{verdict} Is this the right company, and does v1 serve it?"
