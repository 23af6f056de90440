import json

import pytest
from httpx2 import Client


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"text"', b"role=plus", b"\xff\xfe", b'{"role":"plus","x":"\\ud800"}']
)
def test_body_that_is_no_json_object_is_a_malformed_request(api: Client, body: bytes) -> None:
    response = api.post("/user/create", content=body)

    assert (response.status_code, response.json()["code"]) == (400, "malformed_request")
    assert api.get("/user/list").json() == {"user_id_list": []}


def test_json_is_read_with_any_content_type(api: Client) -> None:
    response = api.post(
        "/user/create",
        content=b'{"id":"ann","role":"plus"}',
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert response.json()["user"]["id"] == "ann"


def test_filters_of_a_get_request_may_come_in_the_query_or_in_the_body(api: Client) -> None:
    in_query = api.get("/room/list", params={"skip": 3, "limit": 7}).json()
    in_body = api.request("GET", "/room/list", content=json.dumps({"skip": 3, "limit": 7})).json()

    assert (in_query["skip"], in_query["limit"]) == (3, 7)
    assert in_body == in_query


def test_query_overrides_the_body(api: Client) -> None:
    response = api.request(
        "GET", "/room/list", params={"limit": 5}, content=json.dumps({"limit": 9, "skip": 2})
    )

    assert (response.json()["limit"], response.json()["skip"]) == (5, 2)
