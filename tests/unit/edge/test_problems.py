"""What each error becomes on the wire."""

import pytest

from teleconsultation.domain import errors
from teleconsultation.domain.errors import (
    FieldError,
    InvalidRequestError,
    NoPlusUserError,
    PreconditionFailedError,
    ProviderError,
    TeleconsultationError,
    UnknownGroupError,
    UnsupportedCharsetError,
    UnsupportedContentCodingError,
)
from teleconsultation.edge.problems import PROBLEMS, UNEXPECTED, Problem, problem_document

NEVER_RAISED = {TeleconsultationError, ProviderError}
"""Bases to catch by."""


def tree(base: type[TeleconsultationError]) -> set[type[TeleconsultationError]]:
    return {base}.union(*(tree(child) for child in base.__subclasses__()))


def test_every_error_of_the_product_has_a_problem() -> None:
    assert PROBLEMS.keys() == tree(TeleconsultationError) - NEVER_RAISED


def test_every_error_stands_in_the_overview() -> None:
    assert errors.__doc__ is not None
    for error in tree(TeleconsultationError):
        assert error.__name__ in errors.__doc__


def test_every_problem_has_its_own_code() -> None:
    problems = [*PROBLEMS.values(), UNEXPECTED]

    assert len({problem.code for problem in problems}) == len(problems)


@pytest.mark.parametrize("problem", [*PROBLEMS.values(), UNEXPECTED], ids=lambda problem: problem.code)
def test_a_problem_document_speaks_to_new_clients_and_to_those_of_the_original(problem: Problem) -> None:
    document = problem_document(problem, error=ValueError("canary-7f3a"), method="POST")

    assert document["type"] == f"urn:problem-type:teleconsultation:{problem.code}"
    assert document["title"]
    assert (document["status"], document["statusCode"]) == (problem.status, problem.status)
    assert (document["detail"], document["message"]) == (problem.detail, problem.detail)
    assert document["error"] == document["title"]
    assert document["code"] == problem.code
    assert "errors" not in document
    assert "canary" not in str(document)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_the_missing_plus_user_is_told_in_the_words_of_the_original(method: str) -> None:
    document = problem_document(PROBLEMS[NoPlusUserError], error=NoPlusUserError("x"), method=method)

    assert document["error"] == f"Failed {method} /teleconsultation: no plus user in room"
    assert document["message"] == document["error"]
    assert (document["statusCode"], document["code"]) == (400, "no_plus_user")


@pytest.mark.parametrize("kind", [InvalidRequestError, UnknownGroupError], ids=lambda kind: kind.__name__)
def test_the_fields_that_are_wrong_are_listed(kind: type[InvalidRequestError]) -> None:
    error = kind([FieldError("start_date", "is wrong"), FieldError("", "is empty")])

    document = problem_document(PROBLEMS[kind], error=error, method="POST")

    assert document["errors"] == [
        {"field": "start_date", "message": "is wrong"},
        {"field": "", "message": "is empty"},
    ]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (UnsupportedCharsetError, ["UTF-8"]),
        (UnsupportedContentCodingError, ["uncompressed", "Content-Encoding"]),
        (PreconditionFailedError, ["ETag unchanged", "proxy", "W/", "an ending"]),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_a_refusal_says_what_to_send_instead(kind: type[TeleconsultationError], words: list[str]) -> None:
    detail = PROBLEMS[kind].detail

    assert [word for word in words if word not in detail] == []
