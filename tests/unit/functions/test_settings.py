"""The routes below `/settings`: event in, response out."""

import base64
import json
from typing import Any

import pytest
import requests

from functions.add_background.app import lambda_handler as add_background
from functions.read_settings.app import lambda_handler as read_settings
from functions.update_settings.app import lambda_handler as update_settings
from teleconsultation.domain.errors import ProviderUnavailableError
from teleconsultation.edge.background_image import MAX_FORM_BYTES
from teleconsultation.edge.http import ORIGINAL_STAGE, Handler
from tests.fakes.api_gateway import MANAGER, http_event, lambda_context
from tests.fakes.effects import failing
from tests.fakes.jpeg import jpeg
from tests.fakes.lambda_output import LambdaOutput
from tests.fakes.service import Service
from tests.fakes.watch import NOON

ADMINISTRATOR = {"sub": "administrator", "scope": "openid teleconsultation/settings"}
IMAGE = jpeg(width=1280, height=1280)
INSTANT = f"{NOON:%Y-%m-%dT%H:%M:%S}.000Z"
COMPANY = {
    "name": "Clinic",
    "default_language": "it",
    "default_background": {"alias": "own", "url": None, "creation_date": None},
    "end_call_redirect_url": "https://visits.example/call-ended.html",
    "user_details_provider_url": None,
    "end_call_redirect_timeout_ms": 0,
}
OWN = {"background_alias": "own", "url": None, "creation_date": None}
ADDED = {
    "background_alias": "background-0",
    "url": "https://provider.test/background-0.jpeg",
    "creation_date": INSTANT,
}
ROUTES = {
    "GET /settings": read_settings,
    "PATCH /settings/update": update_settings,
    "POST /settings/background-image": add_background,
}


@pytest.fixture(autouse=True)
def quiet(output: LambdaOutput) -> LambdaOutput:
    return output


def event(
    route: str, *, body: object = None, claims: dict[str, str] = ADMINISTRATOR, stage: str = "api"
) -> dict[str, Any]:
    method, _, path = route.partition(" ")
    made = http_event(method, body=body, claims=claims, stage=stage)
    made["routeKey"] = made["requestContext"]["routeKey"] = route
    made["rawPath"] = made["requestContext"]["http"]["path"] = f"/{stage}{path}"
    return made


def upload(
    image: bytes = IMAGE, *, claims: dict[str, str] = ADMINISTRATOR, stage: str = "api"
) -> dict[str, Any]:
    files = {"virtual_background": ("room.jpeg", image, "image/jpeg")}
    form = requests.Request("POST", "https://api.test", files=files).prepare()
    assert isinstance(form.body, bytes)
    made = event("POST /settings/background-image", claims=claims, stage=stage)
    made["headers"]["content-type"] = form.headers["content-type"]
    return made | {"body": base64.b64encode(form.body).decode(), "isBase64Encoded": True}


def answer(handler: Handler, sent: dict[str, Any]) -> tuple[int, Any]:
    response = handler(sent, lambda_context())
    return response["statusCode"], json.loads(response["body"])


