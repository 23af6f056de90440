from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from httpx2 import Client

from local.bandyer_simulator.api.credentials import signing_key

type Create = Callable[..., dict[str, Any]]


def test_token_is_a_signed_jwt_for_the_user(api: Client, create_user: Create) -> None:
    create_user("ann", can_video=0)

    body = api.post("/sdk/credentials", json={"user_id": "ann", "expires_in": 3600}).json()

    claims = jwt.decode(
        body["access_token"],
        signing_key("ak_test_simulator000000"),
        algorithms=["HS256"],
        # The simulator's clock is the test's own.
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims["allowCamera"] is False
    assert datetime.fromtimestamp(claims["iat"], UTC) == datetime(2026, 12, 1, 15, 30, tzinfo=UTC)
    assert claims["exp"] - claims["iat"] == 3600
    assert (body["user_id"], body["expires_at"]) == ("ann", "2026-12-01T16:30:00.000Z")


def test_form_is_accepted_like_json(api: Client, create_user: Create) -> None:
    create_user("ann")

    response = api.post("/sdk/credentials", data={"user_id": "ann", "expires_in": "360"})

    assert response.json()["expires_at"] == "2026-12-01T15:36:00.000Z"


@pytest.mark.parametrize("seconds", [359, 86_401, "soon", None])
def test_expiry_out_of_range_is_refused(api: Client, create_user: Create, seconds: object) -> None:
    create_user("ann")

    response = api.post("/sdk/credentials", json={"user_id": "ann", "expires_in": seconds})

    assert (response.status_code, response.json()["code"]) == (422, "invalid_expires_in")


@pytest.mark.parametrize("body", [{}, {"user_id": "nobody"}, {"user_id": 7}])
def test_unknown_user_gets_no_token(api: Client, body: dict[str, Any]) -> None:
    response = api.post("/sdk/credentials", json=body)

    assert (response.status_code, response.json()["code"]) == (400, "invalid_user_id")
