"""The laptop's gateway behaves like SAM CLI's emulation of API Gateway, with the same built functions.

Their common behaviour is compared for every sample event and more. Known differences are tested too:
SAM CLI has no JWT authorizer and no stage, and refuses an unknown route like a REST API.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import httpx2
import pytest

from local.issuer import MANAGE_SCOPE, SETTINGS_SCOPE
from local.stack import Stack
from tests.deployment.gateways import Request, running_sam_gateway
from tests.deployment.runtime import LambdaRuntimes
from tests.deployment.samples import Json, Sample, Stage, find, samples
from tests.integration.api.client import World
from tests.integration.api.test_events import VISIT_ID

HTTP_SAMPLES: Final = [
    sample for sample in samples() if "routeKey" in sample.event and not sample.event["isBase64Encoded"]
]
READ: Final = find("get_teleconsultation_doctor")
DELETE: Final = find("delete_teleconsultation")
IMAGE: Final = find("add_background")
ROUTE: Final = f"/teleconsultation/{VISIT_ID}"
JSON: Final = {"content-type": "application/json"}

# Headers about the server and the time.
OF_THE_SERVER: Final = {"apigw-requestid", "connection", "date", "server"}
# Headers about proxies and ports.
OF_THE_WAY: Final = {
    "content-length",
    "host",
    "x-amzn-trace-id",
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-proto",
}
# Values that each gateway generates; the path is also in rawPath, the browser's name in the headers.
OF_THE_ACCOUNT: Final = {
    "accountId",
    "apiId",
    "domainName",
    "domainPrefix",
    "http",
    "requestId",
    "time",
    "timeEpoch",
}
# Headers of a sample's event that are sent.
PASSED_ON: Final = (
    *("accept", "authorization", "bandyer-signature", "content-type"),
    *("if-match", "prefer", "user-agent"),
)
# Members of a body with an instant, or with what follows from one.
OF_THE_MOMENT: Final = (
    *("accessToken", "at", "completedAt", "expiresAt", "givenAt"),
    *("created", "hash", "lastUpdated", "nextRunAt", "requestedAt", "serverTime"),
)


@pytest.fixture(scope="module")
def invoker(built_stack: Stack) -> LambdaRuntimes:
    invoker = built_stack.gateway._invoker
    assert isinstance(invoker, LambdaRuntimes)
    return invoker


@pytest.fixture(scope="module")
def sam_url(
    built_template: Path,
    built_stack: Stack,
    invoker: LambdaRuntimes,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    log = tmp_path_factory.mktemp("sam-gateway") / "gateway.log"
    with running_sam_gateway(built_template, stack=built_stack, runtimes=invoker, log=log) as url:
        yield url


@dataclass(frozen=True)
class Answer:
    """A response without the values that differ for each request."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Gateways:
    """Both gateways, each with its own functions and state."""

    stack: Stack
    world: World
    invoker: LambdaRuntimes
    sam_url: str

    def ours(self, request: Request, sample: Sample) -> tuple[Answer, Json]:
        """Send a request to the laptop's gateway; return its answer and the function's event."""
        return self._ask(self.stack.api_url, request, sample)

    def sams(self, request: Request, sample: Sample) -> tuple[Answer, Json]:
        """Send a request to SAM CLI's gateway."""
        return self._ask(self.sam_url, request, sample)

    def request(self, sample: Sample) -> Request:
        """Return the request for a sample's event, with a token of our issuer."""
        event = sample.event
        headers = {name: event["headers"][name] for name in PASSED_ON if name in event["headers"]}
        if "authorizer" in event["requestContext"]:
            claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
            headers["authorization"] = self.bearer(claims["sub"], scope=claims.get("scope"))
        query = f"?{event['rawQueryString']}" if event["rawQueryString"] else ""
        return Request(
            method=event["requestContext"]["http"]["method"],
            path=event["rawPath"].removeprefix("/api") + query,
            headers=headers,
            body=_sent(event),
        )

    def bearer(self, user_id: str, *, scope: str | None) -> str:
        """Return the Authorization header of a caller with one of the service's scopes, or none."""
        token = self.stack.issuer.token(
            user_id, manage=scope == MANAGE_SCOPE, settings=scope == SETTINGS_SCOPE
        )
        return f"Bearer {token}"

    def _ask(self, url: str, request: Request, sample: Sample) -> tuple[Answer, Json]:
        runtime = self.invoker.runtimes[sample.function]
        Stage(
            self.world, invoke=lambda function, event: self.invoker.runtimes[function].invoke(event)
        ).set_up()
        runtime.last_event = None
        response = request.send(url)
        return _answer(response), runtime.last_event


