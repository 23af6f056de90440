"""What the built functions do until and while they answer, counted instead of timed: no clock, no noise."""

import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest

from local.bandyer_simulator.server import RunningSimulator, running_simulator
from tests.fakes.api_gateway import http_event
from tests.fakes.aws_server import AwsServer, running_aws_server
from tests.infrastructure.built_functions import SECRET, BuiltFunctions, SmallTable, read_only
from tests.infrastructure.conftest import FUNCTIONS

GET, POST = "GetTeleconsultationFunction", "CreateTeleconsultationFunction"
CALENDAR = "GetCalendarFileFunction"
PATCH, DELETE = "UpdateTeleconsultationFunction", "DeleteTeleconsultationFunction"
CHECK = "CheckRoomFunction"
UPLOADS = "DeleteUploadsFunction"
ADD, REMOVE = "AddParticipantFunction", "RemoveParticipantFunction"
# Without a client of its own, as here, it calls nobody.
PROBE = "ProbeFunction"
WITHOUT_ROUTE = (
    "DeliverWebhookFunction",
    "ErasePersonFunction",
    PROBE,
    "PublishEventsFunction",
    "ReconcileRoomsFunction",
)

# A bare handler that needs json has 24, Powertools' logger and metrics alone 133, boto3 with a client 360.
MAX_MODULES_OF_GET = 112
SDK = {"aws_lambda_powertools", "boto3", "botocore"}
NOT_FOR_GET = {
    "asyncio",
    "aws_lambda_powertools",
    "boto3",
    "botocore",
    "email",
    "http",
    "logging",
    "pydantic",
    "random",
    "requests",
    "urllib3",
}
# Nearly all of them are boto3's, pydantic's, requests' and Powertools'.
MAX_MODULES_OF_WRITERS = 700
WRITERS = (POST, PATCH, DELETE, CHECK, UPLOADS, ADD, REMOVE)
# One may be due before our first line runs.
MAX_COLLECTIONS = 1
# Each module is a file or none; what is left is for the roots of trust and time zones.
MAX_FILES_OF_GET = 150
MAX_FUNCTION_BYTES = 20_000

PEOPLE: list[dict[str, Any]] = [
    {"userExternalId": "d", "groups": ["doctor"], "fullName": "Anna Neri"},
    {"userExternalId": "p", "groups": ["patient"], "fullName": "Joe Smith"},
]
VISIT: dict[str, Any] = {
    "participants": {"number": 2, "data": PEOPLE},
    "start_date": "2030-01-01T10:00:00Z",
    "duration_in_seconds": 3600,
}

# What was built for this machine is what can be run on it.
pytestmark = pytest.mark.parametrize(
    "architecture", [{"aarch64": "arm64"}.get(platform.machine(), platform.machine())], indirect=True
)


@pytest.fixture
def aws() -> Iterator[AwsServer]:
    with running_aws_server() as server:
        yield server.answers_always(SmallTable().step(server))


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    with running_simulator(api_key=SECRET["apiKey"]) as simulator:
        yield simulator


class Provider:
    """What reached the provider."""

    def __init__(self, simulator: RunningSimulator) -> None:
        self.url = simulator.url

    def reset(self) -> None:
        httpx2.post(f"{self.url}/_control/reset", trust_env=False).raise_for_status()

    def calls(self) -> list[str]:
        """Paths, without whose."""
        return [
            path if path.endswith("/create") else f"{path.rpartition('/')[0]}/{{id}}"
            for path in (call["path"] for call in self.state()["requests"])
        ]

    def state(self) -> Mapping[str, Any]:
        state: Mapping[str, Any] = httpx2.get(f"{self.url}/_control/state", trust_env=False).json()
        return state


@pytest.fixture
def provider(simulator: RunningSimulator) -> Provider:
    provider = Provider(simulator)
    provider.reset()
    return provider


@pytest.fixture(scope="module")
def locked(built: Path) -> Iterator[Path]:
    """The build, in which nobody can write."""
    with read_only(built):
        yield built


@pytest.fixture
def functions(locked: Path, aws: AwsServer, provider: Provider) -> BuiltFunctions:
    return BuiltFunctions(locked, aws, provider.url)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return tmp_path / "report.json"


def operations(aws: AwsServer) -> list[str]:
    return [request.headers["x-amz-target"].rpartition(".")[2] for request in aws.received]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_first_request_compiles_and_writes_nothing_and_only_light_readers_do_without_the_sdk(
    functions: BuiltFunctions, report: Path, name: str
) -> None:
    method = {GET: "GET", POST: "POST"}.get(name, "DELETE")
    event = http_event(method, teleconsultation_id="0" * 24, body={})
    if name in WITHOUT_ROUTE:
        event = {"userExternalId": "nobody"}

    run = functions.run(name, event, report=report)

    assert run.is_read_only
    assert [answer.get("statusCode") for answer in run.answers] != [500]
    assert "app" in run.modules
    assert run.compiled == []
    assert run.written == []
    if name != PROBE:
        used = SDK & set(run.modules_after_requests)
        assert used == (set() if name in {GET, CALENDAR} else SDK)


def test_a_cold_get_loads_little(functions: BuiltFunctions, report: Path) -> None:
    [created] = functions.run(POST, http_event("POST", body=VISIT), report=report).answers
    visit_id = created["headers"]["location"].rpartition("/")[2]

    run = functions.run(GET, http_event(teleconsultation_id=visit_id), report=report)

    assert run.answers[0]["statusCode"] == 200
    assert len(run.modules_after_requests) <= MAX_MODULES_OF_GET
    assert not NOT_FOR_GET & set(run.modules_after_requests)
    assert run.modules_after_requests == run.modules  # nothing is left for the patient to wait for
    assert run.files_opened <= MAX_FILES_OF_GET
    assert run.collections <= MAX_COLLECTIONS


