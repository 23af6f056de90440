"""The function that erases a person: what it takes, what it reports, and what it never says."""

import json
from typing import Any

import pytest

from functions.erase_person.app import lambda_handler
from teleconsultation import bootstrap
from teleconsultation.domain.errors import ProviderRejectedError
from teleconsultation.edge.invocation import InvalidEventError, InvocationFailedError
from teleconsultation.settings import SettingsError
from tests.fakes.api_gateway import lambda_context
from tests.fakes.effects import failing
from tests.fakes.lambda_output import LambdaOutput
from tests.fakes.samples import doctor, patient
from tests.fakes.service import Service

CANARY = "canary-7f3a"


@pytest.fixture(autouse=True)
def quiet(output: LambdaOutput) -> LambdaOutput:
    return output


def erase(event: object, *, remaining_milliseconds: int = 900_000) -> dict[str, Any]:
    return lambda_handler(event, lambda_context(remaining_milliseconds=remaining_milliseconds))


def test_the_report_is_plain_json(service: Service) -> None:
    visit = service.create()

    report = erase({"userExternalId": "patient-1"})

    assert json.loads(json.dumps(report)) == {
        "complete": True,
        "stoppedBy": None,
        "resumeFrom": None,
        "teleconsultations": 1,
        "upcoming": [visit.id],
        "providerUsers": 1,
        "profileRemoved": True,
    }


def test_a_run_without_time_says_where_to_go_on(service: Service) -> None:
    visit = service.create()

    first = erase({"userExternalId": "patient-1"}, remaining_milliseconds=10_000)
    second = erase({"userExternalId": "patient-1", "resumeFrom": first["resumeFrom"]})

    assert (first["complete"], first["stoppedBy"], first["resumeFrom"]) == (False, "time", None)
    assert (second["complete"], second["upcoming"]) == (True, [visit.id])


def test_what_the_provider_refuses_is_said_with_its_code(service: Service) -> None:
    visit = service.create()
    service.effects.before("unregister", failing(ProviderRejectedError(provider_code="AuthenticationError")))

    report = erase({"userExternalId": "patient-1"})

    assert (report["complete"], report["stoppedBy"]) == (False, "provider: AuthenticationError")
    assert report["resumeFrom"] == visit.id


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        CANARY,
        {},
        {"userExternalId": None},
        {"userExternalId": ""},
        {"userExternalId": 7},
        {"userExternalId": [CANARY]},
        {"userExternalId": f"{CANARY}\n"},
        {"userExternalId": f"{CANARY}\ud800"},
        {"userExternalId": CANARY * 30},
        {"userId": CANARY},
        {"userExternalId": CANARY, CANARY: True},
        {"userExternalId": CANARY, "resumeFrom": CANARY},
        {"userExternalId": CANARY, "resumeFrom": 7},
        {"userExternalId": CANARY, "resumeFrom": ""},
    ],
    ids=lambda event: ascii(event)[:60],
)
def test_what_it_cannot_use_is_refused_with_what_it_wants(
    service: Service, output: LambdaOutput, event: object
) -> None:
    service.create((doctor(), patient(CANARY)))
    service.effects.forget()

    with pytest.raises(InvalidEventError, match=r"must be") as error:
        erase(event)

    assert service.effects.log == []
    assert CANARY not in str(error.value) + output.text


def test_nothing_of_the_person_is_written_or_reported(service: Service, output: LambdaOutput) -> None:
    visit = service.create((doctor(), patient(CANARY, full_name=CANARY)))

    report = erase({"userExternalId": CANARY})

    written = output.text + json.dumps(report)
    assert not any(word in written for word in (CANARY, "usr_", "provider.test", "erased-"))
    assert [line["message"] for line in output.logs] == ["emptying a seat", "erasure ran"]
    assert [line.get("teleconsultation_id") for line in output.logs] == [visit.id, None]


def test_of_what_was_not_foreseen_only_the_kind_is_said(service: Service, output: LambdaOutput) -> None:
    service.create((doctor(), patient(CANARY)))
    service.effects.before("replace", failing(KeyError(CANARY)))

    with pytest.raises(InvocationFailedError) as error:
        erase({"userExternalId": CANARY})

    assert str(error.value) == "unexpected KeyError; the function's log says where"
    assert error.value.__suppress_context__
    [_, line] = output.logs
    assert (line["message"], line["error_type"]) == ("unexpected error", "KeyError")
    assert "erase_person" in str(line["places"])
    assert CANARY not in output.text


def test_a_wrong_deployment_says_which_setting(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "settings", failing(SettingsError("TABLE_NAME is not set")))

    with pytest.raises(SettingsError, match="TABLE_NAME"):
        erase({"userExternalId": "patient-1"})
