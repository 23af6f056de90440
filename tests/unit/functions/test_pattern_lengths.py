"""No pattern meets a long text from outside: what a pattern costs may grow faster than the text.

Each text is nearly as long as a body may be, and its last character is wrong, so that a pattern without a
length before it would try every way to divide the text.
"""

import json
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any, Final

import pytest

from functions.create_teleconsultation.app import lambda_handler as post
from functions.delete_teleconsultation.app import lambda_handler as delete
from functions.erase_person.app import lambda_handler as erase
from functions.get_teleconsultation.app import lambda_handler as get
from functions.introduce_person.app import lambda_handler as introduce
from functions.update_teleconsultation.app import lambda_handler as patch
from teleconsultation.edge.invocation import InvalidEventError
from tests.fakes.api_gateway import http_event, lambda_context
from tests.fakes.lambda_output import LambdaOutput
from tests.fakes.service import Service

LONG: Final = 200 * 1024
LONGEST_FOR_A_PATTERN: Final = 1024
PACKAGES: Final = ("teleconsultation.", "functions.")

TEXTS: Final = {
    "letters and a control": "x" * LONG + "\x00",
    "spaces and a control": " " * LONG + "\x00",
    "letters and spaces in turn": "x " * (LONG // 2),
    "digits": "2026-12-01T15:30:00." + "0" * LONG + "x",
    "subtags": "it" + "-x" * (LONG // 2) + "-",
    "quotes": '"' * LONG + "\x00",
    "tags": '"1",' * (LONG // 4) + "\x00",
    "escapes": '"' + "\\\\" * (LONG // 2) + "\x00",
    "preferences": "a;b=c," * (LONG // 6) + '"',
}


class Spy:
    """A pattern that notes the length of what it is held against."""

    def __init__(self, pattern: re.Pattern[str], *, lengths: list[int]) -> None:
        self._pattern = pattern
        self._lengths = lengths

    def __getattr__(self, name: str) -> object:
        attribute = getattr(self._pattern, name)
        if not callable(attribute):
            return attribute

        def method(*arguments: Any) -> object:
            self._lengths.append(max(len(text) for text in arguments))
            return attribute(*arguments)

        return method


def modules() -> list[ModuleType]:
    return [module for name, module in sorted(sys.modules.items()) if name.startswith(PACKAGES)]


@pytest.fixture
def lengths(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of all texts that a pattern of ours has met."""
    lengths: list[int] = []
    for module in modules():
        for name, value in list(vars(module).items()):
            if isinstance(value, re.Pattern):
                monkeypatch.setattr(module, name, Spy(value, lengths=lengths))
            elif isinstance(value, tuple) and any(
                isinstance(one, tuple) and isinstance(one[0], re.Pattern) for one in value
            ):
                monkeypatch.setattr(
                    module, name, tuple((Spy(one, lengths=lengths), *rest) for one, *rest in value)
                )
    return lengths


def body(**changes: object) -> dict[str, object]:
    people: list[object] = [
        {"userExternalId": "d", "groups": ["doctor"], "fullName": "D"},
        {"userExternalId": "p", "groups": ["patient"], "fullName": "P"} | changes,
    ]
    return {
        "participants": {"number": 2, "data": people},
        "start_date": changes.pop("start_date", "2026-12-01T15:30:00Z"),
        "duration_in_seconds": 3600,
    }


ID: Final = "5f0c9a1be2d34c7a8b6d0e1f"
SHORT_BODY: Final = {"start_date": "2026-12-01T15:30:00Z"}

type Request = Callable[[str], object]


def send(handler: Callable[..., object], method: str, **parts: Any) -> object:
    return handler(http_event(method, **parts), lambda_context())


def send_about(person: str, **parts: Any) -> object:
    parameters = {"pathParameters": {"userExternalId": person}}
    return introduce(http_event("PUT", **parts) | parameters, lambda_context())


PLACES: Final[dict[str, Request]] = {
    "id of a person": lambda text: send(post, "POST", body=body(userExternalId=text)),
    "known id": lambda text: send(post, "POST", body=body() | {"participants": ["d", text]}),
    "group": lambda text: send(post, "POST", body=body(groups=[text])),
    "name": lambda text: send(post, "POST", body=body(fullName=text)),
    "language": lambda text: send(post, "POST", body=body(language=text)),
    "reference": lambda text: send(post, "POST", body=body() | {"reference": text}),
    "name of metadata": lambda text: send(post, "POST", body=body() | {"metadata": {text: "x"}}),
    "alias": lambda text: send_about("x", body={"aliases": [text], "groups": ["doctor"], "fullName": "D"}),
    "person in the path": lambda text: send_about(text, body={}),
    "Accept": lambda text: send(get, "GET", teleconsultation_id=ID, headers={"accept": text}),
    "start": lambda text: send(post, "POST", body=body() | {"start_date": text}),
    "end": lambda text: send(patch, "PATCH", teleconsultation_id=ID, body={"end_date": text}),
    "link to renew": lambda text: send(
        patch, "PATCH", teleconsultation_id=ID, body={"renewJoinLinks": [text]}
    ),
    "Idempotency-Key": lambda text: send(post, "POST", body=body(), headers={"idempotency-key": text}),
    "If-Match": lambda text: send(delete, "DELETE", teleconsultation_id=ID, headers={"if-match": text}),
    "If-None-Match": lambda text: send(
        delete, "DELETE", teleconsultation_id=ID, headers={"if-none-match": text}
    ),
    "Content-Type": lambda text: send(post, "POST", body=body(), headers={"content-type": text}),
    "Content-Encoding": lambda text: send(post, "POST", body=body(), headers={"content-encoding": text}),
    "id in the path": lambda text: send(get, "GET", teleconsultation_id=text),
    "unknown field": lambda text: send(post, "POST", body=body() | {text: 1}),
    "whole body": lambda text: send(post, "POST", body=text),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
@pytest.mark.parametrize("request_with", PLACES.values(), ids=PLACES.keys())
def test_no_pattern_meets_a_long_text(
    service: Service, output: LambdaOutput, lengths: list[int], request_with: Request, text: str
) -> None:
    request_with(text)

    assert max(lengths, default=0) <= LONGEST_FOR_A_PATTERN


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_no_pattern_meets_a_long_text_about_a_visit(
    service: Service, output: LambdaOutput, lengths: list[int], text: str
) -> None:
    visit_id = service.create().id

    send(patch, "PATCH", teleconsultation_id=visit_id, body=SHORT_BODY, headers={"prefer": text})
    send(
        get,
        "GET",
        teleconsultation_id=visit_id,
        join=True,
        headers={"authorization": f"Bearer {text}"},
    )
    send(get, "GET", teleconsultation_id=visit_id, query={"language": text})

    assert lengths
    assert max(lengths) <= LONGEST_FOR_A_PATTERN


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
@pytest.mark.parametrize("field", ["userExternalId", "resumeFrom"])
def test_no_pattern_meets_a_long_text_of_an_operator(
    service: Service, output: LambdaOutput, lengths: list[int], field: str, text: str
) -> None:
    with suppress(InvalidEventError):
        erase({"userExternalId": "p"} | {field: text}, lambda_context())

    assert max(lengths, default=0) <= LONGEST_FOR_A_PATTERN


def test_the_patterns_are_watched(service: Service, output: LambdaOutput, lengths: list[int]) -> None:
    send(post, "POST", body=json.dumps(body()), headers={"idempotency-key": "k"})

    assert len(lengths) >= 8
