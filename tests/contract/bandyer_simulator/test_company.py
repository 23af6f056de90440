from typing import Any

import pytest
from httpx2 import Client


def test_update_changes_only_the_fields_sent(api: Client) -> None:
    changes = {
        "name": "Ospedale #1 & co.",
        "default_language": "it",
        "end_call_redirect_url": "http://127.0.0.1:8080/ended",
        "end_call_redirect_timeout_ms": 0,
        "user_details_provider_url": "https://example.org/details",
    }

    updated = api.post("/company/update", json=changes).json()["company"]

    assert {name: updated[name] for name in changes} == changes
    assert updated["default_background"]["background_alias"]
    assert api.get("/company").json()["company"]["end_call_redirect_url"] == "http://127.0.0.1:8080/ended"


def test_null_switches_the_redirect_off(api: Client) -> None:
    api.post("/company/update", json={"end_call_redirect_url": "https://example.org/"})

    api.post("/company/update", json={"end_call_redirect_url": None})

    assert api.get("/company").json()["company"]["end_call_redirect_url"] is None


def test_new_users_get_the_companys_language(api: Client) -> None:
    api.post("/company/update", json={"default_language": "pl"})

    user = api.post("/user/create", json={"role": "basic"}).json()["user"]

    assert user["language"] == "pl"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "<b>"}, "invalid_company_name"),
        ({"name": ""}, "invalid_company_name"),
        ({"default_language": "es"}, "invalid_language"),
        ({"background_alias": "beach"}, "invalid_background_alias"),
        ({"end_call_redirect_url": "javascript:alert(1)"}, "invalid_end_call_redirect_url"),
        ({"end_call_redirect_url": "javascript://x/%0aalert(1)"}, "invalid_end_call_redirect_url"),
        ({"end_call_redirect_url": "http://"}, "invalid_end_call_redirect_url"),
        ({"end_call_redirect_url": "http://["}, "invalid_end_call_redirect_url"),
        ({"end_call_redirect_timeout_ms": 60_001}, "invalid_end_call_redirect_timeout_ms"),
        ({"end_call_redirect_timeout_ms": -1}, "invalid_end_call_redirect_timeout_ms"),
        ({"end_call_redirect_timeout_ms": "5"}, "invalid_end_call_redirect_timeout_ms"),
        ({"user_details_provider_url": 7}, "invalid_user_details_provider_url"),
    ],
)
def test_bad_values_are_refused_and_nothing_changes(api: Client, change: dict[str, Any], code: str) -> None:
    before = api.get("/company").json()

    response = api.post("/company/update", json=change)

    assert (response.status_code, response.json()["code"]) == (422, code)
    assert api.get("/company").json() == before
