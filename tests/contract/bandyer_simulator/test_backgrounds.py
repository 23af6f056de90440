"""The company's virtual backgrounds: uploaded, listed, chosen, deleted, and shown in a call."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Client

from tests.fakes.jpeg import jpeg

IMAGE = jpeg(width=1280, height=1280)
OWN = "simulator"


def upload(api: Client, image: bytes = IMAGE) -> dict[str, Any]:
    answer = api.post("/company/virtual-background", files={"virtual_background": ("room.jpeg", image)})
    background: dict[str, Any] = answer.json()["virtual_background"]
    return background


def listed(api: Client) -> list[str]:
    found = api.get("/company/virtual-backgrounds").json()["virtual_backgrounds"]["backgrounds"]
    return [background["background_alias"] for background in found]


def test_uploaded_backgrounds_are_listed_newest_first(
    api: Client, advance: Callable[[timedelta], None]
) -> None:
    first = upload(api)
    advance(timedelta(seconds=1))
    second = upload(api)

    found = api.get("/company/virtual-backgrounds").json()["virtual_backgrounds"]

    assert found["backgrounds"] == [second, first]
    assert second["creation_date"] > first["creation_date"]
    assert found["default_background"]["background_alias"] == OWN


def test_an_uploaded_background_becomes_the_default_one_only_when_it_is_chosen(api: Client) -> None:
    background = upload(api)
    before = api.get("/company").json()["company"]["default_background"]

    updated = api.post("/company/update", json={"background_alias": background["background_alias"]}).json()

    after = api.get("/company").json()["company"]["default_background"]
    assert before["alias"] == OWN
    assert updated["company"]["default_background"] == background
    # Sic: the alias has another name here.
    assert {"background_alias": after.pop("alias"), **after} == background


def test_the_eleventh_background_is_refused(api: Client) -> None:
    for _ in range(10):
        upload(api)

    response = api.post("/company/virtual-background", files={"virtual_background": ("room.jpeg", IMAGE)})

    assert (response.status_code, response.json()["code"]) == (400, "exceeded_background_limit")
    assert len(listed(api)) == 10


def test_a_deleted_background_makes_room_and_is_no_longer_the_default_one(api: Client) -> None:
    background = upload(api)
    alias = {"background_alias": background["background_alias"]}
    api.post("/company/update", json=alias)

    deleted = api.request("DELETE", "/company/virtual-background", json=alias)
    again = api.request("DELETE", "/company/virtual-background", json=alias)

    assert deleted.json() == {"virtual_background": background}
    assert (again.status_code, again.json()["code"]) == (404, "background_not_found")
    assert listed(api) == []
    assert api.get("/company").json()["company"]["default_background"]["alias"] == OWN


@pytest.mark.parametrize(
    ("image", "status", "code"),
    [
        (b"\x89PNG\r\n\x1a\n", 422, "invalid_file"),
        (IMAGE[:20], 422, "invalid_file"),
        (jpeg(width=1280, height=1280, size=16 * 1024 * 1024 + 1), 422, "invalid_file"),
        (jpeg(width=1279, height=1280), 422, "wrong_file_dimension"),
        (jpeg(width=1280, height=1279), 422, "wrong_file_dimension"),
    ],
    ids=["png", "broken", "too large", "too narrow", "too low"],
)
def test_what_is_no_background_is_refused(api: Client, image: bytes, status: int, code: str) -> None:
    response = api.post("/company/virtual-background", files={"virtual_background": ("room.jpeg", image)})

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert listed(api) == []


def test_an_upload_without_a_file_is_refused(api: Client) -> None:
    response = api.post("/company/virtual-background", json={"virtual_background": "room"})

    assert (response.status_code, response.json()["code"]) == (400, "file_not_found")


def test_the_call_page_has_the_default_background_and_its_picture(api: Client, site: Client) -> None:
    background = upload(api)
    before = site.get("/_company/colours.css").text
    api.post("/company/update", json={"background_alias": background["background_alias"]})

    [path] = re.findall(r'--virtual-background: url\("(.*)"\);', site.get("/_company/colours.css").text)

    picture = site.get(path)
    assert before == ""
    assert background["url"].endswith(path)
    assert (picture.content, picture.headers["content-type"]) == (IMAGE, "image/jpeg")
    assert site.get(path.replace(background["background_alias"], "other")).status_code == 404
