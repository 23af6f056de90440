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


LIGHT = {"primary_color": "#FFFFFF", "accent_color": "#336699"}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (200).to_bytes(4) * 2


def test_a_mode_that_is_not_sent_keeps_its_colours(api: Client) -> None:
    api.post("/company/theme", json={"light": LIGHT})

    answer = api.post("/company/theme", json={"dark": LIGHT}).json()

    assert answer == api.get("/company/theme").json() == {"theme": {"light": LIGHT, "dark": LIGHT}}


def test_null_resets_a_mode(api: Client) -> None:
    api.post("/company/theme", json={"light": LIGHT})

    answer = api.post("/company/theme", json={"light": None}).json()

    assert answer == {"theme": {"light": None, "dark": None}}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "missing_theme"),
        ({"light": {"primary_color": "#FFFFFF"}}, "invalid_theme_color"),
        ({"light": LIGHT | {"accent_color": "blue"}}, "invalid_theme_color"),
        ({"dark": "black"}, "invalid_theme_color"),
    ],
)
def test_bad_colours_are_refused(api: Client, change: dict[str, Any], code: str) -> None:
    response = api.post("/company/theme", json=change)

    assert (response.status_code, response.json()["code"]) == (422, code)


def test_a_logo_changes_the_addresses_of_its_modes(api: Client) -> None:
    before = api.get("/company").json()["company"]["logos"]

    answer = api.post(
        "/company/logo/update", files={"logo": ("logo.png", PNG, "image/png")}, data={"theme": "dark"}
    ).json()

    after = api.get("/company").json()["company"]["logos"]
    assert answer == {"logo_url": after["light_url"], "logo_dark_url": after["dark_url"]}
    assert after["light_url"] == before["light_url"]
    assert after["dark_url"] != before["dark_url"]


@pytest.mark.parametrize(
    ("logo", "theme", "status", "code"),
    [
        (b"<svg/>", "all", 422, "invalid_file"),
        (PNG + bytes(500 * 1024), "all", 422, "invalid_file"),
        (PNG[:16] + (199).to_bytes(4) * 2, "all", 422, "wrong_file_dimension"),
        (PNG, "blue", 422, "invalid_company_logo_theme"),
    ],
)
def test_bad_logos_are_refused(api: Client, logo: bytes, theme: str, status: int, code: str) -> None:
    response = api.post("/company/logo/update", files={"logo": ("logo", logo)}, data={"theme": theme})

    assert (response.status_code, response.json()["code"]) == (status, code)


def test_a_logo_without_a_file_is_refused(api: Client) -> None:
    response = api.post("/company/logo/update", json={})

    assert (response.status_code, response.json()["code"]) == (400, "file_not_found")
