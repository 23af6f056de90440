import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from httpx2 import Client

from local.bandyer_simulator.calls.texts import TEXTS

type Create = Callable[..., dict[str, Any]]
type Paths = Callable[..., dict[str, str]]

HOSTILE = """"><script>alert('x')</script>&lt;$title"""


def _token(path: str) -> str:
    return path.rpartition("/")[2]


def _room_id(api: Client) -> str:
    room_id: str = api.get("/room/list").json()["rooms"][0]["room_id"]
    return room_id


def test_link_opens_the_call_page_of_its_own_user(site: Client, link_paths: Paths) -> None:
    paths = link_paths(directCall=True)

    pages = {user_id: site.get(path) for user_id, path in paths.items()}

    assert {page.status_code for page in pages.values()} == {200}
    assert '<strong id="name">doctor</strong>' in pages["doctor"].text
    assert '<strong id="name">patient</strong>' in pages["patient"].text


def test_link_can_be_opened_again_and_again(site: Client, link_paths: Paths) -> None:
    path = link_paths(directCall=True)["doctor"]

    statuses = [site.get(path).status_code for _ in range(5)]

    assert statuses == [200] * 5


@pytest.mark.parametrize(("direct", "state"), [(True, "call"), (False, "lobby")])
def test_direct_call_skips_the_lobby(site: Client, link_paths: Paths, direct: bool, state: str) -> None:  # noqa: FBT001
    page = site.get(link_paths(directCall=direct)["doctor"]).text

    assert f'data-state="{state}"' in page


@pytest.mark.parametrize(
    ("query", "background"),
    [
        ("virtual_background=image", "image"),
        ("vb=blur", "blur"),
        ("virtual_background=x", "none"),
        ("", "none"),
    ],
)
def test_the_page_says_which_background_the_link_asked_for(
    site: Client, link_paths: Paths, query: str, background: str
) -> None:
    page = site.get(f"{link_paths(directCall=True)['doctor']}?{query}").text

    assert f'data-background="{background}"' in page


@pytest.mark.parametrize("parameter", ["display_name", "dn"])
def test_display_name_of_the_link_overrides_the_stored_name(
    site: Client, link_paths: Paths, parameter: str
) -> None:
    path = link_paths()["doctor"]

    page = site.get(path, params={parameter: "Zoë O'Hara"}).text

    assert '<strong id="name">Zoë O&#x27;Hara</strong>' in page


def test_stored_name_comes_before_the_id(site: Client, create_user: Create, link_paths: Paths) -> None:
    create_user("doctor", role="plus", firstname="Anna", lastname="Neri")

    page = site.get(link_paths()["doctor"]).text

    assert '<strong id="name">Anna Neri</strong>' in page


@pytest.mark.parametrize(
    ("parameters", "language"),
    [
        ({}, "it"),
        ({"language": "es"}, "es"),
        ({"l": "en"}, "en"),
        ({"language": "xx"}, "it"),
        ({"language": HOSTILE}, "it"),
    ],
)
def test_language_of_the_link_overrides_the_users(
    site: Client, create_user: Create, link_paths: Paths, parameters: dict[str, str], language: str
) -> None:
    create_user("doctor", role="plus", language="it")

    page = site.get(link_paths()["doctor"], params=parameters).text

    assert f'<html lang="{language}"' in page
    assert TEXTS[language]["end"] in page


def test_language_without_texts_falls_back_to_english(
    site: Client, create_user: Create, link_paths: Paths
) -> None:
    create_user("doctor", role="plus", language="de")

    page = site.get(link_paths()["doctor"]).text

    assert '<html lang="en"' in page


def test_every_language_has_every_text() -> None:
    keys = {language: set(texts) for language, texts in TEXTS.items()}

    assert set(keys) == {"en", "it", "es"}
    assert keys["en"] == keys["it"] == keys["es"]
    assert all(text.strip() for texts in TEXTS.values() for text in texts.values())