@pytest.mark.usefixtures("service")
def test_the_settings_are_the_companys() -> None:
    before = answer(read_settings, event("GET /settings"))
    answer(add_background, upload())

    after = answer(read_settings, event("GET /settings"))

    assert before == (200, {"company": COMPANY, "virtual_backgrounds": [OWN]})
    assert after == (200, {"company": COMPANY, "virtual_backgrounds": [ADDED, OWN]})


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("stage", ["api", ORIGINAL_STAGE])
def test_a_background_is_added_and_chosen(stage: str) -> None:
    added = answer(add_background, upload(stage=stage))
    change = {"background_alias": "background-0"}

    chosen = answer(update_settings, event("PATCH /settings/update", body=change, stage=stage))

    assert added == (200, {"virtual_background": ADDED})
    default = {"alias": ADDED["background_alias"], "url": ADDED["url"], "creation_date": INSTANT}
    assert chosen == (200, {"company": {**COMPANY, "default_background": default}})


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "claims", [MANAGER, {"sub": "doctor-1"}, {"sub": "patient-1", "scope": "openid settings"}]
)
@pytest.mark.parametrize(
    ("stage", "refusal"), [("api", (403, "Forbidden")), (ORIGINAL_STAGE, (401, "Unauthorized user"))]
)
def test_only_the_scope_of_the_settings_opens_them(
    service: Service, route: str, claims: dict[str, str], stage: str, refusal: tuple[int, str]
) -> None:
    sent = event(route, body={"background_alias": "own"}, claims=claims, stage=stage)
    if route.startswith("POST"):
        sent = upload(claims=claims, stage=stage)

    status, body = answer(ROUTES[route], sent)

    assert (status, body["error"]) == refusal
    assert service.effects.log == []


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("background_alias", "is missing")]),
        ({"background_alias": ""}, [("background_alias", "must be one line of 1 to 128 characters")]),
        ({"background_alias": "a\nb"}, [("background_alias", "must be one line of 1 to 128 characters")]),
        ({"background_alias": "x" * 129}, [("background_alias", "must be one line of 1 to 128 characters")]),
        ({"background_alias": 7}, [("background_alias", "must be a text")]),
        ({"background_alias": "own", "name": "Us"}, [("name", "unknown field")]),
        (
            {"background_alias": "beach"},
            [("background_alias", "is none of the company's backgrounds; GET /settings lists them")],
        ),
    ],
)
def test_a_change_that_cannot_be_made_names_its_field(body: object, errors: list[tuple[str, str]]) -> None:
    status, answered = answer(update_settings, event("PATCH /settings/update", body=body))

    assert (status, answered["code"]) == (400, "invalid_request")
    assert [(error["field"], error["message"]) for error in answered["errors"]] == errors


@pytest.mark.usefixtures("service")
def test_the_originals_callers_may_send_more() -> None:
    change = {"background_alias": "own", "name": "Us"}

    status, _ = answer(update_settings, event("PATCH /settings/update", body=change, stage=ORIGINAL_STAGE))

    assert status == 200


@pytest.mark.parametrize(
    ("image", "status", "code"),
    [
        (b"text", 400, "invalid_request"),
        (jpeg(width=640, height=480), 400, "invalid_request"),
        (jpeg(width=1280, height=1280, size=MAX_FORM_BYTES), 413, "image_too_large"),
    ],
    ids=["no image", "too small", "too large"],
)
def test_an_image_that_cannot_be_a_background_is_refused_before_the_provider_is_asked(
    service: Service, image: bytes, status: int, code: str
) -> None:
    sent = upload(image)

    assert answer(add_background, sent)[0] == status
    assert answer(add_background, sent)[1]["code"] == code
    assert service.company.uploaded == []


@pytest.mark.usefixtures("service")
def test_a_body_that_is_no_form_is_refused() -> None:
    sent = event("POST /settings/background-image", body={"virtual_background": "x"})

    status, body = answer(add_background, sent)

    assert (status, body["code"]) == (415, "not_a_form")


@pytest.mark.usefixtures("service")
def test_the_original_names_the_field_of_an_image_that_is_refused() -> None:
    _, body = answer(add_background, upload(b"text", stage=ORIGINAL_STAGE))

    assert body == {
        "statusCode": 400,
        "error": "Bad Request",
        "message": "body.virtual_background must be a JPEG image",
    }


@pytest.mark.usefixtures("service")
def test_the_eleventh_background_is_a_conflict() -> None:
    for _ in range(10):
        answer(add_background, upload())

    status, body = answer(add_background, upload())

    assert (status, body["code"]) == (409, "background_limit")


def test_an_upload_of_unknown_outcome_asks_its_caller_to_look_first(
    service: Service, output: LambdaOutput
) -> None:
    service.effects.before("add_background", failing(ProviderUnavailableError(outcome_unknown=True)))

    response = add_background(upload(), lambda_context())

    body = json.loads(response["body"])
    assert (response["statusCode"], body["code"]) == (503, "background_outcome_unknown")
    assert response["headers"]["retry-after"] == "60"
    assert "GET /settings" in body["detail"]
    [line] = [line for line in output.logs if line["message"] == "provider failed"]
    assert line["outcome_unknown"] is True
