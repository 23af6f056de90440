import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from deployment.page_configuration import configuration_in
from local.gateway.app import RequestLine
from local.stack import Stack, running_stack


@pytest.fixture(scope="module")
def lines() -> list[RequestLine]:
    return []


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, lines: list[RequestLine]) -> Iterator[Stack]:
    with running_stack(state_directory=tmp_path_factory.mktemp("state"), on_request=lines.append) as running:
        yield running


@pytest.fixture(scope="module")
def client(stack: Stack) -> Iterator[httpx2.Client]:
    headers = {"authorization": f"Bearer {stack.issuer.token('booking-system', manage=True)}"}
    with httpx2.Client(base_url=stack.api_url, headers=headers, trust_env=False, timeout=30) as client:
        yield client


def visit() -> dict[str, Any]:
    start = datetime.now(UTC) + timedelta(minutes=1)
    return {
        "participants": {
            "number": 2,
            "data": [
                {"userExternalId": "doctor-1", "groups": ["doctor"], "fullName": "Dana Doctor"},
                {"userExternalId": "patient-1", "groups": ["patient"], "fullName": "Paolo Patient"},
            ],
        },
        "start_date": start.isoformat(),
        "duration_in_seconds": 3600,
    }


def test_a_visit_works_through_the_whole_stack(stack: Stack, client: httpx2.Client) -> None:
    created = client.post("/teleconsultation", json=visit())
    room_id = created.json()["roomId"]
    patient = {"authorization": f"Bearer {stack.issuer.token('patient-1')}"}
    read = client.get(f"/teleconsultation/{room_id}", headers=patient)
    deleted = client.delete(f"/teleconsultation/{room_id}")
    gone = client.get(f"/teleconsultation/{room_id}", headers=patient)

    assert created.status_code == 201
    assert created.json()["teleconsultationUrl"] == f"{stack.site_url}/teleconsultation/{room_id}"
    assert read.json()["state"] == "OPEN"
    assert read.json()["accessLinkURL"].startswith(stack.bandyer.url)
    assert (deleted.status_code, gone.status_code) == (204, 410)


def test_the_functions_call_the_emulator_and_the_simulator(stack: Stack, client: httpx2.Client) -> None:
    room_id = client.post("/teleconsultation", json=visit()).json()["roomId"]

    key = {"pk": {"S": f"TELECONSULTATION#{room_id}"}}
    item = stack.aws.client("dynamodb").get_item(TableName=stack.table_name, Key=key)["Item"]
    state = httpx2.get(f"{stack.bandyer.url}/_control/state", trust_env=False).json()

    assert item["pk"] == key["pk"]
    assert len(state["rooms"]) >= 1


def test_the_page_and_the_api_have_one_origin(stack: Stack, client: httpx2.Client) -> None:
    page = client.get(f"{stack.site_url}/teleconsultation/0123456789abcdef01234567")
    configuration = configuration_in(page.text)
    unknown = client.get("/nothing")

    assert page.headers["content-type"].startswith("text/html")
    assert configuration["frameOrigins"] == [stack.bandyer.url]
    assert configuration["apiBaseUrl"] == "/api"
    assert (unknown.status_code, unknown.json()) == (404, {"message": "Not Found"})


def test_a_function_has_only_the_variables_the_template_gives_it(stack: Stack) -> None:
    functions = stack.application.functions

    assert "BANDYER_SECRET_ARN" in functions["CreateTeleconsultationFunction"].environment
    assert "BANDYER_SECRET_ARN" not in functions["GetTeleconsultationFunction"].environment


@pytest.mark.parametrize(
    ("authorization", "status"), [(None, 401), ("Bearer nonsense", 401), ("participant", 403)]
)
def test_the_gateway_refuses_for_the_functions(
    stack: Stack, client: httpx2.Client, authorization: str | None, status: int
) -> None:
    token = stack.issuer.token("patient-1") if authorization == "participant" else authorization
    headers = {"authorization": token} if token else {}

    response = httpx2.post(
        f"{stack.api_url}/teleconsultation", json=visit(), headers=headers, trust_env=False
    )

    assert response.status_code == status
    assert set(response.json()) == {"message"}
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_request_lines_contain_no_ids(client: httpx2.Client, lines: list[RequestLine]) -> None:
    lines.clear()

    client.get("/teleconsultation/0123456789abcdef01234567?language=it")

    [request] = lines
    assert (request.method, request.route, request.status) == ("GET", "/teleconsultation/{id}", 404)
    assert request.milliseconds >= 0


def test_a_large_body_gets_an_answer(client: httpx2.Client) -> None:
    response = client.post("/teleconsultation", content=b" " * (10 * 1024 * 1024 + 1))

    assert (response.status_code, response.json()) == (413, {"message": "Request Entity Too Large"})


def test_handlers_can_run_in_this_process_and_leave_no_trace(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    before = dict(os.environ)

    for _ in range(2):
        # Twice, because the handlers' caches of the first stack have addresses of ended servers.
        with running_stack(
            invocation="in-process", state_directory=tmp_path_factory.mktemp("state")
        ) as stack:
            headers = {"authorization": stack.issuer.token("booking-system", manage=True)}
            response = httpx2.post(
                f"{stack.api_url}/teleconsultation",
                content=json.dumps(visit()),
                headers={**headers, "content-type": "application/json"},
                trust_env=False,
                timeout=30,
            )
            assert response.status_code == 201

    assert dict(os.environ) == before
