"""The company's settings through the gateway: every answer as documented, and what the provider has then."""

import json

import httpx2
import pytest

from tests.fakes.jpeg import jpeg
from tests.integration.api.client import Answer, ApiClient, Provider

FORM = "multipart/form-data; boundary=form"
IMAGE = jpeg(width=1920, height=1280)
UPLOAD = "/company/virtual-background"


@pytest.fixture
def token(api: ApiClient) -> str:
    return api.token("administrator", settings=True)


def upload(api: ApiClient, token: str, image: bytes = IMAGE, *, content_type: str = FORM) -> Answer:
    head = b'--form\r\nContent-Disposition: form-data; name="virtual_background"\r\n\r\n'
    return api.request(
        "POST",
        "/settings/background-image",
        token=token,
        body=head + image + b"\r\n--form--\r\n",
        headers={"content-type": content_type},
    )


def choose(api: ApiClient, token: str, alias: str) -> Answer:
    return api.request(
        "PATCH",
        "/settings/update",
        token=token,
        body=json.dumps({"background_alias": alias}).encode(),
        headers={"content-type": "application/json"},
    )


def read(api: ApiClient, token: str) -> Answer:
    return api.request("GET", "/settings", token=token)


def test_an_image_becomes_the_background_of_all_calls(api: ApiClient, provider: Provider, token: str) -> None:
    added = upload(api, token)
    background = added.body["virtual_background"]

    chosen = choose(api, token, background["background_alias"])

    settings = read(api, token)
    assert (added.status, chosen.status, settings.status) == (200, 200, 200)
    default = chosen.body["company"]["default_background"]
    assert {"background_alias": default.pop("alias"), **default} == background
    assert settings.body == {"company": read(api, token).body["company"], "virtual_backgrounds": [background]}
    assert httpx2.get(background["url"]).content == IMAGE
    page = httpx2.get(f"{provider.simulator.url}/_company/colours.css").text
    assert background["background_alias"] in page


def test_a_background_that_is_not_chosen_changes_no_call(
    api: ApiClient, provider: Provider, token: str
) -> None:
    before = read(api, token).body["company"]

    upload(api, token)

    assert read(api, token).body["company"] == before
    assert httpx2.get(f"{provider.simulator.url}/_company/colours.css").text == ""


@pytest.mark.usefixtures("provider")
def test_every_refusal_is_as_documented(api: ApiClient, token: str) -> None:
    answers = {
        "no image": upload(api, token, b"text"),
        "too large": upload(api, token, jpeg(width=1280, height=1280, size=4_400_000)),
        "no form": upload(api, token, content_type="application/json"),
        "no such background": choose(api, token, "beach"),
    }
    for _ in range(10):
        assert upload(api, token).status == 200
    answers["ten already"] = upload(api, token)

    assert {name: (answer.status, answer.code) for name, answer in answers.items()} == {
        "no image": (400, "invalid_request"),
        "too large": (413, "image_too_large"),
        "no form": (415, "not_a_form"),
        "no such background": (400, "invalid_request"),
        "ten already": (409, "background_limit"),
    }


@pytest.mark.parametrize(
    ("fault", "status", "code", "added"),
    [
        ("status:503", 503, "background_outcome_unknown", 0),
        ("reset_after_commit", 200, None, 1),
        ("status:400", 502, "provider_rejected", 0),
        ("status:429", 503, "provider_unavailable", 0),
    ],
)
def test_a_failure_of_the_provider_is_as_documented(
    api: ApiClient, provider: Provider, token: str, fault: str, status: int, code: str | None, added: int
) -> None:
    before = len(read(api, token).body["virtual_backgrounds"])
    provider.fail("POST", UPLOAD, fault)

    answer = upload(api, token)

    assert (answer.status, answer.code) == (status, code)
    assert len(read(api, token).body["virtual_backgrounds"]) == before + added
