"""The adapter for the Appointment Manager, without sockets: what it sends, passes back and keeps quiet."""

import base64
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs

import pytest
from starlette.testclient import TestClient

from adapters.appointment_manager.adapter import Adapter, Request
from adapters.appointment_manager.app import MAX_BODY_BYTES, JsonLines, create_app
from adapters.appointment_manager.client_token import PAUSE_SECONDS, ClientToken, TokenError
from adapters.appointment_manager.settings import Settings, SettingsError
from adapters.appointment_manager.upstream import Answer, Headers, NoAnswerError, NotReachedError, passed_on

SITE, ISSUER = "https://visits.example", "https://issuer.example"
SECRET = "s3cret:canary"
ENVIRONMENT = {
    "SITE_URL": f"{SITE}/",
    "OIDC_ISSUER": ISSUER,
    "CLIENT_ID": "appointment manager",
    "CLIENT_SECRET": SECRET,
}
SETTINGS = Settings.from_environment(ENVIRONMENT)
REFUSED = Answer(status=401, headers=(("www-authenticate", "Bearer"),), body=b'{"message":"Unauthorized"}')


@dataclass
class Sent:
    method: str
    url: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Network:
    """The issuer and the service; `answers` are the service's, in turn, and the last one goes on."""

    answers: list[Answer | Exception] = field(default_factory=lambda: [Answer(status=204)])
    issuer: Answer | Exception | None = None
    seconds: Any = 3600
    sent: list[Sent] = field(default_factory=list)
    tokens: int = 0

    def __call__(self, method: str, url: str, *, headers: Headers, body: bytes) -> Answer:
        self.sent.append(Sent(method, url, dict(headers), body))
        if url.startswith(ISSUER):
            return self._issuer(url)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _issuer(self, url: str) -> Answer:
        if isinstance(self.issuer, Exception):
            raise self.issuer
        if self.issuer is not None:
            return self.issuer
        if url.endswith("/.well-known/openid-configuration"):
            return Answer(status=200, body=json.dumps({"token_endpoint": f"{ISSUER}/token"}).encode())
        self.tokens += 1
        token = {"access_token": f"token-{self.tokens}", "expires_in": self.seconds}
        return Answer(status=200, body=json.dumps(token).encode())

    @property
    def to_service(self) -> list[Sent]:
        return [sent for sent in self.sent if sent.url.startswith(SITE)]


@dataclass
class Watch:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def token(network: Network, watch: Watch) -> ClientToken:
    return ClientToken(SETTINGS, send=network, monotonic=watch)


@pytest.fixture
def adapter(network: Network, token: ClientToken) -> Adapter:
    return Adapter(base_url=SETTINGS.base_url, token=token, send=network)


REQUEST = Request(
    method="PATCH", path="/teleconsultation/5f", headers=(("content-type", "application/json"),)
)


class TestSettings:
    def test_the_site_gets_the_originals_address(self) -> None:
        assert SETTINGS.base_url == f"{SITE}/api/v1/telecons-be"
        assert (SETTINGS.port, SETTINGS.audience) == (8080, None)
        assert SECRET not in repr(SETTINGS)

    @pytest.mark.parametrize("name", ENVIRONMENT)
    def test_a_missing_variable_is_named(self, name: str) -> None:
        with pytest.raises(SettingsError, match=f"{name} is not set"):
            Settings.from_environment({**ENVIRONMENT, name: ""})

    @pytest.mark.parametrize("name", ["SITE_URL", "OIDC_ISSUER"])
    @pytest.mark.parametrize(
        "address",
        ["http://visits.example", "visits.example", "https://a:b@visits.example", "https://[", "https://x?y"],
    )
    def test_no_secret_is_sent_to_an_address_that_is_not_https(self, name: str, address: str) -> None:
        with pytest.raises(SettingsError, match=name):
            Settings.from_environment({**ENVIRONMENT, name: address})

    @pytest.mark.parametrize("port", ["x", "0", "65536", "-1", "٣"])
    def test_a_port_is_a_number(self, port: str) -> None:
        with pytest.raises(SettingsError, match="PORT"):
            Settings.from_environment({**ENVIRONMENT, "PORT": port})


