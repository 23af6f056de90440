"""The taps run: a product that leaks into any channel makes the run fail, though all its tests pass."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from local import stack
from tests.canaries.places import Channel, Kind
from tests.canaries.readings import Readings
from tests.canaries.taps import FUNCTIONS_LOG, HARMLESS, STATE_DIRECTORY, access_log_line

ROOT = Path(__file__).resolve().parents[2]
CONFTEST = """
pytest_plugins = ["tests.canaries.plugin"]
"""
# What a product would do by mistake; it stands outside the project's tests, so it counts as the product's.
LEAKS = """
import json
import logging

import boto3
import pytest
import requests
import responses
from botocore.config import Config

from aws_json import DynamoDBReader, UnavailableError
from bandyer import BandyerClient, StaticApiKey
from teleconsultation.domain.errors import ConflictError, TeleconsultationError
from teleconsultation.edge.http import Response, endpoint
from teleconsultation.domain.join_secrets import JoinSecrets
from teleconsultation.domain.model import Room
from teleconsultation.edge.powertools_log import log as log_of_a_writer, logger, metrics
from teleconsultation.edge.request_log import log
from teleconsultation.provider.secret import ProviderSecret
from teleconsultation.storage.boto3_transport import Boto3Transport
from tests.fakes import samples
from tests.fakes.api_gateway import http_event, lambda_context
from tests.fakes.pauses import Pauses
from tests.fakes.watch import Watch

NAME = "Joe Smith"


def answer(route, method="GET"):
    return endpoint(outcome="Done", log=log)(route)(http_event(method), lambda_context())


def test_log_line():
    logger.info("somebody came", who=NAME)


def test_join_secret():
    secrets = JoinSecrets(lambda: "a key")
    person = secrets.issue_pass(samples.participant(), teleconsultation_id="x")
    logger.info("came with", by=secrets.secret(person, teleconsultation_id="x"))


def test_log_line_of_a_route():
    log.warning("somebody read", who=NAME)


def test_log_line_of_a_route_that_writes():
    def route(_):
        log_of_a_writer.append_keys(who=NAME)
        return Response(status=204)

    endpoint(outcome="Done", log=log_of_a_writer)(route)(http_event("POST"), lambda_context())


def test_access_link():
    links = {"u": "https://anywhere/0123456789abcdef0123?x=y"}
    Room(room_id="room", duration_seconds=None, links=links)
    logger.info("went in", through="0123456789abcdef0123")


def test_log_line_of_a_library():
    logging.getLogger("botocore.httpsession").warning("connection to %s lost", NAME)


def test_metric():
    @metrics.log_metrics
    def lambda_handler(event, context):
        metrics.add_dimension(name="who", value=NAME)
        metrics.add_metric(name="Done", unit="Count", value=1)

    lambda_handler({}, lambda_context())


def test_metric_of_a_route():
    log.answered(status=200, outcome=NAME)


def test_error_body():
    answer(lambda _: Response(status=400, body={"detail": NAME}))


def test_headers():
    answer(lambda _: Response(status=204, headers={"location": NAME}))


def test_link_to_the_next_page():
    answer(lambda _: Response(status=200, headers={"link": f"</list?of={NAME}>"}))


def test_management_answer():
    answer(lambda _: Response(status=201, body={"name": NAME}), method="POST")


def test_calendar_file_in_an_answer():
    body = {"invitation": "SUMMARY:Call with J\\r\\n oe Smith"}
    answer(lambda _: Response(status=201, body=body), method="POST")


def test_get_answer():
    answer(lambda _: Response(status=200, body={"userExternalId": "doctor-1"}))


def test_calendar_file():
    body = f"SUMMARY:Call with J\\r\\n oe Smith"
    answer(lambda _: Response(status=200, body=body, content_type="text/calendar"))


def test_fhir_resource():
    body = {"actor": {"identifier": "doctor-1"}}
    answer(lambda _: Response(status=200, body=body, content_type="application/fhir+json; fhirVersion=4.0"))


def test_exception():
    with pytest.raises(ConflictError):
        raise ConflictError(f"{NAME} changed it")


def test_exception_of_somebody_else_at_the_edge():
    def route(_):
        raise KeyError("patient-1")

    answer(route)


def test_exception_that_is_chained():
    def route(_):
        try:
            raise ValueError("auth0|x")
        except ValueError as error:
            raise ConflictError("fine") from error

    answer(route)