def _sent(event: Json) -> bytes:
    body: str = event.get("body", "")
    return base64.b64decode(body) if event["isBase64Encoded"] else body.encode()


def _answer(response: httpx2.Response) -> Answer:
    apart = OF_THE_SERVER
    if not response.content:
        # SAM CLI sets a JSON content type for an empty body.
        apart = apart | {"content-type", "content-length"}
    return Answer(
        status=response.status_code,
        headers={
            name: _without_chance(value) for name, value in response.headers.items() if name not in apart
        },
        body=_without_chance(response.text),
    )


def _event(event: Json) -> Json:
    """Return an event without the values in which the gateways must differ."""
    headers = {name.lower(): value for name, value in event["headers"].items()}
    context = event["requestContext"]
    return {
        **event,
        # SAM CLI includes empty values; API Gateway omits them.
        "body": event.get("body", ""),
        "cookies": event.get("cookies", []),
        "pathParameters": event.get("pathParameters", {}),
        "queryStringParameters": event.get("queryStringParameters", {}),
        "headers": {name: value for name, value in headers.items() if name not in OF_THE_WAY},
        "requestContext": {name: value for name, value in context.items() if name not in OF_THE_ACCOUNT}
        | {"method": context["http"]["method"]},
    }


def _without_chance(text: str) -> str:
    # The lines of a calendar file are folded, also where it stands in JSON.
    text = text.replace("\r\n ", "").replace(r"\r\n ", "")
    text = re.sub(rf'("(?:{"|".join(OF_THE_MOMENT)})":)"[^"]*"', r"\1…", text)
    text = re.sub(r"(CREATED|DTSTAMP|LAST-MODIFIED):\w+", r"\1:…", text)
    text = re.sub(r"#j=[\w-]+", "#j=…", text)
    text = re.sub(r"-fhir-[0-9a-f]{8}", "-fhir-…", text)
    return re.sub(rf"(?!{VISIT_ID})\b[0-9a-f]{{24}}\b", "…", text)


@pytest.fixture
def gateways(built_stack: Stack, built_world: World, invoker: LambdaRuntimes, sam_url: str) -> Gateways:
    return Gateways(stack=built_stack, world=built_world, invoker=invoker, sam_url=sam_url)


@pytest.mark.parametrize("sample", HTTP_SAMPLES, ids=str)
def test_both_gateways_send_the_same_event_and_answer(gateways: Gateways, sample: Sample) -> None:
    request = gateways.request(sample)

    ours, our_event = gateways.ours(request, sample)
    sams, sams_event = gateways.sams(request, sample)

    assert _event(our_event) == _event(sams_event)
    assert ours == sams


@dataclass(frozen=True, kw_only=True)
class Case:
    """A request beyond the samples, by a manager by default, with its expected answers."""

    name: str
    method: str = "GET"
    path: str = ROUTE
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    token: Literal["manager", "participant", "none"] = "manager"
    ours: int
    sams: int | None = None

    def __str__(self) -> str:
        return self.name

    def request(self, gateways: Gateways) -> Request:
        headers = dict(self.headers)
        if self.token != "none":
            headers["authorization"] = gateways.bearer(
                "doctor-1", scope=MANAGE_SCOPE if self.token == "manager" else None
            )
        return Request(method=self.method, path=self.path, headers=headers, body=self.body)


