"""One read and its answer, as AWS's JSON protocol has them."""

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier

import pytest
from botocore.retries.standard import ThrottledRetryableChecker, TransientRetryableChecker

from aws_json import ConfigurationError, DynamoDBReader, RefusedError, UnavailableError
from aws_json import client as client_module
from aws_json.client import PASSING_CODES
from aws_json.connection import Connection
from aws_json.endpoint import Origin
from tests.contract.aws_json.conftest import ENVIRONMENT, MakeReader, get_item
from tests.fakes.aws_server import AwsServer, answer, closes, refusal, resets, running_aws_server, sends
from tests.fakes.pauses import Pauses

THROTTLED = refusal("ProvisionedThroughputExceededException", message="canary")


def test_a_read_is_one_signed_post(server: AwsServer, reader: DynamoDBReader) -> None:
    server.answers(answer({"Item": {"pk": {"S": "é"}}}))

    response = get_item(reader)

    [request] = server.received
    assert response == {"Item": {"pk": {"S": "é"}}}
    assert request.target == "/"
    assert request.headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert request.headers["content-type"] == "application/x-amz-json-1.0"
    assert request.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
    assert request.json == {"TableName": "t", "Key": {"pk": {"S": "canary"}}, "ConsistentRead": True}


def test_a_proxy_in_the_environment_is_not_used(server: AwsServer, make_reader: MakeReader) -> None:
    server.answers(answer())
    nobody = "http://127.0.0.1:1"
    reader = make_reader(
        AWS_ENDPOINT_URL_DYNAMODB=server.url, HTTP_PROXY=nobody, http_proxy=nobody, ALL_PROXY=nobody
    )

    get_item(reader)

    assert server.connections == 1


def test_an_ipv6_address_is_an_address(make_reader: MakeReader) -> None:
    with running_aws_server(host="::1") as server:
        server.answers(answer())
        get_item(make_reader(AWS_ENDPOINT_URL_DYNAMODB=server.url))

        [request] = server.received

    assert request.headers["host"] == f"[::1]:{server.port}"


@pytest.mark.parametrize("switch", ["false", "False", ""])
def test_a_kind_of_endpoint_that_is_switched_off_is_no_obstacle(
    server: AwsServer, make_reader: MakeReader, switch: str
) -> None:
    server.answers(answer({"done": True}))
    reader = make_reader(
        AWS_ENDPOINT_URL_DYNAMODB=server.url,
        AWS_USE_FIPS_ENDPOINT=switch,
        AWS_USE_DUALSTACK_ENDPOINT=switch,
    )

    assert get_item(reader) == {"done": True}


class TestConnections:
    def test_one_is_kept_for_all_reads(self, server: AwsServer, reader: DynamoDBReader) -> None:
        server.answers_always(answer())

        reader.connect()
        for _ in range(3):
            get_item(reader)

        assert [request.connection for request in server.received] == [1, 1, 1]

    @pytest.mark.parametrize("header", [{"Connection": "close"}, {"connection": "Close"}])
    def test_one_that_the_server_will_close_is_not_kept(
        self, server: AwsServer, reader: DynamoDBReader, header: dict[str, str]
    ) -> None:
        server.answers_always(answer(headers=header))

        get_item(reader)
        get_item(reader)

        assert [request.connection for request in server.received] == [1, 2]

    def test_one_that_ended_while_we_were_frozen_is_replaced_without_a_word(
        self, server: AwsServer, reader: DynamoDBReader, pauses: Pauses
    ) -> None:
        server.answers_always(answer())
        get_item(reader)

        server.hang_up()
        get_item(reader)

        assert [request.connection for request in server.received] == [1, 2]
        assert pauses.seconds == []

    @pytest.mark.parametrize("dies", [closes, resets])
    def test_one_that_dies_as_the_request_reaches_it_is_replaced_without_a_word(
        self, server: AwsServer, reader: DynamoDBReader, pauses: Pauses, dies: object
    ) -> None:
        server.answers(answer(), dies, answer())  # type: ignore[arg-type]
        get_item(reader)

        get_item(reader)

        assert [request.connection for request in server.received] == [1, 1, 2]
        assert pauses.seconds == []

    @pytest.mark.parametrize("dies", [closes, resets])
    def test_one_opened_early_that_is_dead_at_the_first_read_is_replaced_without_a_word(
        self, server: AwsServer, reader: DynamoDBReader, pauses: Pauses, dies: object
    ) -> None:
        server.answers(dies, answer())  # type: ignore[arg-type]
        reader.connect()

        get_item(reader)

        assert [request.connection for request in server.received] == [1, 2]
        assert pauses.seconds == []

    def test_bytes_nobody_asked_for_are_not_taken_for_the_next_answer(
        self, server: AwsServer, reader: DynamoDBReader
    ) -> None:
        stray = b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"no": 1}'
        server.answers(
            sends(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}" + stray),
            answer(),
            answer({"right": True}),
        )

        get_item(reader)
        assert get_item(reader) == {}
        server.say(stray)
        assert get_item(reader) == {"right": True}

    def test_a_reader_that_nobody_holds_any_more_hangs_up(self, server: AwsServer) -> None:
        server.answers_always(answer())
        environment = ENVIRONMENT | {"AWS_ENDPOINT_URL": server.url}
        get_item(DynamoDBReader(environment=environment))

        server.wait_for_ends(1)

        assert server.connections == 1

    def test_threads_do_not_share_one(self, server: AwsServer, reader: DynamoDBReader) -> None:
        together = Barrier(4)

        def answer_together(connection: object) -> bool:
            together.wait(5)
            return answer()(connection)  # type: ignore[arg-type]

        server.answers_always(answer_together)

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda _: get_item(reader), range(4)))
            list(threads.map(lambda _: get_item(reader), range(4)))

        assert server.connections == 4

    def test_a_connection_that_cannot_be_opened_early_is_left_for_the_first_read(
        self, make_reader: MakeReader
    ) -> None:
        reader = make_reader(AWS_ENDPOINT_URL_DYNAMODB="http://127.0.0.1:1")

        reader.connect()

        with pytest.raises(UnavailableError, match="ConnectionRefusedError"):
            get_item(reader)


