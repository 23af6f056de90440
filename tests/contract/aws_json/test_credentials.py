"""Who we are, and what time it is: what a refused request can be cured of."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aws_json import AwsJsonClient, ConfigurationError, RefusedError, UnavailableError
from aws_json.credentials import CredentialSource
from tests.contract.aws_json.conftest import MakeClient, get_item
from tests.fakes.aws_server import AwsServer, Step, answer, closes, refusal, running_aws_server
from tests.fakes.watch import NOON, Watch

TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
HTTP_DATE = "%a, %d %b %Y %H:%M:%S GMT"


def given_credentials(number: int, *, lasting: timedelta | None = timedelta(hours=1)) -> Step:
    document: dict[str, Any] = {
        "AccessKeyId": f"AKID{number}",
        "SecretAccessKey": f"canary{number}",
        "Token": f"token{number}",
    }
    if lasting is not None:
        document["Expiration"] = (NOON + lasting).isoformat().replace("+00:00", "Z")
    return answer(document)


@pytest.fixture
def container() -> Iterator[AwsServer]:
    """The container endpoint."""
    with running_aws_server() as server:
        yield server


@pytest.fixture
def contained(server: AwsServer, container: AwsServer, make_client: MakeClient) -> AwsJsonClient:
    """A client of a function with SnapStart."""
    return make_client(
        AWS_ENDPOINT_URL_DYNAMODB=server.url,
        AWS_ACCESS_KEY_ID="",
        AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{container.url}/2021/credentials?a=b",
        AWS_CONTAINER_AUTHORIZATION_TOKEN="a-token",
    )


def key_ids(server: AwsServer) -> list[str]:
    return [
        request.headers["authorization"].partition("Credential=")[2].partition("/")[0]
        for request in server.received
    ]


class TestFromTheEnvironment:
    def test_a_session_token_goes_along_and_is_signed(
        self, server: AwsServer, make_client: MakeClient
    ) -> None:
        server.answers(answer())

        get_item(make_client(AWS_ENDPOINT_URL_DYNAMODB=server.url, AWS_SESSION_TOKEN="a-session"))

        [request] = server.received
        assert request.headers["x-amz-security-token"] == "a-session"
        assert "x-amz-security-token" in request.headers["authorization"]

    def test_without_any_the_variables_are_named(self, server: AwsServer, make_client: MakeClient) -> None:
        client = make_client(AWS_ENDPOINT_URL_DYNAMODB=server.url, AWS_ACCESS_KEY_ID="")

        with pytest.raises(ConfigurationError, match="AWS_ACCESS_KEY_ID"):
            get_item(client)

    def test_expired_ones_cannot_be_renewed(self, server: AwsServer, client: AwsJsonClient) -> None:
        server.answers(refusal("ExpiredTokenException"))

        with pytest.raises(RefusedError, match="ExpiredTokenException"):
            get_item(client)


class TestFromTheContainer:
    def test_they_are_fetched_once_with_its_token(
        self, server: AwsServer, container: AwsServer, contained: AwsJsonClient
    ) -> None:
        server.answers_always(answer())
        container.answers(given_credentials(1))

        get_item(contained)
        get_item(contained)

        [request] = container.received
        assert request.target == "/2021/credentials?a=b"
        assert request.headers["authorization"] == "a-token"
        assert key_ids(server) == ["AKID1", "AKID1"]
        assert server.received[0].headers["x-amz-security-token"] == "token1"

    def test_they_are_exchanged_before_they_expire(
        self, server: AwsServer, container: AwsServer, contained: AwsJsonClient, clock: Watch
    ) -> None:
        server.answers_always(answer())
        container.answers(given_credentials(1), given_credentials(2, lasting=timedelta(hours=2)))
        get_item(contained)

        clock.advance(seconds=54 * 60)
        get_item(contained)
        clock.advance(seconds=2 * 60)
        get_item(contained)

        assert key_ids(server) == ["AKID1", "AKID1", "AKID2"]

    def test_while_they_last_an_endpoint_that_fails_does_no_harm(
        self, server: AwsServer, container: AwsServer, contained: AwsJsonClient, clock: Watch
    ) -> None:
        server.answers_always(answer())
        container.answers(given_credentials(1)).answers_always(answer(b"", status=500))
        get_item(contained)

        clock.advance(seconds=56 * 60)
        get_item(contained)
        clock.advance(seconds=5 * 60)

        with pytest.raises(UnavailableError, match="ContainerCredentialsHttp500"):
            get_item(contained)
        assert key_ids(server) == ["AKID1", "AKID1"]

    def test_refused_as_expired_they_are_exchanged_at_once(
        self, server: AwsServer, container: AwsServer, contained: AwsJsonClient, pauses: list[float]
    ) -> None:
        server.answers(refusal("ExpiredTokenException"), answer({"done": True}))
        container.answers(given_credentials(1, lasting=None), given_credentials(2))

        assert get_item(contained) == {"done": True}
        assert key_ids(server) == ["AKID1", "AKID2"]
        assert pauses == []

    def test_refused_as_expired_twice_is_refused(
        self, server: AwsServer, container: AwsServer, contained: AwsJsonClient
    ) -> None:
        server.answers_always(refusal("ExpiredTokenException"))
        container.answers_always(given_credentials(1))

        with pytest.raises(RefusedError):
            get_item(contained)

        assert len(server.received) == 2

    def test_the_tokens_file_is_read_each_time(
        self, server: AwsServer, container: AwsServer, make_client: MakeClient, tmp_path: Path
    ) -> None:
        file = tmp_path / "token"
        file.write_text("first\n")
        client = make_client(
            AWS_ENDPOINT_URL_DYNAMODB=server.url,
            AWS_ACCESS_KEY_ID="",
            AWS_CONTAINER_CREDENTIALS_FULL_URI=container.url,
            AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(file),
        )
        server.answers(answer(), refusal("ExpiredToken"), answer())
        container.answers(given_credentials(1), given_credentials(2))
        get_item(client)

        file.write_text("second\n")
        get_item(client)

        assert [request.headers["authorization"] for request in container.received] == ["first", "second"]

    @pytest.mark.parametrize(
        "fault",
        [answer(b"", status=403), answer(b"{"), answer(b"[]"), answer({"AccessKeyId": "canary"}), closes],
        ids=["refused", "no JSON", "no object", "incomplete", "closed"],
    )
    def test_what_gives_none_is_tried_again(
        self, server: AwsServer, container: AwsServer, contained: AwsJsonClient, fault: Step
    ) -> None:
        server.answers(answer({"done": True}))
        container.answers(fault, given_credentials(1))

        assert get_item(contained) == {"done": True}

    @pytest.mark.parametrize(
        ("environment", "named"),
        [
            ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://10.0.0.1/canary"}, "FULL_URI must be https"),
            ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "canary"}, "FULL_URI is not an address"),
            ({"AWS_CONTAINER_AUTHORIZATION_TOKEN": "canary\r\nHost: x"}, "control character"),
            ({"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/nowhere/canary"}, "TOKEN_FILE cannot be read"),
        ],
    )
    def test_a_token_goes_nowhere_it_should_not(
        self, container: AwsServer, make_client: MakeClient, environment: dict[str, str], named: str
    ) -> None:
        client = make_client(
            **{
                "AWS_ACCESS_KEY_ID": "",
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url,
                **environment,
            }
        )

        with pytest.raises(ConfigurationError, match=named) as error:
            get_item(client)

        assert "canary" not in str(error.value)
        assert container.received == []

    def test_a_relative_address_is_on_the_tasks_own_link(self, monkeypatch: pytest.MonkeyPatch) -> None:
        source = CredentialSource(
            environment={"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials"},
            clock=Watch(),
            new_tls_context=lambda: pytest.fail("no TLS here"),
        )

        assert source._container_url() == "http://169.254.170.2/v2/credentials"


class TestTheClock:
    @pytest.mark.parametrize(
        "code",
        ["InvalidSignatureException", "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"],
    )
    def test_a_wrong_one_is_corrected_by_the_servers(
        self, server: AwsServer, client: AwsJsonClient, clock: Watch, pauses: list[float], code: str
    ) -> None:
        theirs = (NOON + timedelta(hours=2)).strftime(HTTP_DATE)
        server.answers(refusal(code, headers={"Date": theirs})).answers_always(answer())

        get_item(client)
        clock.advance(seconds=7)
        get_item(client)

        dates = [request.headers["x-amz-date"] for request in server.received]
        assert dates == ["20261201T120000Z", "20261201T140000Z", "20261201T140007Z"]
        assert pauses == []

    @pytest.mark.parametrize(
        "date", ["", "canary", NOON.strftime(HTTP_DATE), (NOON + timedelta(minutes=3)).strftime(HTTP_DATE)]
    )
    def test_a_right_one_is_not_what_was_wrong(
        self, server: AwsServer, client: AwsJsonClient, date: str
    ) -> None:
        server.answers(refusal("InvalidSignatureException", headers={"Date": date}))

        with pytest.raises(RefusedError, match="InvalidSignatureException"):
            get_item(client)

        assert len(server.received) == 1

    def test_a_correction_that_does_not_help_is_not_repeated(
        self, server: AwsServer, client: AwsJsonClient
    ) -> None:
        for hours in (2, 4, 6):
            date = (NOON + timedelta(hours=hours)).strftime(HTTP_DATE)
            server.answers(refusal("RequestTimeTooSkewed", headers={"Date": date}))

        with pytest.raises(RefusedError):
            get_item(client)

        assert len(server.received) == 2