@responses.activate
def test_provider():
    responses.post("https://bandyer.test/rest/user/create", status=404)
    responses.delete("https://bandyer.test/rest/user/delete/patient-1", status=404)
    bandyer = BandyerClient(base_url="https://bandyer.test", api_key=StaticApiKey("local-user-id-key"))
    for call in (
        lambda: bandyer.create_user(user_id="x", role="basic", language=NAME),
        lambda: bandyer.delete_user(user_id="patient-1"),
    ):
        with pytest.raises(Exception, match="Bandyer"):
            call()


def test_aws():
    environment = {
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    pauses = Pauses()
    reader = DynamoDBReader(environment=environment, monotonic=pauses.monotonic, sleep=pauses.sleep)
    with pytest.raises(UnavailableError):
        reader.get_item({"Key": {"pk": {"S": "ak_live"}}})


def client(service):
    return boto3.client(
        service,
        region_name="eu-west-1",
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1}),
    )


def test_boto3_of_the_table():
    request = {"TableName": "t", "Item": {"pk": {"S": "ak_live"}}}
    with pytest.raises(TeleconsultationError):
        Boto3Transport(client("dynamodb")).send("PutItem", request)


def test_boto3_of_the_secret():
    with pytest.raises(TeleconsultationError):
        ProviderSecret(secret_id=NAME, client=client("secretsmanager"), clock=Watch()).current()


def test_gateway():
    from local.gateway.exchange import Request
    from local.gateway.http_api import Gateway
    from deployment.template.application import Application, HttpApi

    api = HttpApi(name="Api", stage="api", stage_variables={}, routes=())
    gateway = Gateway(Application(api=api, functions={}), invoker=None, clock=None)
    gateway.handle(Request(method="GET", path="/", headers=(("x-link", "https://provider.test/call/x"),)))


def test_browser():
    from local.asgi_server import AsgiServer
    from starlette.applications import Starlette

    with AsgiServer(Starlette()) as server:
        url = f"{server.url}/teleconsultation/x?token=eyJhbGciOi"
        requests.get(url, headers={"user-agent": "Mozilla/5.0"}, timeout=5)
        requests.get(f"{url}&display_name=Joe%20Smith", headers={"user-agent": "Mozilla/5.0"}, timeout=5)


def test_function_in_a_process_of_its_own(tmp_path):
    (tmp_path / "functions.log").write_text("Traceback: Joe Smith\\n" + json.dumps({"_aws": {}, "who": NAME}))
"""
IN_THE_CHANNEL = {
    "test_log_line": Channel.LOG,
    "test_join_secret": Channel.LOG,
    "test_log_line_of_a_route": Channel.LOG,
    "test_log_line_of_a_route_that_writes": Channel.LOG,
    "test_access_link": Channel.LOG,
    "test_log_line_of_a_library": Channel.LOG,
    "test_metric": Channel.METRIC,
    "test_metric_of_a_route": Channel.METRIC,
    "test_error_body": Channel.ERROR_BODY,
    "test_headers": Channel.ANSWER_HEADERS,
    "test_link_to_the_next_page": Channel.MANAGEMENT_ANSWER,
    "test_management_answer": Channel.MANAGEMENT_ANSWER,
    "test_calendar_file_in_an_answer": Channel.MANAGEMENT_ANSWER,
    "test_get_answer": Channel.GET_ANSWER,
    "test_calendar_file": Channel.CALENDAR_FILE,
    "test_fhir_resource": Channel.FHIR_RESOURCE,
    "test_exception": Channel.EXCEPTION,
    "test_exception_of_somebody_else_at_the_edge": Channel.EXCEPTION,
    "test_exception_that_is_chained": Channel.EXCEPTION,
    "test_gateway": Channel.REQUEST,
    "test_browser": Channel.BROWSER_URL,
}
OF_SEVERAL = [
    ("test_provider", Channel.PROVIDER_URL),
    ("test_provider", Channel.PROVIDER_HEADERS),
    ("test_provider", Channel.PROVIDER_BODY),
    ("test_aws", Channel.TABLE),
    ("test_boto3_of_the_table", Channel.TABLE),
    ("test_boto3_of_the_secret", Channel.SECRET_STORE),
    ("a function's process", Channel.LOG),
    ("a function's process", Channel.METRIC),
]


def run(folder: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a test file in a project of its own, with the check loaded as here."""
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (folder / "test_product.py").write_text(code, encoding="utf-8")
    (folder / "pytest.ini").write_text(
        f"[pytest]\npythonpath = {ROOT} {ROOT / 'layers/core'}\ntestpaths = .\n", encoding="utf-8"
    )
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:schemathesis",
            f"--basetemp={folder / 'tmp'}",
            *arguments,
        ],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def leaking() -> Iterator[subprocess.CompletedProcess[str]]:
    # Not below pytest's own temporary folder, whose log files are this run's too.
    with TemporaryDirectory() as folder:
        yield run(Path(folder), LEAKS, "test_product.py")


