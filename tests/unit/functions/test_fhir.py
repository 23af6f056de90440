"""GET's answer to those who prefer FHIR: an Appointment of R4 with what the caller may see, and no more."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.get_teleconsultation.app import lambda_handler
from teleconsultation.domain.model import Ending, Outcome, Teleconsultation
from teleconsultation.edge.http import ORIGINAL_STAGE
from teleconsultation.use_cases.read import NAMES_SHOWN_AFTER_CLOSING
from tests.fakes.api_gateway import http_event, lambda_context
from tests.fakes.lambda_output import LambdaOutput
from tests.fakes.samples import END, START, doctor, patient
from tests.fakes.service import Service
from tests.fhir_definitions import DATA_ABSENT_REASON, appointment, virtual_service_link

type Json = dict[str, Any]

FHIR = "application/fhir+json"
CONTENT_TYPE = "application/fhir+json; fhirVersion=4.0"
PATIENT = {"sub": "patient-1"}
MASKED = {"actor": {"extension": [{"url": DATA_ABSENT_REASON, "valueCode": "masked"}]}, "status": "accepted"}
LONG_AFTER = END + timedelta(minutes=15) + NAMES_SHOWN_AFTER_CLOSING


@pytest.fixture(autouse=True)
def quiet(output: LambdaOutput) -> LambdaOutput:
    return output


@pytest.fixture
def visit(service: Service) -> Teleconsultation:
    return service.create()


def ask(
    visit: Teleconsultation, *, accept: str = FHIR, headers: dict[str, str] | None = None, **parts: Any
) -> Json:
    event = http_event(teleconsultation_id=visit.id, headers={"Accept": accept, **(headers or {})}, **parts)
    return lambda_handler(event, lambda_context())


def resource_of(answer: Json) -> Json:
    assert (answer["statusCode"], answer["headers"]["content-type"]) == (200, CONTENT_TYPE)
    return appointment(answer["body"])


def ended(service: Service, visit: Teleconsultation, ending: Ending) -> None:
    service.teleconsultations.replace(
        replace(visit, version=visit.version + 1, ending=ending), expected_version=visit.version
    )


def test_a_participant_gets_the_times_the_names_and_the_page(visit: Teleconsultation) -> None:
    answer = ask(visit, claims=PATIENT)

    resource = resource_of(answer)
    assert virtual_service_link(resource) == f"https://visits.example/teleconsultation/{visit.id}"
    del resource["extension"]
    participation = {
        "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
        "code": "PART",
    }
    assert resource == {
        "resourceType": "Appointment",
        "id": visit.id,
        "meta": {"versionId": str(visit.version), "lastUpdated": "2026-12-01T12:00:00.000Z"},
        "identifier": [{"system": "https://visits.example/teleconsultation", "value": visit.id}],
        "status": "booked",
        "start": "2026-12-01T15:30:00.000Z",
        "end": "2026-12-01T16:30:00.000Z",
        "minutesDuration": 60,
        "created": "2026-12-01T12:00:00.000Z",
        "participant": [
            {
                "type": [{"coding": [participation], "text": role}],
                "actor": {"display": name},
                "status": "accepted",
            }
            for name, role in (("Anna Neri", "plus"), ("Joe Smith", "basic"))
        ],
    }


def test_nobody_is_told_an_id_of_a_person_or_a_personal_link(
    service: Service, visit: Teleconsultation
) -> None:
    service.clock.now = START
    secrets = service.secrets(visit.id)

    answers = [
        ask(visit, claims=PATIENT),
        ask(visit),
        ask(visit, join=True, headers={"authorization": f"Bearer {secrets['patient-1']}"}),
    ]

    personal = {
        *secrets.values(),
        *(value for person in visit.participants for value in (person.external_id, person.bandyer_user_id)),
        "provider.test",
        "#j=",
    }
    assert [answer["statusCode"] for answer in answers] == [200, 200, 200]
    assert len({answer["body"] for answer in answers}) == 1
    assert not any(value in json.dumps(answer) for answer in answers for value in personal)


def test_a_visit_that_lacks_people_is_pending(service: Service) -> None:
    visit = service.create((patient(),), number=2)

    resource = resource_of(ask(visit))

    assert resource["status"] == "pending"
    assert [one["actor"]["display"] for one in resource["participant"]] == ["Joe Smith"]


def test_a_visit_of_nobody_yet_has_a_participant_who_is_not_known(service: Service) -> None:
    visit = service.create()
    service.update(visit.id, invitees=())

    [participant] = resource_of(ask(visit))["participant"]

    assert participant["status"] == "needs-action"
    assert participant["actor"]["extension"][0]["valueCode"] == "temp-unknown"


def test_a_day_after_the_close_nobody_is_named(service: Service, visit: Teleconsultation) -> None:
    service.clock.now = LONG_AFTER

    answers = [ask(visit), ask(visit, claims=PATIENT)]

    for answer in answers:
        assert resource_of(answer)["participant"] == [MASKED]
        assert "Joe Smith" not in answer["body"]


def test_an_erased_person_is_named_nowhere(service: Service, visit: Teleconsultation) -> None:
    service.erase("patient-1")

    resource = resource_of(ask(visit))

    assert [one["actor"]["display"] for one in resource["participant"]] == ["Anna Neri"]


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        (Ending(outcome=Outcome.HELD), "fulfilled"),
        (Ending(outcome=Outcome.NO_SHOW, absent_seats=(1,)), "noshow"),
        (Ending(outcome=Outcome.NOT_HELD), "booked"),
        (Ending(outcome=Outcome.UNKNOWN), "booked"),
    ],
)
def test_only_a_manager_learns_what_became_of_a_visit(
    service: Service, visit: Teleconsultation, ending: Ending, status: str
) -> None:
    ended(service, visit, ending)

    managers, patients = resource_of(ask(visit)), resource_of(ask(visit, claims=PATIENT))

    assert (managers["status"], patients["status"]) == (status, "booked")


def test_whoever_has_it_is_not_sent_it_again(visit: Teleconsultation) -> None:
    tag = ask(visit)["headers"]["etag"]

    for held in (tag, f"W/{tag}", f'"1", {tag}', "*"):
        answer = ask(visit, headers={"If-None-Match": held})
        assert answer == {
            "statusCode": 304,
            "headers": {"cache-control": "no-store, no-transform", "etag": tag, "vary": "Accept"},
        }


@pytest.mark.parametrize("held", ["", "x", '"0-fhir-00000000"', '"2"', ",,", '*, "2"', "W/*", '"' * 2000])
def test_whoever_holds_something_else_gets_it(visit: Teleconsultation, held: str) -> None:
    answer = ask(visit, headers={"if-none-match": held})

    resource_of(answer)


def test_the_tag_changes_with_all_that_is_answered(service: Service, visit: Teleconsultation) -> None:
    def tag(**parts: Any) -> str:
        return str(ask(visit, **parts)["headers"]["etag"])

    booked = tag()
    service.update(visit.id, start_date=START + timedelta(hours=1))
    moved = tag()
    ended(service, service.stored(visit.id), Ending(outcome=Outcome.HELD))
    held, told_to_the_patient = tag(), tag(claims=PATIENT)
    service.clock.now = LONG_AFTER + timedelta(hours=1)
    nameless = tag()

    assert len({booked, moved, held, told_to_the_patient, nameless}) == 5
    assert tag() == nameless
    assert booked.startswith(f'"{visit.version}-fhir-')


def test_a_tag_of_this_type_names_no_version_to_change(visit: Teleconsultation) -> None:
    plain = ask(visit, accept="application/json")["headers"]["etag"]

    assert plain == f'"{visit.version}"' != ask(visit)["headers"]["etag"]


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "application/fhir+json;fhirVersion=5.0"])
def test_everybody_else_gets_the_call_data(visit: Teleconsultation, accept: str) -> None:
    answer = ask(visit, accept=accept)

    assert (answer["statusCode"], answer["headers"]["content-type"]) == (200, "application/json")
    assert answer["headers"]["vary"] == "Accept"
    assert json.loads(answer["body"])["roomId"] == visit.id


def test_the_originals_address_has_no_such_type(visit: Teleconsultation) -> None:
    answer = ask(visit, claims=PATIENT, stage=ORIGINAL_STAGE)

    assert answer["headers"]["content-type"] == "application/json"
    assert "vary" not in answer["headers"]


def test_a_refusal_is_a_problem_document_as_ever(service: Service, visit: Teleconsultation) -> None:
    stranger = ask(visit, claims={"sub": "somebody"})
    service.delete(visit.id)
    late = ask(visit, claims=PATIENT, headers={"if-none-match": "*"})

    assert [(one["statusCode"], json.loads(one["body"])["code"]) for one in (stranger, late)] == [
        (403, "not_a_participant"),
        (410, "deleted"),
    ]
    assert (
        stranger["headers"]["content-type"] == late["headers"]["content-type"] == "application/problem+json"
    )


def test_names_in_every_script_are_carried(service: Service) -> None:
    name = 'Zoë "Ω" 李 \\ </script>'
    visit = service.create((doctor(), patient(full_name=name)))

    resource = resource_of(ask(visit))

    assert resource["participant"][1]["actor"]["display"] == name