class TestToken:
    def test_it_is_asked_for_with_the_clients_secret_and_the_scope(self, network: Network) -> None:
        ClientToken(replace(SETTINGS, audience="visits"), send=network).current()

        asked = network.sent[-1]
        assert (asked.method, asked.url) == ("POST", f"{ISSUER}/token")
        pair = base64.b64encode(b"appointment%20manager:s3cret%3Acanary").decode()
        assert asked.headers["authorization"] == f"Basic {pair}"
        assert parse_qs(asked.body.decode()) == {
            "grant_type": ["client_credentials"],
            "scope": ["teleconsultation/manage"],
            "audience": ["visits"],
        }

    @pytest.mark.parametrize(
        ("seconds", "kept", "renewed"),
        [(3600, 3479, 3481), ("7200", 7079, 7081), (100, 49, 51), (None, 29, 31)],
    )
    def test_it_is_kept_and_renewed_before_it_ends(
        self, network: Network, watch: Watch, token: ClientToken, seconds: Any, kept: float, renewed: float
    ) -> None:
        network.seconds = seconds
        first, start = token.current(), watch.now

        watch.now = start + kept
        assert token.current() == first
        watch.now = start + renewed
        assert token.current() != first

    def test_while_the_issuer_is_down_it_is_used_to_its_end(
        self, network: Network, watch: Watch, token: ClientToken
    ) -> None:
        first, start = token.current(), watch.now
        network.issuer = Answer(status=500)

        watch.now = start + 3590
        assert token.current() == first
        watch.now = start + 3601
        with pytest.raises(TokenError, match="the issuer answers 500"):
            token.current()

    def test_an_issuer_that_failed_is_left_alone_for_a_moment(
        self, network: Network, watch: Watch, token: ClientToken
    ) -> None:
        network.issuer = NotReachedError("x")
        for _ in range(3):
            with pytest.raises(TokenError, match="does not answer"):
                token.current()
        assert len(network.sent) == 1

        network.issuer = None
        watch.now += PAUSE_SECONDS
        assert token.current() == "token-1"

    def test_only_the_token_that_was_refused_is_forgotten(self, network: Network, token: ClientToken) -> None:
        first = token.current()
        token.refuse(first)
        second = token.current()
        token.refuse(first)

        assert token.current() == second != first

    @pytest.mark.parametrize(
        "body",
        [b"", b"[]", b"{}", b'{"token_endpoint": 7}', b'{"token_endpoint": "http://issuer.example/token"}'],
    )
    def test_an_issuer_without_a_safe_token_endpoint_gives_none(
        self, network: Network, token: ClientToken, body: bytes
    ) -> None:
        network.issuer = Answer(status=200, body=body)

        with pytest.raises(TokenError) as error:
            token.current()

        assert len(network.sent) == 1
        assert SECRET not in str(error.value)


class TestPassing:
    def test_the_request_arrives_under_the_originals_address_with_a_token(
        self, network: Network, adapter: Adapter
    ) -> None:
        request = replace(
            REQUEST,
            path="/teleconsultation/a%2Fb",
            query="language=it&x=%20",
            headers=(*REQUEST.headers, ("miauserid", "u-1"), ("X-Request-Id", "r-1"), ("if-match", '"3"')),
            body=b'{"start_date": "\xc3\xa9"}',
        )

        adapter.answer(request)

        [sent] = network.to_service
        assert (sent.method, sent.body) == ("PATCH", request.body)
        assert sent.url == f"{SITE}/api/v1/telecons-be/teleconsultation/a%2Fb?language=it&x=%20"
        assert sent.headers == {
            "content-type": "application/json",
            "miauserid": "u-1",
            "X-Request-Id": "r-1",
            "if-match": '"3"',
            "authorization": "Bearer token-1",
        }

    def test_secrets_of_the_platform_and_headers_of_the_connection_stay_here(
        self, network: Network, adapter: Adapter
    ) -> None:
        headers = (
            *(
                ("Authorization", "Basic x"),
                ("Cookie", "sid=canary"),
                ("Host", "teleconsultation-service-be"),
            ),
            *(
                ("Connection", "close, X-Hop"),
                ("X-Hop", "1"),
                ("Transfer-Encoding", "chunked"),
                ("TE", "gzip"),
            ),
            *(("Keep-Alive", "5"), ("Upgrade", "h2c"), ("Content-Length", "0"), ("Accept", "*/*")),
        )

        adapter.answer(replace(REQUEST, headers=headers))

        [sent] = network.to_service
        assert sent.headers == {"Accept": "*/*", "authorization": "Bearer token-1"}

    def test_the_answer_comes_back_as_it_is(self, network: Network, adapter: Adapter) -> None:
        body = b'{"statusCode":400,"error":"Bad Request","message":"body.start_date is missing"}'
        headers = (("content-type", "application/json"), ("etag", '"3"'), ("connection", "close"))
        network.answers = [Answer(status=400, headers=headers, body=body)]

        answer = adapter.answer(REQUEST)

        assert answer == Answer(status=400, headers=headers[:2], body=body)

    @pytest.mark.parametrize(
        "path", ["/../x", "/a/%2e%2e/x", "/a/%252E%252e/x", "/a/..%2fx", "/a/..\\x", "x", ""]
    )
    def test_no_path_leaves_the_originals_address(
        self, network: Network, adapter: Adapter, path: str
    ) -> None:
        assert adapter.answer(replace(REQUEST, path=path)).status == 400
        assert network.sent == []


