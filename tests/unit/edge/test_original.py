"""The manner of the original: its answers to errors, and what its callers may send."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teleconsultation.domain.errors import (
    ConflictError,
    FieldError,
    FrozenError,
    InsufficientScopeError,
    InvalidRequestError,
    MissingCredentialsError,
    NoPlusUserError,
    NotAParticipantError,
    ProviderUnavailableError,
    TeleconsultationDeletedError,
    TeleconsultationError,
    TeleconsultationNotFoundError,
    UnknownParticipantError,
)
from teleconsultation.edge.create_body import CreateTeleconsultationBody
from teleconsultation.edge.documents import _OTHER_MESSAGE
from teleconsultation.edge.http import ORIGINAL_STAGE, Event, Request, Response, endpoint
from teleconsultation.edge.original import OriginalJson
from teleconsultation.edge.powertools_log import log
from teleconsultation.edge.problems import PROBLEMS
from teleconsultation.edge.update_body import UpdateTeleconsultationBody
from teleconsultation.settings import SettingsError
from teleconsultation.use_cases.create import NewTeleconsultation
from teleconsultation.use_cases.update import Changes
from tests.fakes.api_gateway import http_event, lambda_context
from tests.fakes.lambda_output import LambdaOutput

ID = "5f0c9a1be2d34c7a8b6d0e1f"
INSTANT = "2026-12-01T15:30:00.000Z"

type Json = dict[str, Any]


@pytest.fixture(autouse=True)
def quiet(output: LambdaOutput) -> LambdaOutput:
    return output


def answer_to(error: Exception, *, method: str = "GET", id_: str | None = ID, **headers: str) -> Event:
    """Run a route that fails, for a caller of the original."""

    def route(_: Request) -> Response:
        raise error

    event = http_event(method, teleconsultation_id=id_, headers=headers, stage=ORIGINAL_STAGE)
    return endpoint(outcome="Done", log=log)(route)(event, lambda_context())


class TestErrors:
    @pytest.mark.parametrize(
        "error",
        [NotAParticipantError("x"), InsufficientScopeError("x"), MissingCredentialsError("x")],
        ids=lambda error: type(error).__name__,
    )
    def test_whoever_may_not_is_unauthorized(self, error: Exception) -> None:
        answer = answer_to(error)

        assert answer["statusCode"] == 401
        assert json.loads(answer["body"]) == {
            "statusCode": 401,
            "error": "Unauthorized user",
            "message": "Unauthorized user",
        }
        # A 401 must say how to authenticate (RFC 9110, section 15.5.2).
        assert answer["headers"]["www-authenticate"] == "Bearer"

    @pytest.mark.parametrize("method", ["GET", "PATCH"])
    @pytest.mark.parametrize("error", [TeleconsultationNotFoundError("x"), TeleconsultationDeletedError("x")])
    def test_a_deleted_visit_is_as_little_there_as_an_unknown_one(
        self, error: Exception, method: str
    ) -> None:
        answer = answer_to(error, method=method)

        text = f"Room with id {ID} not found on CRUD"
        assert answer["statusCode"] == 404
        assert json.loads(answer["body"]) == {"statusCode": 404, "error": text, "message": text}

    def test_a_visit_may_be_deleted_long_after_it_is_forgotten(self) -> None:
        answer = answer_to(TeleconsultationNotFoundError("x"), method="DELETE")

        assert (answer["statusCode"], "body" in answer) == (204, False)

    def test_what_cannot_be_an_id_was_never_a_visit(self) -> None:
        answer = answer_to(TeleconsultationNotFoundError("x"), method="DELETE", id_="undefined")

        assert answer["statusCode"] == 404

    @pytest.mark.parametrize("method", ["POST", "PATCH"])
    def test_the_missing_plus_user_has_its_documented_text(self, method: str) -> None:
        answer = answer_to(NoPlusUserError("x"), method=method, id_=ID if method == "PATCH" else None)

        text = f"Failed {method} /teleconsultation: no plus user in room"
        assert answer["statusCode"] == 400
        assert json.loads(answer["body"]) == {"statusCode": 400, "error": text, "message": text}

    @pytest.mark.parametrize(
        ("field", "message"),
        [
            ("participants.data[0].fullName", "body.participants.data[0].fullName is wrong"),
            ("", "body is wrong"),
            ("If-Match", "headers.If-Match is wrong"),
        ],
    )
    def test_the_message_of_an_invalid_request_names_the_first_field(self, field: str, message: str) -> None:
        error = UnknownParticipantError([FieldError(field, "is wrong"), FieldError("b", "is too")])

        answer = answer_to(error, method="PATCH")

        assert json.loads(answer["body"]) == {"statusCode": 400, "error": "Bad Request", "message": message}

    @pytest.mark.parametrize("error", [RuntimeError("secret"), SettingsError("TABLE_NAME is not set")])
    def test_our_own_failure_is_told_as_the_platform_told_it(self, error: Exception) -> None:
        answer = answer_to(error)

        assert json.loads(answer["body"]) == {
            "statusCode": 500,
            "error": "Internal Server Error",
            "message": "Something went wrong",
        }

    @pytest.mark.parametrize(
        "error",
        [FrozenError("x"), ConflictError("x"), ProviderUnavailableError(retry_after_seconds=7)],
        ids=lambda error: type(error).__name__,
    )
    def test_what_the_original_documents_nowhere_keeps_our_status_and_text(
        self, error: TeleconsultationError
    ) -> None:
        problem = PROBLEMS[type(error)]

        answer = answer_to(error, method="PATCH")

        body = json.loads(answer["body"])
        assert body.keys() == {"statusCode", "error", "message"}
        assert (answer["statusCode"], body["message"]) == (problem.status, problem.detail)
        assert ("retry-after" in answer["headers"]) == (not isinstance(error, FrozenError))

    @pytest.mark.parametrize("accept", ["application/problem+json", "text/html", "*/*"])
    def test_errors_are_plain_json_whatever_the_caller_accepts(self, accept: str) -> None:
        answer = answer_to(FrozenError("x"), method="PATCH", accept=accept)

        assert answer["headers"]["content-type"] == "application/json"


def test_no_header_query_or_id_chooses_the_manner() -> None:
    event = http_event(
        teleconsultation_id=ORIGINAL_STAGE,
        headers={"x-forwarded-prefix": "/api/v1/telecons-be", "x-stage": ORIGINAL_STAGE},
        query={"stage": ORIGINAL_STAGE},
    )

    assert not Request(event, lambda_context()).is_for_original


def visit(**changes: object) -> Json:
    return {
        "participants": {"number": 2, "data": [person("d"), person("p")]},
        "start_date": INSTANT,
        "duration_in_seconds": 3600,
    } | changes


def person(id_: object, **changes: object) -> Json:
    return {"userId": id_, "groups": ["doctor"], "fullName": "Joe Smith"} | changes


def with_person(**changes: object) -> Json:
    return visit(participants={"number": 2, "data": [person("d"), person("p", **changes)]})


def create(sent: Json) -> NewTeleconsultation:
    return CreateTeleconsultationBody.parse(OriginalJson(json.dumps(sent).encode()))


def update(sent: Json) -> Changes:
    return UpdateTeleconsultationBody.parse(OriginalJson(json.dumps(sent).encode()))


def errors_of(parse: Callable[[bytes], object], sent: bytes) -> list[FieldError]:
    try:
        parse(OriginalJson(sent))
    except InvalidRequestError as error:
        return list(error.errors)
    return []


class TestBodies:
    def test_only_a_body_of_the_originals_callers_is_read_so(self) -> None:
        body = json.dumps({"a": 1})

        ours = Request(http_event("POST", body=body), lambda_context()).json_body()
        originals = Request(http_event("POST", body=body, stage=ORIGINAL_STAGE), lambda_context()).json_body()

        assert not isinstance(ours, OriginalJson)
        assert isinstance(originals, OriginalJson)
        assert originals == ours

    @pytest.mark.parametrize(
        "sent",
        [
            visit(duration_in_seconds="3600"),
            visit(participants={"number": "2", "data": [person("d"), person("p")]}),
            visit(end_date=None, tenant="north", participants={**visit()["participants"], "room": 7}),
            visit(end_date=""),
            with_person(language=None),
            with_person(language=""),
            with_person(email="joe@example.com"),
            with_person(userExternalId=None, group=""),
        ],
        ids=str,
    )
    def test_what_the_platforms_validator_let_pass_means_the_same(self, sent: Json) -> None:
        assert create(sent) == create(visit())

    def test_a_number_may_be_an_id(self) -> None:
        sent = visit(participants={"number": 2, "data": [person(17), person("p")]})

        assert create(sent).invitees[0].external_id == "17"
        assert [one.external_id for one in create(visit(participants=[1, "2"])).invitees] == ["1", "2"]

    def test_nothing_in_a_change_is_emptied_by_null(self) -> None:
        assert update({"start_date": INSTANT, "end_date": None, "participants": ""}) == update(
            {"start_date": INSTANT}
        )

    @pytest.mark.parametrize(
        ("sent", "field", "message"),
        [
            (visit(duration_in_seconds="an hour"), "duration_in_seconds", "must be a whole number"),
            (visit(duration_in_seconds="240"), "duration_in_seconds", "must be at least 300"),
            (visit(start_date=None), "start_date", "is missing"),
            (visit(start_date=17), "start_date", "must be a date and time"),
            (visit(participants={"number": {}, "data": []}), "participants.number", "must be a whole number"),
            (with_person(userId=""), "participants.data[1]", "must have exactly one"),
            (with_person(fullName=["Joe"]), "participants.data[1].fullName", "must be a text"),
        ],
        ids=str,
    )
    def test_what_it_refused_is_refused_by_name(self, sent: Json, field: str, message: str) -> None:
        [error] = errors_of(CreateTeleconsultationBody.parse, json.dumps(sent).encode())

        assert error.field == field
        assert error.message.startswith(message)

    @pytest.mark.parametrize("sent", [b"{", b"\xff", b"nan", b"[" * 300, b"9" * 5000])
    def test_what_is_not_json_is_refused_by_place(self, sent: bytes) -> None:
        [error] = errors_of(CreateTeleconsultationBody.parse, sent)

        assert error.field == ""
        assert error.message.startswith("must be JSON in UTF-8; it is not at line 1 column ")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(name=st.sampled_from([*visit(), "end_date"]), value=json_values)
def test_any_value_anywhere_is_understood_or_refused(name: str, value: object) -> None:
    sent = json.dumps(visit(**{name: value}), allow_nan=True).encode()

    for parse in (CreateTeleconsultationBody.parse, UpdateTeleconsultationBody.parse):
        # Nothing but InvalidRequestError may come out, and each error has a text made for it.
        assert not any(error.message == _OTHER_MESSAGE for error in errors_of(parse, sent))


@given(value=json_values)
def test_any_participant_is_understood_or_refused(value: object) -> None:
    for name in ("userId", "groups", "fullName", "language"):
        sent = json.dumps(with_person(**{name: value})).encode()

        errors = errors_of(CreateTeleconsultationBody.parse, sent)

        assert not any(error.message == _OTHER_MESSAGE for error in errors)
