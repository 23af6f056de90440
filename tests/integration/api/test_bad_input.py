"""Requests that are wrong before anybody looks at what they mean, or come too late."""

import gzip
import json

import pytest

from tests.integration.api.client import MANAGER, PATIENT, Answer, ApiClient, World, dates, visit

UNKNOWN_ID = "0123456789abcdef01234567"
KIB = 1024


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        pytest.param(b"", "application/json", (400, "invalid_request"), id="no body"),
        pytest.param(b"\xff\xfe{}", "application/json", (400, "invalid_request"), id="not UTF-8"),
        pytest.param(b"[" * 100_000, "application/json", (400, "invalid_request"), id="deeply nested"),
        pytest.param(b"9" * 10_000, "application/json", (400, "invalid_request"), id="a long number"),
        pytest.param(
            b" " * (256 * KIB + 1), "application/json", (413, "too_large"), id="one byte over 256 KB"
        ),
        pytest.param(b"x" * (256 * KIB + 1), "text/plain", (413, "too_large"), id="too large and not JSON"),
        pytest.param(b"x" * (10 * KIB * KIB + 1), "application/json", (413, None), id="over 10 MB"),
        pytest.param(b"{}", "text/plain", (415, "unsupported_media_type"), id="text"),
        pytest.param(b"a=1", "application/x-www-form-urlencoded", (415, "unsupported_media_type"), id="form"),
        pytest.param(b"{}", "application/jsonp", (415, "unsupported_media_type"), id="nearly JSON"),
        pytest.param(b"{}", "", (415, "unsupported_media_type"), id="empty content type"),
        pytest.param(b"{}", None, (415, "unsupported_media_type"), id="no content type"),
        pytest.param(
            b"{}", "application/json; charset=iso-8859-1", (415, "unsupported_charset"), id="not in UTF-8"
        ),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_body_that_is_no_json_document_is_refused(
    api: ApiClient,
    world: World,
    visit_id: str,
    method: str,
    body: bytes,
    content_type: str | None,
    expected: tuple[int, str | None],
) -> None:
    path = "/teleconsultation" if method == "POST" else f"/teleconsultation/{visit_id}"

    with world.unchanged():
        answer = api.request(
            method,
            path,
            token=api.token(MANAGER, manage=True),
            body=body,
            headers={} if content_type is None else {"content-type": content_type},
        )

    assert (answer.status, answer.code) == expected


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_compressed_body_is_refused_with_what_is_accepted(
    api: ApiClient, world: World, visit_id: str, method: str
) -> None:
    path = "/teleconsultation" if method == "POST" else f"/teleconsultation/{visit_id}"

    with world.unchanged():
        answer = api.request(
            method,
            path,
            token=api.token(MANAGER, manage=True),
            body=gzip.compress(json.dumps(visit()).encode()),
            headers={"content-type": "application/json", "content-encoding": "gzip"},
        )

    assert (answer.status, answer.code) == (415, "unsupported_content_coding")
    assert answer.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_change_of_what_must_not_be_there_is_refused(
    api: ApiClient, world: World, visit_id: str, method: str
) -> None:
    with world.unchanged():
        answer = api.request(
            method,
            f"/teleconsultation/{visit_id}",
            token=api.token(MANAGER, manage=True),
            body=json.dumps(dates()).encode() if method == "PATCH" else b"",
            headers={"content-type": "application/json", "if-none-match": "*"},
        )

    assert (answer.status, answer.code) == (412, "precondition_failed")


def test_a_key_whose_teleconsultation_was_deleted_is_refused(api: ApiClient, world: World) -> None:
    def post(key: str) -> Answer:
        return api.request(
            "POST",
            "/teleconsultation",
            token=api.token(MANAGER, manage=True),
            body=body,
            headers={"content-type": "application/json", "idempotency-key": key},
        )

    body = b"\xef\xbb\xbf" + json.dumps(visit()).encode()
    created, quoted = post("k-1"), post('"k-1"')
    assert quoted.body == created.body
    api.delete(created.body["roomId"])

    with world.unchanged():
        repeated = post("k-1")

    assert (repeated.status, repeated.code) == (410, "deleted")


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"]
)
def test_a_body_of_exactly_256_kb_in_any_spelling_of_json_is_taken(api: ApiClient, content_type: str) -> None:
    body = json.dumps(visit()).encode().ljust(256 * KIB)

    answer = api.request(
        "POST",
        "/teleconsultation",
        token=api.token(MANAGER, manage=True),
        body=body,
        headers={"content-type": content_type},
    )

    assert answer.status == 201