def test_only_who_asks_for_fhir_waits_for_its_module(functions: BuiltFunctions, report: Path) -> None:
    [created] = functions.run(POST, http_event("POST", body=VISIT), report=report).answers
    visit_id = created["headers"]["location"].rpartition("/")[2]
    event = http_event(teleconsultation_id=visit_id, headers={"accept": "application/fhir+json"})

    run = functions.run(GET, event, report=report)

    assert run.answers[0]["headers"]["content-type"].startswith("application/fhir+json")
    assert set(run.modules_after_requests) - set(run.modules) == {"teleconsultation.edge.fhir_appointment"}


@pytest.mark.parametrize("name", WRITERS)
def test_a_cold_writer_loads_what_it_uses(functions: BuiltFunctions, report: Path, name: str) -> None:
    run = functions.run(name, http_event("POST"), report=report)

    assert "requests" in run.modules
    assert ("pydantic" in run.modules) == (name in {POST, PATCH, ADD})
    assert run.modules_after_requests == run.modules
    assert len(run.modules) <= MAX_MODULES_OF_WRITERS
    assert run.collections <= MAX_COLLECTIONS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_small(built: Path, name: str) -> None:
    size_bytes = sum(path.stat().st_size for path in (built / name).rglob("*") if path.is_file())

    assert size_bytes < MAX_FUNCTION_BYTES


class TestRoundTrips:
    """The table of docs/architecture.md; before its first request a writer also reads the secret."""

    def test_get_reads_one_item_over_one_connection(
        self, functions: BuiltFunctions, aws: AwsServer, report: Path
    ) -> None:
        [created] = functions.run(POST, http_event("POST", body=VISIT), report=report).answers
        visit_id = created["headers"]["location"].rpartition("/")[2]
        aws.received.clear()
        connections_before = aws.connections

        run = functions.run(GET, *[http_event(teleconsultation_id=visit_id)] * 3, report=report)

        assert [answer["statusCode"] for answer in run.answers] == [200, 200, 200]
        assert operations(aws) == ["GetItem"] * 3
        assert aws.connections - connections_before == 1

    def test_post_of_two_known_users_reads_once_writes_twice_and_calls_the_provider_once(
        self, functions: BuiltFunctions, aws: AwsServer, provider: Provider, report: Path
    ) -> None:
        functions.run(POST, http_event("POST", body=VISIT), report=report)
        aws.received.clear()
        calls_before = len(provider.calls())

        [answer] = functions.run(POST, http_event("POST", body=VISIT), report=report).answers

        assert answer["statusCode"] == 201
        assert operations(aws) == ["GetSecretValue", "BatchGetItem", "DescribeTable", "PutItem", "PutItem"]
        assert provider.calls()[calls_before:] == ["/rest/room/create"]

    def test_post_of_two_new_users_makes_and_remembers_them_too(
        self, functions: BuiltFunctions, aws: AwsServer, provider: Provider, report: Path
    ) -> None:
        [answer] = functions.run(POST, http_event("POST", body=VISIT), report=report).answers

        assert answer["statusCode"] == 201
        assert operations(aws) == [
            *("GetSecretValue", "BatchGetItem", "BatchWriteItem", "DescribeTable", "PutItem", "PutItem")
        ]
        assert provider.calls() == ["/rest/user/create", "/rest/user/create", "/rest/room/create"]

    @pytest.mark.parametrize(
        ("name", "method", "body", "of_the_table", "of_the_provider"),
        [
            pytest.param(
                *(PATCH, "PATCH", {"start_date": "2030-01-01T11:00:00Z"}),
                *(["GetItem", "PutItem"], []),
                id="new dates",
            ),
            pytest.param(
                *(PATCH, "PATCH", {"duration_in_seconds": 7200}),
                ["GetItem", "DescribeTable", "PutItem", "PutItem", "PutItem"],
                ["/rest/room/create", "/rest/room/delete/{id}"],
                id="a longer duration, which needs another room",
            ),
            pytest.param(
                *(DELETE, "DELETE", None),
                *(["GetItem", "PutItem", "PutItem"], ["/rest/room/delete/{id}"]),
                id="deletion",
            ),
        ],
    )
    def test_a_change_calls_no_more_than_it_must(
        self,
        functions: BuiltFunctions,
        aws: AwsServer,
        provider: Provider,
        report: Path,
        *,
        name: str,
        method: str,
        body: Mapping[str, Any] | None,
        of_the_table: list[str],
        of_the_provider: list[str],
    ) -> None:
        [created] = functions.run(POST, http_event("POST", body=VISIT), report=report).answers
        visit_id = created["headers"]["location"].rpartition("/")[2]
        aws.received.clear()
        calls_before = len(provider.calls())

        event = http_event(method, teleconsultation_id=visit_id, body=body)
        [answer] = functions.run(name, event, report=report).answers

        assert answer["statusCode"] == 204
        assert operations(aws) == ["GetSecretValue", *of_the_table]
        assert provider.calls()[calls_before:] == of_the_provider

    def test_a_writer_keeps_one_connection_to_each_service(
        self, functions: BuiltFunctions, aws: AwsServer, provider: Provider, report: Path
    ) -> None:
        run = functions.run(POST, *[http_event("POST", body=VISIT)] * 3, report=report)

        assert [answer["statusCode"] for answer in run.answers] == [201, 201, 201]
        assert aws.connections == 2  # the table's, and Secrets Manager's
        assert operations(aws).count("GetSecretValue") == 1
        # Two users are made side by side, once.
        assert provider.state()["connections"] <= 2