class TestRepeats:
    @pytest.mark.parametrize(
        "fault",
        [
            pytest.param(THROTTLED, id="throttled"),
            pytest.param(answer(b"", status=429), id="throttled by status"),
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
            pytest.param(answer(b"[" * 100_000), id="JSON that is nested too deep"),
        ],
    )
    def test_what_may_pass_is_tried_again_after_a_pause(
        self, server: AwsServer, reader: DynamoDBReader, pauses: Pauses, fault: object
    ) -> None:
        server.answers(fault, answer({"done": True}))  # type: ignore[arg-type]

        assert get_item(reader) == {"done": True}
        assert len(server.received) == 2
        assert len(pauses.seconds) == 1

    def test_what_is_no_answer_is_named_as_that(self, server: AwsServer, reader: DynamoDBReader) -> None:
        server.answers_always(sends(b"SSH-2.0-x\r\n\r\n"))

        with pytest.raises(UnavailableError, match="MalformedAnswerError"):
            get_item(reader)

    def test_pauses_are_random_and_grow_to_a_second_until_the_time_is_up(
        self, server: AwsServer, make_reader: MakeReader, pauses: Pauses
    ) -> None:
        server.answers_always(THROTTLED)
        limits = [0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0]
        runs = []

        for _ in range(20):
            pauses.seconds.clear()
            with pytest.raises(UnavailableError, match="ProvisionedThroughputExceededException"):
                get_item(make_reader(AWS_ENDPOINT_URL_DYNAMODB=server.url))
            runs.append(tuple(pauses.seconds))

        assert len(server.received) == sum(len(run) + 1 for run in runs)
        for number, limit in enumerate(limits):
            of_this_attempt = [run[number] for run in runs if len(run) > number]
            assert len(set(of_this_attempt)) == len(of_this_attempt)
            assert max(of_this_attempt, default=0) <= limit
        assert all(max(run) <= 1 for run in runs)
        # The next pause, of a second at most, would have passed the deadline.
        assert all(client_module.READ_SECONDS - 1 - 1 < sum(run) < client_module.READ_SECONDS for run in runs)

    def test_a_table_that_is_throttled_for_two_seconds_is_read(
        self, server: AwsServer, reader: DynamoDBReader, monkeypatch: pytest.MonkeyPatch, pauses: Pauses
    ) -> None:
        monkeypatch.setattr(client_module, "_jitter", lambda: 1.0)
        throttled = answer({"__type": "ThrottlingException"}, status=400)

        def answer_after_two_seconds(connection: object) -> bool:
            step = throttled if sum(pauses.seconds) < 2 else answer({"done": True})
            return step(connection)  # type: ignore[arg-type]

        server.answers_always(answer_after_two_seconds)

        assert get_item(reader) == {"done": True}

    def test_what_passes_is_what_botocore_repeats(self) -> None:
        theirs = {
            *ThrottledRetryableChecker._THROTTLED_ERROR_CODES,  # type: ignore[attr-defined]
            *TransientRetryableChecker._TRANSIENT_ERROR_CODES,  # type: ignore[attr-defined]
        }

        assert theirs == PASSING_CODES

    @pytest.mark.parametrize("code", sorted(PASSING_CODES))
    def test_each_code_that_passes_is_tried_again(
        self, server: AwsServer, reader: DynamoDBReader, code: str
    ) -> None:
        server.answers(refusal(code), answer({"done": True}))

        assert get_item(reader) == {"done": True}

    @pytest.mark.parametrize(
        "code",
        [
            "AccessDeniedException",
            "ExpiredTokenException",
            "ResourceNotFoundException",
            "UnrecognizedClientException",
            "ValidationException",
        ],
    )
    def test_what_stays_refused_is_not_tried_again(
        self, server: AwsServer, reader: DynamoDBReader, code: str
    ) -> None:
        server.answers(refusal(code, message="canary"))

        with pytest.raises(RefusedError) as error:
            get_item(reader)

        assert error.value.code == code
        assert len(server.received) == 1
        assert "canary" not in str(error.value) + repr(error.value)

    @pytest.mark.parametrize("status", [301, 307, 400, 404, 413])
    def test_a_refusal_without_a_code_has_its_status_and_no_redirect_is_followed(
        self, server: AwsServer, reader: DynamoDBReader, status: int
    ) -> None:
        server.answers(answer(b"", status=status, headers={"Location": server.url}))

        with pytest.raises(RefusedError, match=f"Http{status}"):
            get_item(reader)