def test_values_are_escaped_in_the_page(api: Client, site: Client, link_paths: Paths) -> None:
    api.post("/company/update", json={"end_call_redirect_url": 'https://example.org/?a="><script>'})
    path = link_paths()["doctor"]

    page = site.get(path, params={"dn": HOSTILE, "l": HOSTILE, "t": HOSTILE}).text
    dead = site.get("/eu/direct-rest-call-handler/" + "0" * 26, params={"l": HOSTILE, "t": HOSTILE}).text

    assert re.findall("<script[^>]*>", page) == ['<script type="module" src="/_page/call.js">']
    assert "<script" not in dead
    assert "alert(&#x27;x&#x27;)" in page


def test_overlong_name_is_cut(site: Client, link_paths: Paths) -> None:
    page = site.get(link_paths()["doctor"], params={"dn": "n" * 5000}).text

    assert '<strong id="name">' + "n" * 100 + "</strong>" in page


def test_redirect_of_the_company_reaches_the_page(api: Client, site: Client, link_paths: Paths) -> None:
    path = link_paths()["doctor"]
    without = site.get(path).text
    api.post(
        "/company/update",
        json={"end_call_redirect_url": "http://127.0.0.1:8080/ended", "end_call_redirect_timeout_ms": 250},
    )

    with_redirect = site.get(path).text

    assert 'data-redirect-url=""' in without
    assert TEXTS["en"]["ended"] in without
    assert 'data-redirect-url="http://127.0.0.1:8080/ended" data-redirect-after-ms="250"' in with_redirect
    assert TEXTS["en"]["moment"] not in without.partition("data-texts")[0]
    assert f"{TEXTS['en']['ended']} {TEXTS['en']['moment']}" in with_redirect


def test_page_may_be_framed_by_this_machine_and_loads_only_its_own_files(
    site: Client, link_paths: Paths
) -> None:
    response = site.get(link_paths()["doctor"])

    policy = response.headers["Content-Security-Policy"]
    sources = re.findall(r'(?:src|href)="([^#"][^"]*)"', response.text)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'self' http://127.0.0.1:* http://localhost:*" in policy
    assert "X-Frame-Options" not in response.headers
    assert (response.headers["Cache-Control"], response.headers["Referrer-Policy"]) == (
        "no-store",
        "no-referrer",
    )
    assert all(source.startswith(("/_page/", "/_company/")) for source in sources)
    assert {site.get(source).status_code for source in sources} == {200}
    assert "style=" not in response.text
    assert not re.search(r"\son\w+=", response.text)


def test_page_may_use_what_a_call_needs_and_nothing_else(site: Client, link_paths: Paths) -> None:
    policy = site.get(link_paths()["doctor"]).headers["Permissions-Policy"].split(", ")

    assert {"camera=(self)", "microphone=(self)", "display-capture=(self)", "autoplay=(self)"} <= set(policy)
    assert "geolocation=()" in policy
    assert "*" not in "".join(policy)


@pytest.mark.parametrize(
    ("room", "parameters", "expected"),
    [
        ({}, {}, 'data-microphone="on" data-camera="on"'),
        ({}, {"audio_disabled": "true"}, 'data-microphone="off" data-camera="on"'),
        ({}, {"vd": "1"}, 'data-microphone="on" data-camera="off"'),
        ({"call_type": "audio_upgradable"}, {}, 'data-camera="off"'),
        ({"call_type": "audio_only"}, {"video_disabled": "false"}, 'data-camera="none"'),
    ],
)
def test_room_and_link_decide_which_devices_start(
    site: Client, link_paths: Paths, room: dict[str, Any], parameters: dict[str, str], expected: str
) -> None:
    path = link_paths(**room)["doctor"]

    page = site.get(path, params=parameters).text

    assert expected in re.sub(r"\s+", " ", page)


def test_user_without_video_has_no_camera(site: Client, create_user: Create, link_paths: Paths) -> None:
    create_user("patient", can_video=False)

    page = site.get(link_paths()["patient"]).text

    assert 'data-camera="none"' in page


def test_the_page_knows_its_participants_tools(site: Client, link_paths: Paths) -> None:
    chosen = {"chat": True, "whiteboard": {"wb_pen": True}}
    paths = link_paths(
        participants=[{"user_id": "doctor", "tools": chosen}, {"user_id": "patient", "tools": {}}]
    )

    pages = [site.get(paths[user]).text for user in ("doctor", "patient")]

    assert [re.findall(r'data-tools="([^"]*)"', page) for page in pages] == [["chat whiteboard wb_pen"], [""]]


