"""The site's address of the original, with sockets, and the API's own, without."""

import httpx2
import pytest

from local.gateway.exchange import Request
from local.stack import Stack

ID = "0" * 24


def test_the_address_leads_to_the_originals_manner(stack: Stack) -> None:
    token = {"authorization": f"Bearer {stack.issuer.token('patient-1')}"}
    paths = (f"/api/teleconsultation/{ID}", f"/api/v1/telecons-be/teleconsultation/{ID}")

    ours, originals = (
        httpx2.get(stack.site_url + path, headers=token, trust_env=False, timeout=60) for path in paths
    )

    assert ours.json()["code"] == "not_found"
    assert originals.headers["content-type"] == "application/json"
    assert originals.json() == {
        "statusCode": 404,
        "error": f"Room with id {ID} not found on CRUD",
        "message": f"Room with id {ID} not found on CRUD",
    }


@pytest.mark.parametrize("path", [f"/telecons-be/teleconsultation/{ID}", "/api/v1/telecons-be"])
def test_the_site_has_no_other_way_to_that_stage(stack: Stack, path: str) -> None:
    answer = httpx2.get(stack.site_url + path, trust_env=False, timeout=60)

    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) in {
        (200, "text/html"),
        (404, "application/json"),
    }
    assert "CRUD" not in answer.text


@pytest.mark.parametrize(("stage", "error"), [("api", "Not Found"), ("telecons-be", f"Room with id {ID}")])
def test_who_reaches_the_api_directly_is_answered_by_the_stage_and_not_by_a_header(
    stack: Stack, stage: str, error: str
) -> None:
    headers = (
        ("host", "abc.execute-api.eu-west-1.amazonaws.com"),
        ("authorization", f"Bearer {stack.issuer.token('patient-1')}"),
        ("x-forwarded-prefix", "/api/v1/telecons-be"),
        ("x-original-url", f"/api/v1/telecons-be/teleconsultation/{ID}"),
    )

    answer = stack.gateway.handle(
        Request(method="GET", path=f"/{stage}/teleconsultation/{ID}", headers=headers)
    )

    assert answer.status == 404
    assert error in answer.body.decode()