class TestDeadlines:
    def test_an_address_that_does_not_answer_leaves_time_for_the_next(
        self, server: AwsServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server.answers(answer({"done": True}))
        with ExitStack() as stack:
            # A listener whose queue is full: whatever else connects, hears nothing.
            deaf = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
            for _ in range(3):
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(deaf.getsockname())
            ports = (deaf.getsockname()[1], server.port)
            addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in ports]
            monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)

            connection = Connection(Origin(host="two.test", port=80, is_tls=False), tls=None, seconds=1.0)

        assert connection.exchange(b"POST / HTTP/1.1\r\n\r\n", seconds=5).body == b'{"done": true}'
        connection.close()

    def test_a_silent_server_is_left_after_the_time_for_an_answer(
        self, server: AwsServer, reader: DynamoDBReader, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(client_module, "ANSWER_SECONDS", 0.05)
        server.answers(server.is_silent, answer({"done": True}))

        assert get_item(reader) == {"done": True}

    @pytest.mark.parametrize("fault", ["is_silent", "drips"])
    def test_the_whole_read_has_a_deadline(
        self, server: AwsServer, reader: DynamoDBReader, monkeypatch: pytest.MonkeyPatch, fault: str
    ) -> None:
        monkeypatch.setattr(client_module, "READ_SECONDS", 0.2)
        server.answers_always(getattr(server, fault))

        with pytest.raises(UnavailableError, match="TimeoutError"):
            get_item(reader)

        assert len(server.received) == 1

    def test_the_reason_is_that_of_the_first_attempt(
        self, server: AwsServer, reader: DynamoDBReader, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The last one may have too little time to find out what is wrong."""
        monkeypatch.setattr(client_module, "READ_SECONDS", 0.3)
        monkeypatch.setattr(client_module, "FIRST_PAUSE_SECONDS", 0.001)
        server.answers(THROTTLED).answers_always(server.is_silent)

        with pytest.raises(UnavailableError, match="ProvisionedThroughputExceededException"):
            get_item(reader)

        assert len(server.received) > 1

    def test_no_pause_reaches_past_the_deadline(
        self, server: AwsServer, reader: DynamoDBReader, monkeypatch: pytest.MonkeyPatch, pauses: Pauses
    ) -> None:
        monkeypatch.setattr(client_module, "FIRST_PAUSE_SECONDS", 10_000_000.0)
        server.answers_always(THROTTLED)

        with pytest.raises(UnavailableError, match="ProvisionedThroughputExceededException"):
            get_item(reader)

        assert pauses.seconds == []


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"AWS_REGION": ""}, "AWS_REGION"),
        ({"AWS_ENDPOINT_URL_DYNAMODB": "canary"}, "AWS_ENDPOINT_URL_DYNAMODB"),
        ({"AWS_ENDPOINT_URL": "ftp://canary"}, "AWS_ENDPOINT_URL"),
        ({"AWS_ENDPOINT_URL": "http://canary/path"}, "AWS_ENDPOINT_URL"),
        ({"AWS_ENDPOINT_URL": "http://canary:secret@host"}, "AWS_ENDPOINT_URL"),
        ({"AWS_ENDPOINT_URL": "http://canary:port"}, "AWS_ENDPOINT_URL"),
        ({"AWS_USE_FIPS_ENDPOINT": "true"}, "AWS_USE_FIPS_ENDPOINT is not supported"),
        ({"AWS_USE_DUALSTACK_ENDPOINT": "True"}, "AWS_USE_DUALSTACK_ENDPOINT is not supported"),
    ],
)
def test_a_wrong_setting_is_named_and_not_quoted(
    make_reader: MakeReader, environment: dict[str, str], named: str
) -> None:
    with pytest.raises(ConfigurationError, match=named) as error:
        make_reader(**environment)

    assert "canary" not in str(error.value)
