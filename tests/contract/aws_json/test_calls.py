"""One request and its answer, as AWS's JSON protocol has them."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from aws_json import (
    DYNAMODB,
    SECRETS_MANAGER,
    AwsJsonClient,
    ConfigurationError,
    RefusedError,
    UnavailableError,
)
from aws_json import client as client_module
from tests.contract.aws_json.conftest import ENVIRONMENT, MakeClient, get_item
from tests.fakes.aws_server import AwsServer, answer, closes, refusal, resets, running_aws_server, sends

THROTTLED = refusal("ProvisionedThroughputExceededException", message="canary")


def test_a_call_is_one_signed_post(server: AwsServer, client: AwsJsonClient) -> None:
    server.answers(answer({"Item": {"pk": {"S": "é"}}}))

    response = get_item(client)

    [request] = server.received
    assert response == {"Item": {"pk": {"S": "é"}}}
    assert request.target == "/"
    assert request.headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert request.headers["content-type"] == "application/x-amz-json-1.0"
    assert request.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
    assert request.json == {"TableName": "t", "Key": {"pk": {"S": "canary"}}}


def test_another_service_has_its_own_version_name_and_address(
    server: AwsServer, make_client: MakeClient
) -> None:
    server.answers(answer({"SecretString": "s"}))
    client = make_client(SECRETS_MANAGER, AWS_ENDPOINT_URL_SECRETS_MANAGER=server.url)

    client.call("GetSecretValue", {"SecretId": "x"})

    [request] = server.received
    assert request.headers["x-amz-target"] == "secretsmanager.GetSecretValue"
    assert request.headers["content-type"] == "application/x-amz-json-1.1"
    assert "/eu-west-1/secretsmanager/aws4_request" in request.headers["authorization"]


def test_a_proxy_in_the_environment_is_not_used(server: AwsServer, make_client: MakeClient) -> None:
    server.answers(answer())
    nobody = "http://127.0.0.1:1"
    client = make_client(
        AWS_ENDPOINT_URL_DYNAMODB=server.url, HTTP_PROXY=nobody, http_proxy=nobody, ALL_PROXY=nobody
    )

    get_item(client)

    assert server.connections == 1


def test_an_ipv6_address_is_an_address(make_client: MakeClient) -> None:
    with running_aws_server(host="::1") as server:
        server.answers(answer())
        get_item(make_client(AWS_ENDPOINT_URL_DYNAMODB=server.url))

        [request] = server.received

    assert request.headers["host"] == f"[::1]:{server.port}"


class TestConnections:
    def test_one_is_kept_for_all_calls(self, server: AwsServer, client: AwsJsonClient) -> None:
        server.answers_always(answer())

        client.connect()
        for _ in range(3):
            get_item(client)

        assert [request.connection for request in server.received] == [1, 1, 1]

    @pytest.mark.parametrize("header", [{"Connection": "close"}, {"connection": "Close"}])
    def test_one_that_the_server_will_close_is_not_kept(
        self, server: AwsServer, client: AwsJsonClient, header: dict[str, str]
    ) -> None:
        server.answers_always(answer(headers=header))

        get_item(client)
        get_item(client)

        assert [request.connection for request in server.received] == [1, 2]

    def test_one_that_ended_while_we_were_frozen_is_replaced_without_a_word(
        self, server: AwsServer, client: AwsJsonClient, pauses: list[float]
    ) -> None:
        server.answers_always(answer())
        get_item(client)

        server.hang_up()
        get_item(client)

        assert [request.connection for request in server.received] == [1, 2]
        assert pauses == []

    @pytest.mark.parametrize("dies", [closes, resets])
    def test_one_that_dies_as_the_request_reaches_it_is_replaced_without_a_word(
        self, server: AwsServer, client: AwsJsonClient, pauses: list[float], dies: object
    ) -> None:
        server.answers(answer(), dies, answer())  # type: ignore[arg-type]
        get_item(client)

        get_item(client)

        assert [request.connection for request in server.received] == [1, 1, 2]
        assert pauses == []

    @pytest.mark.parametrize("dies", [closes, resets])
    def test_one_opened_early_that_is_dead_at_the_first_call_is_replaced_without_a_word(
        self, server: AwsServer, client: AwsJsonClient, pauses: list[float], dies: object
    ) -> None:
        server.answers(dies, answer())  # type: ignore[arg-type]
        client.connect()

        get_item(client)

        assert [request.connection for request in server.received] == [1, 2]
        assert pauses == []

    def test_bytes_nobody_asked_for_are_not_taken_for_the_next_answer(
        self, server: AwsServer, client: AwsJsonClient
    ) -> None:
        stray = b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"no": 1}'
        server.answers(
            sends(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}" + stray),
            answer(),
            answer({"right": True}),
        )

        get_item(client)
        assert get_item(client) == {}
        server.say(stray)
        assert get_item(client) == {"right": True}

    def test_a_client_that_nobody_holds_any_more_hangs_up(self, server: AwsServer) -> None:
        server.answers_always(answer())
        environment = ENVIRONMENT | {"AWS_ENDPOINT_URL": server.url}
        get_item(AwsJsonClient(DYNAMODB, environment=environment))

        server.wait_for_ends(1)

        assert server.connections == 1

    def test_threads_do_not_share_one(self, server: AwsServer, client: AwsJsonClient) -> None:
        together = Barrier(4)

        def answer_together(connection: object) -> bool:
            together.wait(5)
            return answer()(connection)  # type: ignore[arg-type]

        server.answers_always(answer_together)

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda _: get_item(client), range(4)))
            list(threads.map(lambda _: get_item(client), range(4)))

        assert server.connections == 4

    def test_a_connection_that_cannot_be_opened_early_is_left_for_the_first_call(
        self, make_client: MakeClient
    ) -> None:
        client = make_client(AWS_ENDPOINT_URL_DYNAMODB="http://127.0.0.1:1")

        client.connect()

        with pytest.raises(UnavailableError, match="ConnectionRefusedError"):
            get_item(client)


class TestRepeats:
    @pytest.mark.parametrize(
        "fault",
        [
            pytest.param(THROTTLED, id="throttled"),
            pytest.param(refusal("ThrottlingException"), id="throttled differently"),
            pytest.param(refusal("RequestLimitExceeded"), id="account throttled"),
            pytest.param(refusal("TransactionInProgressException"), id="in a transaction"),
            pytest.param(refusal("InternalServerError", status=500), id="500"),
            pytest.param(answer(b"<html>", status=502), id="502 that is no JSON"),
            pytest.param(answer(b"", status=503), id="503 without a body"),
            pytest.param(answer(b"{}", headers={"x-amz-crc32": "1"}), id="wrong checksum"),
            pytest.param(answer(b"{"), id="broken JSON"),
            pytest.param(answer(b"[]"), id="JSON but no object"),
            pytest.param(closes, id="closed"),
            pytest.param(resets, id="reset"),
            pytest.param(sends(b"HTTP/1.1 200 OK\r\n", then_close=True), id="cut off in the head"),
            pytest.param(
                sends(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", then_close=True),
                id="cut off in the body",
            ),
            pytest.param(sends(b"SSH-2.0-x\r\n\r\n"), id="not HTTP"),
            pytest.param(sends(b"HTTP/1.1 200 OK\r\n\r\n{}"), id="no length"),
            pytest.param(sends(b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}"), id="negative length"),
            pytest.param(
                sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}"),
                id="two lengths",
            ),
            pytest.param(sends(b"HTTP/1.1 200 OK\r\nx: " + b"x" * 100_000), id="endless head"),
        ],
    )
    def test_what_may_pass_is_tried_again_after_a_pause(
        self, server: AwsServer, client: AwsJsonClient, pauses: list[float], fault: object
    ) -> None:
        server.answers(fault, answer({"done": True}))  # type: ignore[arg-type]

        assert get_item(client) == {"done": True}
        assert len(server.received) == 2
        assert len(pauses) == 1

    def test_pauses_are_random_and_grow(
        self, server: AwsServer, client: AwsJsonClient, pauses: list[float]
    ) -> None:
        server.answers_always(THROTTLED)

        for _ in range(20):
            with pytest.raises(UnavailableError, match="ProvisionedThroughputExceededException"):
                get_item(client)

        assert len(server.received) == 20 * client_module.MAXIMUM_ATTEMPTS
        for number in range(client_module.MAXIMUM_ATTEMPTS - 1):
            of_this_attempt = pauses[number :: client_module.MAXIMUM_ATTEMPTS - 1]
            assert len(set(of_this_attempt)) > 1
            assert max(of_this_attempt) <= client_module.FIRST_PAUSE_SECONDS * 2**number

    @pytest.mark.parametrize(
        "code",
        [
            "AccessDeniedException",
            "ConditionalCheckFailedException",
            "ResourceNotFoundException",
            "UnrecognizedClientException",
            "ValidationException",
        ],
    )
    def test_what_stays_refused_is_not_tried_again(
        self, server: AwsServer, client: AwsJsonClient, code: str
    ) -> None:
        server.answers(refusal(code, message="canary", Item={"pk": {"S": "x"}}))

        with pytest.raises(RefusedError) as error:
            get_item(client)

        assert (error.value.code, error.value.body["Item"]) == (code, {"pk": {"S": "x"}})
        assert len(server.received) == 1
        assert "canary" not in str(error.value) + repr(error.value)

    @pytest.mark.parametrize("status", [301, 307, 400, 404, 413])
    def test_a_refusal_without_a_code_has_its_status_and_no_redirect_is_followed(
        self, server: AwsServer, client: AwsJsonClient, status: int
    ) -> None:
        server.answers(answer(b"", status=status, headers={"Location": server.url}))

        with pytest.raises(RefusedError, match=f"Http{status}"):
            get_item(client)


class TestDeadlines:
    def test_a_silent_server_is_left_after_the_time_for_an_answer(
        self, server: AwsServer, client: AwsJsonClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(client_module, "ANSWER_SECONDS", 0.05)
        server.answers(server.is_silent, answer({"done": True}))

        assert get_item(client) == {"done": True}

    @pytest.mark.parametrize("fault", ["is_silent", "drips"])
    def test_the_whole_call_has_a_deadline(
        self, server: AwsServer, client: AwsJsonClient, monkeypatch: pytest.MonkeyPatch, fault: str
    ) -> None:
        monkeypatch.setattr(client_module, "CALL_SECONDS", 0.2)
        server.answers_always(getattr(server, fault))

        with pytest.raises(UnavailableError, match="TimeoutError"):
            get_item(client)

        assert len(server.received) == 1

    def test_no_pause_reaches_past_the_deadline(
        self, server: AwsServer, client: AwsJsonClient, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
    ) -> None:
        monkeypatch.setattr(client_module, "FIRST_PAUSE_SECONDS", 10_000_000.0)
        server.answers_always(THROTTLED)

        with pytest.raises(UnavailableError, match="ProvisionedThroughputExceededException"):
            get_item(client)

        assert pauses == []


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"AWS_REGION": ""}, "AWS_REGION"),
        ({"AWS_ENDPOINT_URL_DYNAMODB": "canary"}, "AWS_ENDPOINT_URL_DYNAMODB"),
        ({"AWS_ENDPOINT_URL": "ftp://canary"}, "AWS_ENDPOINT_URL"),
        ({"AWS_ENDPOINT_URL": "http://canary/path"}, "AWS_ENDPOINT_URL"),
        ({"AWS_ENDPOINT_URL": "http://canary:secret@host"}, "AWS_ENDPOINT_URL"),
        ({"AWS_ENDPOINT_URL": "http://canary:port"}, "AWS_ENDPOINT_URL"),
    ],
)
def test_a_wrong_setting_is_named_and_not_quoted(
    make_client: MakeClient, environment: dict[str, str], named: str
) -> None:
    with pytest.raises(ConfigurationError, match=named) as error:
        make_client(**environment)

    assert "canary" not in str(error.value)