class TestFailures:
    def test_a_token_that_api_gateway_refuses_is_renewed_once(
        self, network: Network, adapter: Adapter
    ) -> None:
        network.answers = [REFUSED, Answer(status=204)]

        answer = adapter.answer(REQUEST)

        assert answer.status == 204
        assert [sent.headers["authorization"] for sent in network.to_service] == [
            "Bearer token-1",
            "Bearer token-2",
        ]

    def test_a_second_refusal_is_passed_back(self, network: Network, adapter: Adapter) -> None:
        network.answers = [REFUSED]

        assert adapter.answer(REQUEST) == REFUSED
        assert len(network.to_service) == 2

    def test_the_services_own_401_is_no_refusal_of_the_token(
        self, network: Network, adapter: Adapter
    ) -> None:
        own = Answer(
            status=401, body=b'{"statusCode":401,"error":"Unauthorized user","message":"Unauthorized user"}'
        )
        network.answers = [own]

        assert adapter.answer(replace(REQUEST, method="GET")) == own
        assert network.tokens == 1

    @pytest.mark.parametrize(
        ("failure", "status", "can_be_repeated"),
        [(NotReachedError("x"), 503, True), (NoAnswerError("x"), 504, False)],
    )
    def test_a_service_without_an_answer_is_asked_once(
        self, network: Network, adapter: Adapter, failure: Exception, status: int, *, can_be_repeated: bool
    ) -> None:
        network.answers = [failure]

        answer = adapter.answer(REQUEST)

        assert (answer.status, ("retry-after", "5") in answer.headers) == (status, can_be_repeated)
        assert json.loads(answer.body).keys() == {"statusCode", "error", "message"}
        assert len(network.to_service) == 1

    @pytest.mark.parametrize("failure", [NotReachedError("x"), Answer(status=500, body=SECRET.encode())])
    def test_an_issuer_that_is_down_is_told_and_nothing_is_sent(
        self, network: Network, adapter: Adapter, failure: Any
    ) -> None:
        network.issuer = failure

        answer = adapter.answer(REQUEST)

        assert (answer.status, ("retry-after", "5") in answer.headers) == (503, True)
        assert "no token" in json.loads(answer.body)["message"]
        assert network.to_service == []
        assert SECRET.encode() not in answer.body


class TestApplication:
    @pytest.fixture
    def client(self, adapter: Adapter) -> TestClient:
        return TestClient(create_app(adapter))

    @pytest.fixture
    def lines(self, caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
        caplog.set_level(logging.INFO, logger="adapters")
        return lambda: [JsonLines().format(record) for record in caplog.records]

    def test_a_deletion_with_a_content_type_and_no_body_passes(
        self, client: TestClient, network: Network
    ) -> None:
        answer = client.delete("/teleconsultation/5f", headers={"content-type": "application/json"})

        assert (answer.status_code, answer.content, "content-length" in answer.headers) == (204, b"", False)
        assert network.to_service[0].body == b""

    def test_the_platforms_health_checks_are_answered_here(
        self, client: TestClient, network: Network
    ) -> None:
        for path in ("/-/healthz", "/-/ready"):
            assert client.get(path).json() == {"status": "OK"}
        assert network.sent == []

    def test_a_body_has_a_limit(self, client: TestClient, network: Network) -> None:
        at_most, too_large = (
            client.post("/teleconsultation", content=b"x" * size)
            for size in (MAX_BODY_BYTES, MAX_BODY_BYTES + 1)
        )

        assert (at_most.status_code, too_large.status_code) == (204, 413)
        assert too_large.json()["error"] == "Payload Too Large"
        assert len(network.to_service) == 1

    def test_the_log_has_no_path_no_header_and_no_token(
        self, client: TestClient, network: Network, lines: Callable[[], list[str]]
    ) -> None:
        network.answers = [REFUSED, NotReachedError("x")]
        client.patch("/teleconsultation/canary?x=canary", headers={"miauserid": "canary"}, content=b"canary")

        [line] = lines()
        assert json.loads(line).keys() == {"level", "message", "method", "status", "milliseconds"}
        assert not [word for word in ("canary", "token-", SECRET) if word in line]


def test_only_named_headers_are_dropped() -> None:
    headers = (("A", "1"), ("a", "2"), ("B", "3"))

    assert passed_on(headers, without=frozenset({"b"})) == headers[:2]