def test_a_run_that_leaks_fails_although_its_tests_pass(leaking: subprocess.CompletedProcess[str]) -> None:
    assert leaking.returncode == pytest.ExitCode.TESTS_FAILED, leaking.stdout
    assert " passed" in leaking.stdout
    assert " failed" not in leaking.stdout


@pytest.mark.parametrize(("author", "channel"), [*IN_THE_CHANNEL.items(), *OF_SEVERAL])
def test_each_tap_runs(leaking: subprocess.CompletedProcess[str], author: str, channel: Channel) -> None:
    told = [line for line in leaking.stdout.splitlines() if f" in {channel}, by " in line]

    # Lanes repeat lines that begin so at the end of a run.
    assert any(author in line for line in told if line.startswith("ERROR ")), leaking.stdout


def test_what_leaked_is_not_repeated(leaking: subprocess.CompletedProcess[str]) -> None:
    assert "<name>" in leaking.stdout
    assert not any(secret in leaking.stdout for secret in ("Joe Smith", "patient-1", "eyJhbGciOi", "ak_live"))


def test_a_link_into_the_call_may_carry_the_name_to_show(leaking: subprocess.CompletedProcess[str]) -> None:
    assert f"{Kind.TOKEN} in {Channel.BROWSER_URL}" in leaking.stdout
    assert f"{Kind.NAME} in {Channel.BROWSER_URL}" not in leaking.stdout


def test_a_clean_run_of_a_part_passes_and_says_what_it_read(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        "from teleconsultation.edge.powertools_log import logger\n\ndef test_log():\n    logger.info('x')\n",
        "test_product.py",
    )

    assert result.returncode == pytest.ExitCode.OK, result.stdout
    assert "0 canaries planted; read: 1 x log line; 0 leaks" in result.stdout


def test_a_random_text_in_place_of_a_link_is_no_secret(tmp_path: Path) -> None:
    # Hypothesis draws strings of our own code too, and some are words of our messages.
    result = run(
        tmp_path,
        "from teleconsultation.domain.model import Room\n"
        "from teleconsultation.edge.powertools_log import logger\n\n"
        "def test_log():\n"
        "    Room(room_id='room', duration_seconds=None, links={'u': 'teleconsultationId'})\n"
        "    logger.info('no such teleconsultation')\n",
        "test_product.py",
    )

    assert result.returncode == pytest.ExitCode.OK, result.stdout


def test_a_run_leaves_what_it_read_for_the_sum(tmp_path: Path) -> None:
    run(
        tmp_path,
        "from teleconsultation.edge.invocation import logger\n\ndef test_log():\n    logger.info('x')\n",
        *("test_product.py", "--canaries-file=lane.json"),
    )

    assert Readings.load(tmp_path / "lane.json").texts == {Channel.LOG: 1}


def test_a_run_loads_nothing_but_what_its_tests_import(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        "import sys\n\ndef test_modules():\n"
        "    loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "    heavy = {'aws_lambda_powertools', 'botocore', 'pydantic', 'requests', 'starlette', 'uvicorn'}\n"
        "    ours = {'aws_json', 'bandyer', 'deployment', 'functions', 'local', 'teleconsultation'}\n"
        "    assert loaded & (heavy | ours) == set()\n",
        "test_product.py",
    )

    assert result.returncode == pytest.ExitCode.OK, result.stdout


def test_the_functions_write_their_log_where_the_check_looks() -> None:
    assert (stack.STATE_DIRECTORY, stack.FUNCTIONS_LOG) == (STATE_DIRECTORY, FUNCTIONS_LOG)


@pytest.mark.parametrize("variable", ["path", "identity.sourceIp", "authorizer.claims.sub"])
def test_a_variable_of_the_access_log_that_may_hold_a_callers_data_holds_all_of_it(variable: str) -> None:
    line_format = f'{{"a": "$context.routeKey", "b": "$context.{variable}"}}'

    line = access_log_line(line_format, route_key="GET /x", whole_request="Joe Smith")

    assert line == '{"a": "GET /x", "b": "Joe Smith"}'
    assert variable not in HARMLESS