@pytest.mark.parametrize(
    "malformed",
    [
        "x",
        "0123456789ABCDEF01234567",
        "0123456789abcdef0123456",
        "0123456789abcdef012345678",
        "é" * 24,
        "%",
        " ",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_malformed_id_is_not_found(api: ApiClient, world: World, method: str, malformed: str) -> None:
    with world.unchanged():
        answer = api.send(method, f"/teleconsultation/{malformed}", dates())

    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_unknown_id_is_not_found(api: ApiClient, world: World, method: str) -> None:
    with world.unchanged():
        answer = api.send(method, f"/teleconsultation/{UNKNOWN_ID}", dates())

    assert (answer.status, answer.code) == (404, "not_found")


def test_a_deleted_visit_cannot_be_changed(api: ApiClient, world: World, visit_id: str) -> None:
    api.delete(visit_id)

    with world.unchanged():
        answer = api.patch(visit_id, dates())

    assert (answer.status, answer.code) == (410, "deleted")


def test_deleting_a_deleted_visit_changes_nothing(api: ApiClient, world: World, visit_id: str) -> None:
    api.delete(visit_id)

    with world.unchanged():
        answer = api.delete(visit_id)

    assert answer.status == 204


@pytest.mark.parametrize("if_match", ["2", '"2', "abc", '"2" "3"', "*, *", ","])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_an_if_match_that_is_none_is_refused(
    api: ApiClient, world: World, visit_id: str, method: str, if_match: str
) -> None:
    with world.unchanged():
        answer = (
            api.patch(visit_id, dates(), if_match=if_match)
            if method == "PATCH"
            else api.delete(visit_id, if_match=if_match)
        )

    assert (answer.status, answer.code, answer.fields) == (400, "invalid_request", ["If-Match"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/teleconsultation"),
        ("POST", f"/teleconsultation/{UNKNOWN_ID}"),
        ("GET", "/teleconsultation/"),
        ("GET", f"/teleconsultation/{UNKNOWN_ID}/"),
        ("GET", f"/teleconsultation/{UNKNOWN_ID}/participants"),
        ("POST", f"/teleconsultation/{UNKNOWN_ID}/join"),
        ("GET", f"/teleconsultation/{UNKNOWN_ID}/join/"),
        ("GET", f"/teleconsultation/{UNKNOWN_ID}/x/join"),
        ("GET", "/teleconsultation//join"),
        ("GET", "/"),
    ],
)
def test_an_unknown_route_is_answered_by_the_gateway(
    api: ApiClient, world: World, method: str, path: str
) -> None:
    with world.unchanged():
        answer = api.send(method, path, visit())

    assert (answer.status, answer.body) == (404, {"message": "Not Found"})


def test_headers_too_large_are_answered_by_the_gateway(api: ApiClient, world: World, visit_id: str) -> None:
    with world.unchanged():
        answer = api.delete(visit_id, if_match=f'"{"x" * 10_240}"')

    assert (answer.status, answer.body) == (431, {"message": "Request Header Fields Too Large"})


def test_a_patient_gets_no_way_in_by_managing(api: ApiClient, world: World, visit_id: str) -> None:
    token = api.token(PATIENT)

    with world.unchanged():
        answers = [
            api.send(method, f"/teleconsultation{path}", visit(), token=token)
            for method, path in (("POST", ""), ("PATCH", f"/{visit_id}"), ("DELETE", f"/{visit_id}"))
        ]

    assert [(answer.status, answer.body) for answer in answers] == [(403, {"message": "Forbidden"})] * 3
    assert all("insufficient_scope" in answer.headers["www-authenticate"] for answer in answers)
