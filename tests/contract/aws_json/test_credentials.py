"""What a read is signed with: credentials and the time."""

from datetime import timedelta

import pytest

from aws_json import ConfigurationError, DynamoDBReader, RefusedError
from tests.contract.aws_json.conftest import MakeReader, get_item
from tests.fakes.aws_server import AwsServer, answer, refusal
from tests.fakes.pauses import Pauses
from tests.fakes.watch import NOON, Watch

HTTP_DATE = "%a, %d %b %Y %H:%M:%S GMT"


class TestFromTheEnvironment:
    def test_a_session_token_goes_along_and_is_signed(
        self, server: AwsServer, make_reader: MakeReader
    ) -> None:
        server.answers(answer())

        get_item(make_reader(AWS_ENDPOINT_URL_DYNAMODB=server.url, AWS_SESSION_TOKEN="a-session"))

        [request] = server.received
        assert request.headers["x-amz-security-token"] == "a-session"
        assert "x-amz-security-token" in request.headers["authorization"]

    @pytest.mark.parametrize("missing", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
    def test_without_any_the_variables_are_named(
        self, server: AwsServer, make_reader: MakeReader, missing: str
    ) -> None:
        reader = make_reader(AWS_ENDPOINT_URL_DYNAMODB=server.url, **{missing: ""})

        with pytest.raises(ConfigurationError, match=missing) as error:
            get_item(reader)

        assert "canary" not in str(error.value)
        assert server.received == []


class TestTheClock:
    @pytest.mark.parametrize(
        "code",
        ["InvalidSignatureException", "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"],
    )
    def test_a_wrong_one_is_corrected_by_the_servers(
        self, server: AwsServer, reader: DynamoDBReader, clock: Watch, pauses: Pauses, code: str
    ) -> None:
        theirs = (NOON + timedelta(hours=2)).strftime(HTTP_DATE)
        server.answers(refusal(code, headers={"Date": theirs})).answers_always(answer())

        get_item(reader)
        clock.advance(seconds=7)
        get_item(reader)

        dates = [request.headers["x-amz-date"] for request in server.received]
        assert dates == ["20261201T120000Z", "20261201T140000Z", "20261201T140007Z"]
        assert pauses.seconds == []

    @pytest.mark.parametrize(
        "date", ["", "canary", NOON.strftime(HTTP_DATE), (NOON + timedelta(minutes=3)).strftime(HTTP_DATE)]
    )
    def test_a_right_one_is_not_what_was_wrong(
        self, server: AwsServer, reader: DynamoDBReader, date: str
    ) -> None:
        server.answers(refusal("InvalidSignatureException", headers={"Date": date}))

        with pytest.raises(RefusedError, match="InvalidSignatureException"):
            get_item(reader)

        assert len(server.received) == 1

    def test_a_correction_that_does_not_help_is_not_repeated(
        self, server: AwsServer, reader: DynamoDBReader
    ) -> None:
        for hours in (2, 4, 6):
            date = (NOON + timedelta(hours=hours)).strftime(HTTP_DATE)
            server.answers(refusal("RequestTimeTooSkewed", headers={"Date": date}))

        with pytest.raises(RefusedError):
            get_item(reader)

        assert len(server.received) == 2
