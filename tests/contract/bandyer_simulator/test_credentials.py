import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Client

type Create = Callable[..., dict[str, Any]]


def _decoded(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=="))


def test_token_is_a_signed_jwt_for_the_user(api: Client, create_user: Create) -> None:
    create_user("ann", can_video=0)

    body = api.post("/sdk/credentials", json={"user_id": "ann", "expires_in": 3600}).json()

    header, claims, signature = body["access_token"].split(".")
    expected = hmac.new(b"ak_test_simulator000000", f"{header}.{claims}".encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(signature + "==") == expected
    assert _decoded(header)["alg"] == "HS256"
    assert _decoded(claims)["allowCamera"] is False
    assert _decoded(claims)["exp"] - _decoded(claims)["iat"] == 3600
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
