import pytest
from httpx2 import Client

from local.bandyer_simulator.app import create_app
from local.bandyer_simulator.server import running_simulator


@pytest.mark.parametrize(
    "headers", [{}, {"apikey": ""}, {"apikey": "ak_test_other"}, {"api-key": "ak_test_x"}]
)
def test_request_without_the_right_key_is_refused(site: Client, headers: dict[str, str]) -> None:
    response = site.get("/rest/user/list", headers=headers)

    assert response.status_code == 401
    assert response.json() == {
        "status": 401,
        "name": "invalid_api_key",
        "code": "invalid_api_key",
        "message": "Apikey is not valid",
    }


def test_refused_request_changes_nothing(site: Client) -> None:
    site.post("/rest/user/create", json={"id": "ann", "role": "plus"}, headers={"apikey": "ak_test_other"})

    assert site.get("/_control/state").json()["users"] == []


def test_unknown_path_is_json_404_and_needs_the_key_too(api: Client, site: Client) -> None:
    with_key = api.get("/nothing/here")
    without_key = site.get("/rest/nothing/here")

    assert (with_key.status_code, with_key.json()["code"]) == (404, "route_not_found")
    assert without_key.status_code == 401


def test_path_with_an_extra_slash_is_404_without_redirect(api: Client) -> None:
    response = api.get("/user/list/")

    assert response.status_code == 404


def test_wrong_method_is_json_405(api: Client) -> None:
    response = api.put("/room/create")

    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")


def test_prefix_is_a_setting() -> None:
    with (
        running_simulator(api_key="ak_test_x", path_prefix="/v1/rest") as simulator,
        Client(base_url=simulator.url, headers={"apikey": "ak_test_x"}) as client,
    ):
        moved = client.get("/v1/rest/user/list")
        usual = client.get("/rest/user/list")

    assert moved.json() == {"user_id_list": []}
    assert usual.status_code == 404


@pytest.mark.parametrize("prefix", ["", "rest", "/rest/", "/"])
def test_unusable_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="path_prefix"):
        create_app(api_key="ak_test_x", public_url="http://127.0.0.1", path_prefix=prefix)


def test_empty_key_is_refused() -> None:
    with pytest.raises(ValueError, match="api_key"):
        create_app(api_key="", public_url="http://127.0.0.1")
