from typing import Any

import pytest

from local.gateway.answer import build_response

FAILED = b'{"message":"Internal Server Error"}'


def test_a_full_result_becomes_the_response() -> None:
    result = {
        "statusCode": 201,
        "headers": {"Content-Type": "application/json", "ETag": '"1"', "X-Count": 3, "X-Flag": True},
        "cookies": ["a=1", "b=2; HttpOnly"],
        "body": '{"name":"Zoë"}',
    }

    response = build_response(result)

    assert response.status == 201
    assert response.headers == (
        ("content-type", "application/json"),
        ("etag", '"1"'),
        ("x-count", "3"),
        ("x-flag", "true"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2; HttpOnly"),
    )
    assert response.body == '{"name":"Zoë"}'.encode()


def test_a_base64_body_is_decoded() -> None:
    assert build_response({"statusCode": 200, "body": "//4=", "isBase64Encoded": True}).body == b"\xff\xfe"


def test_a_result_without_a_status_is_the_body_itself() -> None:
    response = build_response({"hello": ["world"]})

    assert (response.status, response.body) == (200, b'{"hello":["world"]}')
    assert response.headers == (("content-type", "application/json"),)


def test_a_body_without_a_type_is_plain_text() -> None:
    response = build_response({"statusCode": "200", "body": "hello"})

    assert response.headers == (("content-type", "text/plain;charset=UTF-8"),)


def test_no_content_has_no_type() -> None:
    assert build_response({"statusCode": 204, "headers": {"etag": '"2"'}}).headers == (("etag", '"2"'),)


def test_a_functions_own_length_is_not_trusted() -> None:
    response = build_response({"statusCode": 200, "headers": {"Content-Length": "999"}, "body": "hello"})

    assert "content-length" not in dict(response.headers)


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "many"},
        {"statusCode": None},
        {"statusCode": 99},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "body": "not base64!", "isBase64Encoded": True},
        {"statusCode": 200, "headers": {"x": ["a", "b"]}},
        {"statusCode": 200, "headers": ["x"]},
    ],
)
def test_a_result_that_breaks_the_format_is_a_failure(result: Any) -> None:
    response = build_response(result)

    assert (response.status, response.body) == (500, FAILED)
