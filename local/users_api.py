"""A users API with the demonstration's people: a directory for the laptop, as a clinic's own would be."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from local.sign_in import DOCTOR_ID, PATIENT_ID, PEOPLE

PATH: Final = "/users"
USERS: Final[Sequence[Mapping[str, Any]]] = (
    {
        "_id": DOCTOR_ID,
        "authUserId": DOCTOR_ID,
        "fullName": PEOPLE[DOCTOR_ID],
        "groups": ["doctor", "staff"],
        "language": "en",
    },
    {
        "_id": PATIENT_ID,
        "authUserId": PATIENT_ID,
        "fullName": PEOPLE[PATIENT_ID],
        "groups": ["patient"],
        "language": "it",
    },
)


def route(users: Sequence[Mapping[str, Any]] = USERS) -> Route:
    """Return the route: `GET /users?FIELD=VALUE` answers the users that have this value in this field."""

    async def found(request: Request) -> JSONResponse:
        wanted = dict(request.query_params)
        return JSONResponse(
            [user for user in users if all(user.get(name) == value for name, value in wanted.items())]
        )

    return Route(PATH, found)
