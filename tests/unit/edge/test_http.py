"""The HTTP edge: bodies, claims, answers, and what is written about a request."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsultation.domain.errors import (
    ConflictError,
    FieldError,
    InsufficientScopeError,
    InvalidRequestError,
    MissingCredentialsError,
    NotAParticipantError,
    ProviderRejectedError,
    ProviderUnavailableError,
    RecordingNotFoundError,
    StorageUnavailableError,
    TeleconsultationError,
    TeleconsultationNotFoundError,
    TooLargeError,
    UnsupportedCharsetError,
    UnsupportedMediaTypeError,
)
from teleconsultation.edge.http import MAX_BODY_BYTES, ORIGINAL_STAGE, Event, Request, Response, endpoint
from teleconsultation.edge.powertools_log import log
from teleconsultation.edge.problems import CONTENT_TYPE, PROBLEMS
from teleconsultation.settings import SettingsError
from teleconsultation.use_cases.admission import Caller
from tests.fakes.api_gateway import MANAGER, http_event, lambda_context
from tests.fakes.lambda_output import LambdaOutput

CANARY = "canary-7f3a"


def request(event: Event) -> Request:
    return Request(event, lambda_context())


def answer(route: Callable[[Request], Response], event: Event | None = None) -> Event:
    """Run a route as Lambda would."""
    return endpoint(outcome="Done", log=log)(route)(event or http_event("POST"), lambda_context())


def answer_to(error: Exception, *, method: str = "POST") -> Event:
    def route(_: Request) -> Response:
        raise error

    return answer(route, http_event(method))


def encoded(body: bytes, **headers: str) -> Event:
    event = http_event("POST", body=base64.b64encode(body).decode(), headers=headers)
    return event | {"isBase64Encoded": True}


class TestBody:
    def test_text_is_passed_on_as_utf_8(self) -> None:
        body = request(http_event("POST", body='{"fullName":"Zoë 李"}')).json_body()

        assert body == '{"fullName":"Zoë 李"}'.encode()

    def test_base64_is_decoded(self) -> None:
        assert request(encoded(b"\xff\x00{}")).json_body() == b"\xff\x00{}"

    @given(body=st.binary(min_size=1, max_size=200))
    def test_every_body_api_gateway_encodes_arrives_unchanged(self, body: bytes) -> None:
        assert request(encoded(body)).json_body() == body

    @pytest.mark.parametrize("body", ["not base64!", "e30", "e30=\n", "é"], ids=repr)
    def test_what_cannot_be_decoded_is_refused(self, body: str) -> None:
        with pytest.raises(InvalidRequestError) as error:
            request(http_event("POST", body=body) | {"isBase64Encoded": True}).json_body()

        assert error.value.errors == (FieldError("", "the body cannot be decoded"),)

    def test_half_a_character_is_refused(self) -> None:
        with pytest.raises(InvalidRequestError) as error:
            request(http_event("POST", body='{"a":"\ud800"}')).json_body()

        assert error.value.errors == (FieldError("", "the body cannot be decoded"),)

    @pytest.mark.parametrize(
        "event",
        [http_event("POST"), http_event("POST") | {"body": None}, http_event("POST", body=""), encoded(b"")],
        ids=["absent", "null", "empty", "empty base64"],
    )
    def test_a_missing_body_is_refused(self, event: Event) -> None:
        with pytest.raises(InvalidRequestError) as error:
            request(event).json_body()

        assert error.value.errors == (FieldError("", "the body is missing"),)

    def test_256_kb_are_accepted_and_not_a_byte_more(self) -> None:
        assert len(request(http_event("POST", body="x" * MAX_BODY_BYTES)).json_body()) == 262_144

        with pytest.raises(TooLargeError):
            request(http_event("POST", body="x" * (MAX_BODY_BYTES + 1))).json_body()

    def test_bytes_are_counted_not_characters_and_not_base64(self) -> None:
        with pytest.raises(TooLargeError):
            request(http_event("POST", body="é" * (MAX_BODY_BYTES // 2 + 1))).json_body()

        assert request(encoded(b"x" * MAX_BODY_BYTES)).json_body()

    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json",
            "application/json; charset=utf-8",
            "Application/JSON ;charset=UTF-8",
            'application/json; x=y; charset="utf-8"',
            "application/json; charset=utf8",
            "application/merge-patch+json",
        ],
    )
    def test_json_is_accepted_by_any_of_its_names(self, content_type: str) -> None:
        event = http_event("POST", body="{}", headers={"content-type": content_type})

        assert request(event).json_body() == b"{}"

    @pytest.mark.parametrize(
        "content_type",
        ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; x=application/json"],
        ids=repr,
    )
    def test_other_content_types_are_refused(self, content_type: str) -> None:
        event = http_event("POST", body="{}", headers={"content-type": content_type})

        with pytest.raises(UnsupportedMediaTypeError):
            request(event).json_body()

    def test_a_body_without_content_type_is_refused(self) -> None:
        event = http_event("POST", body="{}")
        del event["headers"]["content-type"]

        with pytest.raises(UnsupportedMediaTypeError):
            request(event).json_body()

    def test_a_byte_order_mark_is_no_part_of_the_body(self) -> None:
        assert request(http_event("POST", body="\ufeff{}")).json_body() == b"{}"
        assert request(encoded(b"\xef\xbb\xbf{}")).json_body() == b"{}"

    @pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip", "GZIP", "x"])
    def test_a_compressed_body_is_refused_with_what_is_accepted(
        self, output: LambdaOutput, coding: str
    ) -> None:
        event = encoded(b"{}", **{"content-type": "application/json", "content-encoding": coding})

        response = answer(lambda request: Response(status=200, body={"n": len(request.json_body())}), event)

        assert (response["statusCode"], json.loads(response["body"])["code"]) == (
            415,
            "unsupported_content_coding",
        )
        assert response["headers"]["accept-encoding"] == "identity"

    @pytest.mark.parametrize("coding", ["", "identity", "Identity", ", identity,"])
    def test_identity_is_no_compression(self, coding: str) -> None:
        event = http_event("POST", body="{}")
        event["headers"]["content-encoding"] = coding

        assert request(event).json_body() == b"{}"

    @pytest.mark.parametrize("charset", ["iso-8859-1", '"utf-16"', "us-ascii", "", "utf-8-sig"])
    def test_another_charset_than_utf_8_is_refused(self, charset: str) -> None:
        content_type = f"application/json; charset={charset}"
        event = http_event("POST", body="{}", headers={"content-type": content_type})

        with pytest.raises(UnsupportedCharsetError):
            request(event).json_body()

    def test_a_header_is_found_in_any_case(self) -> None:
        event = http_event("POST", body="{}")
        event["headers"] = {"Content-Type": "application/json"}

        assert request(event).json_body() == b"{}"


class TestScope:
    @pytest.mark.parametrize(
        "claims",
        [
            {"scope": "teleconsultation/manage"},
            {"scope": "openid teleconsultation/manage profile"},
            {"scp": "teleconsultation/manage"},
            {"scp": "[openid teleconsultation/manage]"},
            {"scope": "openid", "scp": "[teleconsultation/manage]"},
        ],
        ids=str,
    )
    def test_the_management_scope_is_found_in_either_claim(self, claims: dict[str, str]) -> None:
        request(http_event(claims=claims)).require_management()

    @pytest.mark.parametrize(
        "claims",
        [
            {},
            {"scope": ""},
            {"scope": "openid"},
            {"scope": "teleconsultation/manager"},
            {"scope": "xteleconsultation/manage"},
            {"scope": "teleconsultation/manage,openid"},
            {"scopes": "teleconsultation/manage"},
            {"sub": "teleconsultation/manage"},
        ],
        ids=str,
    )
    def test_nothing_else_is_the_management_scope(self, claims: dict[str, str]) -> None:
        with pytest.raises(InsufficientScopeError):
            request(http_event(claims=claims)).require_management()

    @pytest.mark.parametrize(
        "context",
        [{}, {"authorizer": None}, {"authorizer": {}}, {"authorizer": {"jwt": None}}],
        ids=str,
    )
    def test_without_an_authorizer_nobody_may_manage(self, context: dict[str, Any]) -> None:
        event = http_event()
        del event["requestContext"]["authorizer"]
        event["requestContext"] |= context

        assert not request(event).may_manage
        assert request(event).claims == {}


ID = "5f0c9a1be2d34c7a8b6d0e1f"


class TestCaller:
    def test_on_a_route_with_a_token_it_is_who_the_token_says(self) -> None:
        event = http_event(teleconsultation_id=ID, claims={"sub": "s", "email": "e", "scope": "openid"})

        assert request(event).caller(user_id_claim="sub") == Caller(user_id="s")
        assert request(event).caller(user_id_claim="email") == Caller(user_id="e")
        assert request(event).caller(user_id_claim="name") == Caller(user_id=None)

    def test_a_manager_is_known_as_one(self) -> None:
        caller = request(http_event(teleconsultation_id=ID)).caller(user_id_claim="sub")

        assert caller == Caller(user_id=MANAGER["sub"], is_manager=True)

    def test_on_a_route_with_a_token_no_join_secret_is_looked_for(self) -> None:
        event = http_event(
            teleconsultation_id=ID, claims={"sub": "s"}, headers={"authorization": f"Bearer {CANARY}"}
        )

        assert request(event).caller(user_id_claim="sub").join_secret is None

    @pytest.mark.parametrize(
        "authorization",
        [f"Bearer {CANARY}", f"bearer {CANARY}", f"BEARER {CANARY}", f"Bearer   {CANARY} "],
    )
    def test_on_the_route_of_join_links_it_is_whoever_has_the_secret(self, authorization: str) -> None:
        event = http_event(teleconsultation_id=ID, join=True, headers={"Authorization": authorization})

        assert request(event).caller(user_id_claim="sub") == Caller(join_secret=CANARY)

    def test_on_the_route_of_join_links_no_token_counts_even_if_one_was_verified(self) -> None:
        event = http_event(teleconsultation_id=ID, join=True, headers={"authorization": f"Bearer {CANARY}"})
        event["requestContext"]["authorizer"] = {"jwt": {"claims": MANAGER, "scopes": None}}

        assert request(event).caller(user_id_claim="sub") == Caller(join_secret=CANARY)

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"authorization": ""},
            {"authorization": "Bearer"},
            {"authorization": "Bearer "},
            {"authorization": "Bearer \t "},
            {"authorization": CANARY},
            {"authorization": f"Basic {CANARY}"},
            {"authorization": f"Bearer,{CANARY}"},
            {"authorization": f" Bearer {CANARY}"},
            {"cookie": f"j={CANARY}"},
        ],
        ids=str,
    )
    def test_without_a_secret_it_is_nobody(self, headers: dict[str, str]) -> None:
        event = http_event(teleconsultation_id=ID, join=True, headers=headers, query={"j": CANARY})

        with pytest.raises(MissingCredentialsError) as error:
            request(event).caller(user_id_claim="sub")

        assert CANARY not in str(error.value)

    @pytest.mark.parametrize(
        "claims",
        [
            {"scope": "visits/join"},
            {"scope": "openid visits/join"},
            {"scp": "[visits/join openid]"},
            {"scope": "teleconsultation/manage"},
        ],
        ids=str,
    )
    def test_a_token_with_the_scope_of_participants_or_of_managers_counts(
        self, claims: dict[str, str]
    ) -> None:
        event = http_event(teleconsultation_id=ID, claims={"sub": "s", **claims})

        caller = request(event).caller(user_id_claim="sub", participant_scope="visits/join")

        assert caller.user_id == "s"

    @pytest.mark.parametrize(
        "claims",
        [{}, {"scope": ""}, {"scope": "openid"}, {"scope": "visits/joined"}, {"aud": "visits/join"}],
        ids=str,
    )
    def test_a_token_without_it_does_not(self, claims: dict[str, str]) -> None:
        event = http_event(teleconsultation_id=ID, claims={"sub": "s", **claims})

        with pytest.raises(InsufficientScopeError):
            request(event).caller(user_id_claim="sub", participant_scope="visits/join")

    def test_a_join_secret_needs_no_scope(self) -> None:
        event = http_event(teleconsultation_id=ID, join=True, headers={"authorization": f"Bearer {CANARY}"})

        caller = request(event).caller(user_id_claim="sub", participant_scope="visits/join")

        assert caller == Caller(join_secret=CANARY)

    def test_printing_one_shows_no_secret(self) -> None:
        assert CANARY not in repr(Caller(user_id=CANARY, join_secret=CANARY))


class TestClient:
    @pytest.mark.parametrize(
        ("claims", "client", "client_id"),
        [
            ({"sub": "s", "client_id": "c", "azp": "a"}, "sub=s", "s"),
            ({"client_id": "c", "azp": "a"}, "client_id=c", "c"),
            ({"sub": "", "azp": "a"}, "azp=a", "a"),
            ({}, None, None),
            ({"sub": ""}, None, None),
        ],
        ids=str,
    )
    def test_it_is_known_by_the_first_claim_that_is_there(
        self, claims: dict[str, str], client: str | None, client_id: str | None
    ) -> None:
        sent = request(http_event("POST", claims=claims))

        assert (sent.client, sent.client_id) == (client, client_id)


class TestPreference:
    @pytest.mark.parametrize(
        "prefer",
        [
            "return=representation",
            "Return=Representation",
            "return = representation",
            'return="representation"',
            "return=representation; foo",
            "respond-async, wait=100,return=representation",
            ",, return=representation",
            'foo="a, b", return=representation',
            'foo="a\\", b"; x="y;z", return=representation; q="1"',
            "return=representation, return=minimal",
        ],
    )
    def test_the_links_are_wanted(self, prefer: str) -> None:
        assert request(http_event("PATCH", headers={"Prefer": prefer})).wants_representation

    @pytest.mark.parametrize(
        "prefer",
        [
            None,
            "",
            "return",
            "return=",
            "return=minimal",
            "representation",
            "return=representations",
            "xreturn=representation",
            "wait=1; return=representation",
            "return=representation=x",
            "return representation",
            ",;=",
            "return=minimal, return=representation",
            "return, return=representation",
            'foo="a, return=representation"',
            'foo=a; b="c, return=representation, d"',
            'foo="a, return=representation',
            "x" * 1024 + ", return=representation",
        ],
        ids=repr,
    )
    def test_the_links_are_not_wanted(self, prefer: str | None) -> None:
        headers = {} if prefer is None else {"prefer": prefer}

        assert not request(http_event("PATCH", headers=headers)).wants_representation

    @pytest.mark.parametrize(
        "prefer",
        [
            "include=invitations",
            'Include = "Invitations"; a=b',
            "return=minimal, include=invitations",
            'foo="a, b",,include=invitations, include=other',
        ],
    )
    def test_the_calendar_files_are_wanted(self, prefer: str) -> None:
        assert request(http_event("POST", headers={"Prefer": prefer})).wants_calendar_files

    @pytest.mark.parametrize(
        "prefer",
        [
            None,
            "",
            "include",
            "include=",
            'include="',
            'include="invitations',
            "invitations",
            "include=invitation",
            "include=invitations=x",
            "xinclude=invitations",
            "wait=1; include=invitations",
            "include=other, include=invitations",
            'foo="a, include=invitations"',
            "return=representation",
            "x" * 1024 + ", include=invitations",
        ],
        ids=repr,
    )
    def test_the_calendar_files_are_not_wanted(self, prefer: str | None) -> None:
        headers = {} if prefer is None else {"prefer": prefer}

        assert not request(http_event("POST", headers=headers)).wants_calendar_files

    @pytest.mark.parametrize(
        ("prefer", "wanted"),
        [("include=invitations", False), ("return=representation, include=invitations", True)],
    )
    def test_the_originals_callers_get_calendar_files_with_the_links_only(
        self, prefer: str, *, wanted: bool
    ) -> None:
        event = http_event("POST", headers={"prefer": prefer}, stage=ORIGINAL_STAGE)

        assert request(event).wants_calendar_files is wanted

    @given(prefer=st.text(max_size=40))
    def test_any_other_preference_is_passed_over(self, prefer: str) -> None:
        assert not request(http_event("PATCH", headers={"prefer": prefer})).wants_representation


def test_absent_parts_of_an_event_are_empty() -> None:
    event = http_event() | {"headers": None, "queryStringParameters": None, "pathParameters": None}

    assert (request(event).headers, request(event).query) == ({}, {})
    assert request(event).teleconsultation_id == ""


def test_the_pages_address_has_no_slash_at_its_end() -> None:
    event = http_event() | {"stageVariables": {"pageBaseUrl": "https://visits.example/"}}

    assert request(event).page_base_url == "https://visits.example"


def test_the_remaining_time_is_that_of_the_invocation() -> None:
    assert Request(http_event(), lambda_context(remaining_milliseconds=1500)).remaining_seconds() == 1.5


def test_printing_a_request_leaks_nothing() -> None:
    event = http_event("POST", body={"fullName": CANARY}, headers={"authorization": CANARY})

    assert CANARY not in repr(request(event))


class TestAnswers:
    def test_a_body_is_json_and_nothing_may_be_cached(self, output: LambdaOutput) -> None:
        response = answer(lambda _: Response(status=200, body={"a": "é"}, headers={"etag": '"1"'}))

        assert response["statusCode"] == 200
        assert json.loads(response["body"]) == {"a": "é"}
        assert response["headers"] == {
            "cache-control": "no-store, no-transform",
            "content-type": "application/json",
            "etag": '"1"',
        }

    def test_without_a_body_there_is_no_content_type(self, output: LambdaOutput) -> None:
        response = answer(lambda _: Response(status=204))

        assert response == {"statusCode": 204, "headers": {"cache-control": "no-store, no-transform"}}

    @pytest.mark.parametrize("kind", PROBLEMS, ids=lambda kind: kind.__name__)
    def test_every_error_becomes_its_problem(
        self, output: LambdaOutput, kind: type[TeleconsultationError]
    ) -> None:
        if issubclass(kind, InvalidRequestError):
            error: TeleconsultationError = kind([FieldError("x", "y")])
        elif issubclass(kind, ProviderRejectedError | ProviderUnavailableError | RecordingNotFoundError):
            error = kind()
        else:
            error = kind(CANARY)

        response = answer_to(error)

        problem = PROBLEMS[kind]
        assert response["statusCode"] == problem.status
        assert response["headers"]["content-type"] == CONTENT_TYPE
        assert response["headers"]["cache-control"] == "no-store, no-transform"
        assert json.loads(response["body"])["code"] == problem.code
        assert CANARY not in response["body"] + output.text

    @pytest.mark.parametrize(
        ("error", "retry_after"),
        [
            (ConflictError("x"), "1"),
            (StorageUnavailableError("x"), "2"),
            (ProviderUnavailableError(), "5"),
            (ProviderUnavailableError(retry_after_seconds=17), "17"),
            (ProviderUnavailableError(retry_after_seconds=0), "0"),
            (ProviderRejectedError(), None),
            (TeleconsultationNotFoundError("x"), None),
        ],
        ids=repr,
    )
    def test_what_passes_says_when_to_come_back(
        self, output: LambdaOutput, error: TeleconsultationError, retry_after: str | None
    ) -> None:
        assert answer_to(error)["headers"].get("retry-after") == retry_after

    def test_who_shows_nothing_is_told_what_to_show(self, output: LambdaOutput) -> None:
        assert answer_to(MissingCredentialsError("x"))["headers"]["www-authenticate"] == "Bearer"
        assert "www-authenticate" not in answer_to(NotAParticipantError("x"))["headers"]

    def test_what_nobody_expected_is_a_500_that_tells_nothing(self, output: LambdaOutput) -> None:
        error = ValueError(f"invalid literal {CANARY}")
        error.__cause__ = KeyError(CANARY)

        response = answer_to(error)

        assert response["statusCode"] == 500
        assert response["headers"]["content-type"] == CONTENT_TYPE
        assert json.loads(response["body"])["code"] == "internal_error"
        assert CANARY not in response["body"] + output.text


class TestWhatIsWritten:
    def test_a_request_writes_one_log_line_and_one_metric(self, output: LambdaOutput) -> None:
        answer(lambda _: Response(status=204))

        [line], [metric] = output.logs, output.metrics
        assert (line["message"], line["level"]) == ("request answered", "INFO")
        assert (line["status"], line["outcome"]) == (204, "Done")
        assert line["service"] == metric["service"] == "teleconsultation"
        [directive] = metric["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "Teleconsultation"
        assert [entry["Name"] for entry in directive["Metrics"]] == ["Done"]
        assert metric["Done"] == [1.0]

    @pytest.mark.parametrize(
        ("claims", "known", "caller"),
        [
            ({"sub": "booking-system"}, {"booking-system": "1f2e"}, "1f2e"),
            ({"azp": "booking-system"}, {"booking-system": "1f2e"}, "1f2e"),
            ({}, {"booking-system": "1f2e"}, None),
            ({"sub": "booking-system"}, {}, None),
        ],
        ids=["sub", "azp", "nobody", "unreadable key"],
    )
    @pytest.mark.parametrize("error", [None, ConflictError("x"), OSError("x")], ids=repr)
    def test_a_change_names_its_caller_by_a_hash(
        self,
        output: LambdaOutput,
        claims: dict[str, str],
        known: dict[str, str],
        caller: str | None,
        error: Exception | None,
    ) -> None:
        @endpoint(outcome="Done", log=log, caller_hash=known.get)
        def route(_: Request) -> Response:
            if error:
                raise error
            return Response(status=204)

        route(http_event("DELETE", claims=claims), lambda_context())

        [line] = [line for line in output.logs if line["message"] == "request answered"]
        assert line.get("caller", None) == caller
        assert "booking-system" not in output.text

    @pytest.mark.parametrize("kind", [TeleconsultationNotFoundError, ConflictError, StorageUnavailableError])
    def test_an_error_is_counted_as_what_it_is(
        self, output: LambdaOutput, kind: type[TeleconsultationError]
    ) -> None:
        answer_to(kind("x"))

        [metric] = output.metrics
        assert metric[PROBLEMS[kind].metric] == [1.0]
        assert output.logs[-1]["outcome"] == PROBLEMS[kind].metric

    def test_every_problem_has_its_own_metric(self) -> None:
        assert len({problem.metric for problem in PROBLEMS.values()}) == len(PROBLEMS)

    def test_the_next_request_starts_from_nothing(self, output: LambdaOutput) -> None:
        answer_to(ConflictError("x"))
        answer(lambda _: Response(status=204))

        assert "Done" in output.metrics[1]
        assert PROBLEMS[ConflictError].metric not in output.metrics[1]

    def test_a_providers_failure_is_written_with_its_code(self, output: LambdaOutput) -> None:
        answer_to(ProviderUnavailableError(provider_code="internal_server_error", outcome_unknown=True))

        warning = output.logs[0]
        assert (warning["level"], warning["message"]) == ("WARNING", "provider failed")
        assert (warning["provider_code"], warning["outcome_unknown"]) == ("internal_server_error", True)

    def test_an_unexpected_error_is_written_with_its_type_and_where_it_passed(
        self, output: LambdaOutput
    ) -> None:
        answer_to(ZeroDivisionError(CANARY))

        error = output.logs[0]
        assert (error["level"], error["message"]) == ("ERROR", "unexpected error")
        assert error["error_type"] == "ZeroDivisionError"
        assert any("test_http.py" in place and place.endswith(" route") for place in error["places"])
        assert output.metrics[0]["InternalError"] == [1.0]

    def test_a_wrong_setting_is_named_in_the_log_and_the_caller_knows_whom_to_tell(
        self, output: LambdaOutput
    ) -> None:
        response = answer_to(SettingsError("TABLE_NAME is not set"))

        assert output.logs[0]["reason"] == "TABLE_NAME is not set"
        document = json.loads(response["body"])
        assert (document["status"], document["code"]) == (500, "internal_error")
        assert "Tell its operator" in document["detail"]
        assert "TABLE_NAME" not in response["body"]
        assert output.metrics[0]["InternalError"] == [1.0]

    def test_nothing_a_caller_sent_is_written(self, output: LambdaOutput) -> None:
        event = http_event(
            "POST",
            body={"fullName": CANARY},
            claims=MANAGER | {"sub": CANARY, "email": CANARY},
            headers={"authorization": f"Bearer {CANARY}", "user-agent": CANARY, CANARY: CANARY},
            query={"language": CANARY},
        )

        def route(incoming: Request) -> Response:
            incoming.json_body()
            raise InvalidRequestError([FieldError(CANARY, "unknown field")])

        answer(route, event)

        assert output.logs
        assert output.metrics
        assert CANARY not in output.text