def test_the_panel_of_a_participant_without_chat_is_named_after_its_files(
    site: Client, link_paths: Paths
) -> None:
    paths = link_paths(
        participants=[
            {"user_id": "doctor", "tools": {"file_upload": True}},
            {"user_id": "patient", "tools": {"chat": True}},
        ]
    )

    pages = [site.get(paths[user], params={"language": "en"}).text for user in ("doctor", "patient")]

    assert ['<h2 id="chat-title">Files</h2>' in page for page in pages] == [True, False]
    assert ['<h2 id="chat-title">Chat</h2>' in page for page in pages] == [False, True]


def test_page_has_all_its_texts(site: Client, link_paths: Paths) -> None:
    page = site.get(link_paths()["doctor"], params={"language": "es"}).text

    found = re.search(r'data-texts="([^"]*)"', page)
    assert found
    assert json.loads(unescape(found[1])) == TEXTS["es"]


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("call.js", "text/javascript; charset=utf-8"), ("call.css", "text/css; charset=utf-8")],
)
def test_files_of_the_page_have_their_content_type(site: Client, name: str, content_type: str) -> None:
    first = site.get(f"/_page/{name}")
    again = site.get(f"/_page/{name}", headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Content-Type"] == content_type
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert first.headers["Cache-Control"] == "no-cache"
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/_page", "/_page/", "/_page/../app.py", "/_page/%2e%2e/app.py"])
def test_files_outside_the_folder_and_listings_are_not_served(site: Client, path: str) -> None:
    assert site.get(path).status_code in (404, 307)


def test_unknown_link_is_404_with_an_explanation(site: Client) -> None:
    response = site.get("/eu/direct-rest-call-handler/" + "0" * 26, params={"language": "it"})

    assert response.status_code == 404
    assert TEXTS["it"]["unknown_title"] in response.text


@pytest.mark.parametrize("end", ["delete", "disable", "use up", "delete user", "revoke"])
def test_link_stops_working_with_its_room_user_or_token(
    api: Client, site: Client, link_paths: Paths, end: str
) -> None:
    path = link_paths(duration=60)["doctor"]
    token, room_id = _token(path), _room_id(api)
    alive = api.get(f"/token/check/{token}").json()["code"]

    match end:
        case "delete":
            api.delete(f"/room/delete/{room_id}")
        case "disable":
            api.put(f"/room/disable/{room_id}")
        case "use up":
            site.post("/_control/sessions", json={"room_id": room_id, "duration": 60})
        case "delete user":
            api.delete("/user/delete/doctor")
        case _:
            api.delete(f"/token/delete/{token}")

    response = site.get(path)
    assert alive == "ACTIVE_TOKEN"
    assert api.get(f"/token/check/{token}").json()["code"] == "NOT_ACTIVE_TOKEN"
    assert response.status_code == 410
    assert TEXTS["en"]["dead_title"] in response.text


def test_link_of_a_deleted_user_stays_dead_when_the_id_is_taken_again(
    api: Client, site: Client, create_user: Create, link_paths: Paths
) -> None:
    path = link_paths()["patient"]
    api.delete("/user/delete/patient")

    create_user("patient")

    assert site.get(path).status_code == 410


def test_revoked_link_leaves_the_others_alone(api: Client, site: Client, link_paths: Paths) -> None:
    paths = link_paths()
    token = _token(paths["patient"])

    revoked = api.delete(f"/token/delete/{token}")
    again = api.delete(f"/token/delete/{token}")

    listed = api.get(f"/room/info/{_room_id(api)}").json()["room"]["user_urls"]
    assert revoked.json() == {"token": token, "message": f"token {token} deleted"}
    assert (again.status_code, again.json()["code"]) == (404, "token_not_found")
    assert (site.get(paths["patient"]).status_code, site.get(paths["doctor"]).status_code) == (410, 200)
    assert [entry["user"] for entry in listed] == ["doctor"]


def test_unknown_token_is_not_active(api: Client) -> None:
    response = api.get("/token/check/" + "0" * 26)

    assert (response.status_code, response.json()["code"]) == (200, "NOT_ACTIVE_TOKEN")