ALIKE: Final = (
    Case(name="an id of nobody's", path=f"/teleconsultation/{'0' * 24}", ours=404),
    Case(name="what is no id", path="/teleconsultation/nothing", ours=404),
    Case(name="an id in percent signs", path=ROUTE.replace("5f", "%35%66"), ours=200),
    Case(name="a language twice", path=f"{ROUTE}?language=it&language=en", ours=200),
    Case(name="a query with spaces and no value", path=f"{ROUTE}?language=i%20t+x&plain", ours=200),
    Case(
        name="a join secret of nobody's",
        path=f"{ROUTE}/join",
        headers={"authorization": "Bearer x"},
        token="none",
        ours=403,
    ),
    Case(name="no join secret", path=f"{ROUTE}/join", token="none", ours=401),
    Case(name="half a JSON", method="POST", path="/teleconsultation", headers=JSON, body=b"{", ours=400),
    Case(name="no body", method="POST", path="/teleconsultation", headers=JSON, ours=400),
    Case(name="an unknown field", method="PATCH", headers=JSON, body='{"naïve": "ü"}'.encode(), ours=400),
    Case(name="no content type", method="POST", path="/teleconsultation", body=b"{}", ours=415),
    Case(
        name="bytes",
        method="POST",
        path="/teleconsultation",
        headers={"content-type": "application/octet-stream"},
        body=b"{}",
        ours=415,
    ),
    Case(
        name="a body too large",
        method="POST",
        path="/teleconsultation",
        headers=JSON,
        body=b" " * 300_000,
        ours=413,
    ),
    Case(
        name="an old version",
        method="PATCH",
        headers={**JSON, "if-match": '"1"'},
        body=b'{"renewJoinLinks": ["doctor-1"]}',
        ours=412,
    ),
)
DIFFERENT: Final = (
    # Without a JWT authorizer the request reaches the function, which checks the scope itself.
    Case(name="no token", method="DELETE", token="none", ours=401, sams=403),
    # A REST API's message for an unknown path.
    Case(name="an unknown path", path="/nothing", ours=404, sams=403),
    Case(name="an unknown method", method="PUT", ours=404, sams=403),
    # Flask ignores a slash at the end; for an HTTP API it is another path.
    Case(name="a slash at the end", path=f"{ROUTE}/", ours=404, sams=200),
    # Base64 only for the API's binary types, which an HTTP API does not have.
    Case(
        name="bytes that are no text",
        method="POST",
        path="/teleconsultation",
        headers=JSON,
        body=b"\xff",
        ours=400,
        sams=502,
    ),
)


@pytest.mark.parametrize("case", ALIKE, ids=str)
def test_both_gateways_give_the_same_answer(gateways: Gateways, case: Case) -> None:
    request = case.request(gateways)

    ours = gateways.ours(request, READ)
    sams = gateways.sams(request, READ)

    assert ours[0].status == case.ours
    assert ours[0] == sams[0]


@pytest.mark.parametrize("case", DIFFERENT, ids=str)
def test_known_differences_between_the_gateways(gateways: Gateways, case: Case) -> None:
    request = case.request(gateways)

    ours, _ = gateways.ours(request, READ)
    sams, _ = gateways.sams(request, READ)

    assert (ours.status, sams.status) == (case.ours, case.sams)


def test_only_ours_hands_an_image_over(gateways: Gateways) -> None:
    request = gateways.request(IMAGE)

    ours, handed = gateways.ours(request, IMAGE)
    sams, _ = gateways.sams(request, IMAGE)

    assert handed["isBase64Encoded"]
    assert base64.b64decode(handed["body"]) == request.body
    assert (ours.status, sams.status) == (200, 502)


def test_both_gateways_refuse_a_token_without_the_scope(gateways: Gateways) -> None:
    request = Case(name="no scope", method="DELETE", token="participant", ours=403).request(gateways)

    ours, handed = gateways.ours(request, DELETE)
    sams, _ = gateways.sams(request, DELETE)

    assert handed is None
    assert (ours.status, ours.body) == (403, '{"message":"Forbidden"}')
    assert (sams.status, json.loads(sams.body)["code"]) == (403, "insufficient_scope")
