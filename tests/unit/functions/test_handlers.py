"""The four handlers: event in, response out."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from icalendar import Calendar

from functions.create_teleconsultation.app import lambda_handler as create
from functions.delete_teleconsultation.app import lambda_handler as delete
from functions.get_teleconsultation.app import lambda_handler as get
from functions.update_teleconsultation.app import lambda_handler as update
from teleconsultation import bootstrap
from teleconsultation.domain.errors import ProviderUnavailableError
from teleconsultation.edge.http import ORIGINAL_STAGE
from tests.fakes.api_gateway import MANAGER, http_event, lambda_context
from tests.fakes.effects import failing
from tests.fakes.lambda_output import LambdaOutput
from tests.fakes.samples import START, doctor, patient
from tests.fakes.service import Service

type Json = dict[str, Any]
type Handler = Callable[[Json, LambdaContext], Json]

HANDLERS: dict[str, Handler] = {"POST": create, "PATCH": update, "DELETE": delete, "GET": get}
BODY: Json = {
    "participants": {
        "number": 2,
        "data": [
            {"userExternalId": "doctor-1", "groups": ["doctor"], "fullName": "Anna Neri"},
            {"userExternalId": "patient-1", "groups": ["patient"], "fullName": "Joe Smith"},
        ],
    },
    "start_date": "2026-12-01T15:30:00.000Z",
    "duration_in_seconds": 3600,
}
PATIENT = {"sub": "patient-1", "scope": "openid"}
CALENDAR_FILES = {"prefer": "include=invitations"}


def call(method: str, **parts: Any) -> Json:
    """Call the function behind a method."""
    return HANDLERS[method](http_event(method, **parts), lambda_context())


def event_of(file: str) -> Any:
    """Return the one event of a calendar file, as the library reads it."""
    [event] = Calendar.from_ical(file).walk("VEVENT")
    assert not event.errors
    return event


def code_of(response: Json) -> str:
    code: str = json.loads(response["body"])["code"]
    return code


@pytest.fixture(autouse=True)
def quiet(output: LambdaOutput) -> LambdaOutput:
    return output


class TestCreate:
    def test_the_answer_names_the_teleconsultation_and_its_page(self, service: Service) -> None:
        response = call("POST", body=BODY)

        [stored] = service.teleconsultations.everything()
        page = f"https://visits.example/teleconsultation/{stored.id}"
        assert response["statusCode"] == 201
        assert json.loads(response["body"]) == {
            "roomId": stored.id,
            "teleconsultationUrl": page,
            "reference": None,
            "metadata": {},
            "participants": [
                {"userExternalId": user_id, "joinUrl": f"{page}#j={secret}"}
                for user_id, secret in service.secrets(stored.id).items()
            ],
        }
        assert response["headers"]["location"] == f"/api/teleconsultation/{stored.id}"
        assert response["headers"]["etag"] == f'"{stored.version}"'
        assert response["headers"]["content-type"] == "application/json"

    def test_a_caller_of_the_original_gets_the_id_and_the_address_it_knows(self, service: Service) -> None:
        body = {**BODY, "duration_in_seconds": "3600", "tenant": "north"}

        response = call("POST", body=body, stage=ORIGINAL_STAGE)

        [stored] = service.teleconsultations.everything()
        assert response["statusCode"] == 201
        assert json.loads(response["body"]) == {"roomId": stored.id}
        assert response["headers"]["location"] == f"/api/v1/telecons-be/teleconsultation/{stored.id}"

    def test_a_caller_of_the_original_gets_the_join_links_if_it_says_so(self, service: Service) -> None:
        headers = {"Prefer": "return=representation"}

        response = call("POST", body=BODY, headers=headers, stage=ORIGINAL_STAGE)

        assert [one["userExternalId"] for one in json.loads(response["body"])["participants"]] == list(
            service.secrets(service.teleconsultations.everything()[0].id)
        )

    def test_with_a_key_the_same_request_again_gets_the_same_answer(self, service: Service) -> None:
        first, again = (call("POST", body=BODY, headers={"Idempotency-Key": "k"}) for _ in range(2))

        assert again == first
        assert len(service.rooms.rooms) == 1

    def test_another_callers_key_is_another_key(self, service: Service) -> None:
        for caller in ("one", "two"):
            call("POST", body=BODY, claims={**MANAGER, "sub": caller}, headers={"Idempotency-Key": "k"})

        assert len(service.rooms.rooms) == 2

    def test_a_key_that_was_used_for_another_body_is_refused(self, service: Service) -> None:
        call("POST", body=BODY, headers={"Idempotency-Key": "k"})

        response = call("POST", body={**BODY, "duration_in_seconds": 1800}, headers={"Idempotency-Key": "k"})

        assert (response["statusCode"], code_of(response)) == (422, "idempotency_key_reused")
        assert len(service.rooms.rooms) == 1

    def test_while_the_first_is_running_the_answer_says_when_to_come_back(self, service: Service) -> None:
        answers: list[Json] = []
        service.effects.before(
            "create_room",
            lambda: answers.append(call("POST", body=BODY, headers={"Idempotency-Key": "k"})),
        )

        call("POST", body=BODY, headers={"Idempotency-Key": "k"})

        [answer] = answers
        assert (answer["statusCode"], code_of(answer)) == (409, "request_under_way")
        assert answer["headers"]["retry-after"] == "1"

    def test_a_caller_who_prefers_it_gets_everybodys_calendar_file(self, service: Service) -> None:
        body = {**BODY, "participants": {"number": 2, "data": [*BODY["participants"]["data"]]}}
        body["participants"]["data"][1] = body["participants"]["data"][1] | {"language": "it"}

        response = call("POST", body=body, headers=CALENDAR_FILES)

        people = json.loads(response["body"])["participants"]
        events = [event_of(person["invitation"]) for person in people]
        assert response["headers"]["preference-applied"] == "include=invitations"
        assert [event["URL"] for event in events] == [person["joinUrl"] for person in people]
        assert [event["SUMMARY"] for event in events] == ["Video call", "Videochiamata"]
        assert {event.decoded("DTSTAMP") for event in events} == {
            service.teleconsultations.everything()[0].updated_at
        }

    def test_nobody_gets_a_calendar_file_unasked(self, service: Service) -> None:
        response = call("POST", body=BODY, headers={"prefer": "return=representation"})

        assert "preference-applied" not in response["headers"]
        assert all("invitation" not in one for one in json.loads(response["body"])["participants"])

    def test_a_repetition_with_the_key_gets_the_same_calendar_files_later(self, service: Service) -> None:
        headers = {**CALENDAR_FILES, "Idempotency-Key": "k"}

        first = call("POST", body=BODY, headers=headers)
        service.clock.now += timedelta(minutes=10)
        again = call("POST", body=BODY, headers=headers)

        assert again == first

    def test_without_join_links_there_are_no_calendar_files(self, service: Service) -> None:
        service.join_secrets = None

        response = call("POST", body=BODY, headers=CALENDAR_FILES)

        assert "preference-applied" not in response["headers"]
        assert "VCALENDAR" not in response["body"]

    def test_a_caller_of_the_original_gets_them_with_the_links_or_not_at_all(self, service: Service) -> None:
        without = call("POST", body=BODY, headers=CALENDAR_FILES, stage=ORIGINAL_STAGE)
        both = {"prefer": "return=representation, include=invitations"}
        with_links = call("POST", body=BODY, headers=both, stage=ORIGINAL_STAGE)

        assert (json.loads(without["body"]).keys(), without["headers"].get("preference-applied")) == (
            {"roomId"},
            None,
        )
        assert with_links["headers"]["preference-applied"] == "include=invitations"
        assert with_links["body"].count("BEGIN:VCALENDAR") == 2

    def test_where_join_links_are_switched_off_it_names_nobody(self, service: Service) -> None:
        service.join_secrets = None

        response = call("POST", body=BODY)

        assert "participants" not in json.loads(response["body"])

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (None, "invalid_request"),
            ("[]", "invalid_request"),
            (BODY | {"participants": ["a", "b"]}, "unknown_participant"),
            (BODY | {"duration_in_seconds": 299}, "invalid_request"),
        ],
        ids=["missing", "list", "unknown ids", "too short"],
    )
    def test_a_refused_body_writes_nothing(self, service: Service, body: object, code: str) -> None:
        response = call("POST", body=body)

        assert (response["statusCode"], code_of(response)) == (400, code)
        assert service.effects.log == []

    def test_a_deployment_without_a_page_address_makes_nothing(self, service: Service) -> None:
        event = http_event("POST", body=BODY)
        del event["stageVariables"]

        response = create(event, lambda_context())

        assert response["statusCode"] == 500
        assert service.effects.log == []


class TestUpdate:
    def test_the_answer_is_the_new_version(self, service: Service) -> None:
        created = service.create()

        response = call(
            "PATCH",
            teleconsultation_id=created.id,
            body={"start_date": "2026-12-02T15:30:00Z"},
            headers={"If-Match": f'"{created.version}"'},
        )

        assert (response["statusCode"], "body" in response) == (204, False)
        assert response["headers"]["etag"] == f'"{service.stored(created.id).version}"'
        assert service.stored(created.id).version == created.version + 1

    @pytest.mark.parametrize(
        ("if_match", "status"), [('"1"', 412), ('W/"2"', 412), ("2", 400), ("*", 204), ('"1", "2"', 204)]
    )
    def test_the_condition_is_heard(self, service: Service, if_match: str, status: int) -> None:
        created = service.create()
        assert created.version == 2

        response = call(
            "PATCH",
            teleconsultation_id=created.id,
            body={"start_date": "2026-12-02T15:30:00Z"},
            headers={"if-match": if_match},
        )

        assert response["statusCode"] == status

    @pytest.mark.parametrize(
        ("if_none_match", "status"), [("*", 412), ('"2"', 412), ('"1"', 204), ("2", 400)]
    )
    def test_a_change_of_what_must_not_be_there_is_refused(
        self, service: Service, if_none_match: str, status: int
    ) -> None:
        created = service.create()

        response = call(
            "PATCH",
            teleconsultation_id=created.id,
            body={"start_date": "2026-12-02T15:30:00Z"},
            headers={"if-none-match": if_none_match},
        )

        assert response["statusCode"] == status

    @pytest.mark.parametrize("prefer", [None, "return=minimal", "respond-async"])
    def test_links_are_not_shown_unasked(self, service: Service, prefer: str | None) -> None:
        created = service.create()

        response = call(
            "PATCH",
            teleconsultation_id=created.id,
            body={"renewJoinLinks": ["patient-1"]},
            headers={} if prefer is None else {"prefer": prefer},
        )

        assert (response["statusCode"], "body" in response) == (204, False)
        assert "preference-applied" not in response["headers"]

    def test_a_caller_who_prefers_it_is_shown_everybodys_links(self, service: Service) -> None:
        first = json.loads(call("POST", body=BODY)["body"])

        response = call(
            "PATCH",
            teleconsultation_id=first["roomId"],
            body={"start_date": "2026-12-02T15:30:00Z"},
            headers={"Prefer": "return=representation"},
        )

        assert response["statusCode"] == 200
        assert json.loads(response["body"]) == first
        assert response["headers"] == {
            "cache-control": "no-store, no-transform",
            "content-type": "application/json",
            "etag": f'"{service.stored(first["roomId"]).version}"',
            "preference-applied": "return=representation",
        }

    def test_a_renewed_link_is_shown_and_the_others_are_as_before(self, service: Service) -> None:
        created = service.create()
        before = service.secrets(created.id)

        response = call(
            "PATCH",
            teleconsultation_id=created.id,
            body={"renewJoinLinks": ["patient-1"]},
            headers={"prefer": "return=representation"},
        )

        doctors, patients = json.loads(response["body"])["participants"]
        assert doctors["joinUrl"].endswith(f"#j={before['doctor-1']}")
        assert patients["joinUrl"].endswith(f"#j={service.secrets(created.id)['patient-1']}")
        assert before["patient-1"] not in response["body"]

    def test_a_deployment_without_a_page_address_changes_nothing(self, service: Service) -> None:
        created = service.create()
        event = http_event("PATCH", teleconsultation_id=created.id, body={"renewJoinLinks": ["patient-1"]})
        del event["stageVariables"]

        response = update(event, lambda_context())

        assert response["statusCode"] == 500
        assert service.stored(created.id) == created

    def test_an_old_room_left_at_the_provider_is_no_failure(self, service: Service) -> None:
        created = service.create()
        service.effects.before("delete_room", failing(ProviderUnavailableError()))

        response = call("PATCH", teleconsultation_id=created.id, body={"duration_in_seconds": 7200})

        assert response["statusCode"] == 204

    def test_a_merge_patch_by_its_own_name_is_accepted(self, service: Service) -> None:
        created = service.create()

        response = call(
            "PATCH",
            teleconsultation_id=created.id,
            body={"duration_in_seconds": 7200},
            headers={"content-type": "application/merge-patch+json"},
        )

        assert response["statusCode"] == 204


class TestDelete:
    def test_once_and_again(self, service: Service) -> None:
        created = service.create()

        responses = [call("DELETE", teleconsultation_id=created.id) for _ in range(2)]

        assert [response["statusCode"] for response in responses] == [204, 204]
        assert service.rooms.rooms == {}
        gone = call("GET", teleconsultation_id=created.id)
        assert (gone["statusCode"], code_of(gone)) == (410, "deleted")

    @pytest.mark.parametrize("header", [{"if-match": '"1"'}, {"if-none-match": "*"}], ids=str)
    def test_the_condition_is_heard(self, service: Service, header: dict[str, str]) -> None:
        created = service.create()

        response = call("DELETE", teleconsultation_id=created.id, headers=header)

        assert response["statusCode"] == 412
        assert service.stored(created.id).deleted_at is None

    def test_a_failing_provider_is_told_and_repeating_helps(self, service: Service) -> None:
        created = service.create()
        service.effects.before("delete_room", failing(ProviderUnavailableError(retry_after_seconds=9)))

        first = call("DELETE", teleconsultation_id=created.id)
        second = call("DELETE", teleconsultation_id=created.id)

        assert (first["statusCode"], first["headers"]["retry-after"]) == (503, "9")
        assert second["statusCode"] == 204


class TestGet:
    def test_before_the_door_opens(self, service: Service) -> None:
        created = service.create()

        response = call("GET", teleconsultation_id=created.id, claims=PATIENT)

        me, other = created.participants[1], created.participants[0]
        assert response["statusCode"] == 200
        assert json.loads(response["body"]) == {
            "roomId": created.id,
            "state": "SCHEDULED",
            "serverTime": "2026-12-01T12:00:00.000Z",
            "startDate": "2026-12-01T15:30:00.000Z",
            "endDate": "2026-12-01T16:30:00.000Z",
            "opensAt": "2026-12-01T15:20:00.000Z",
            "closesAt": "2026-12-01T16:45:00.000Z",
            "retryAfterSeconds": 60,
            "bandyerUserId": me.bandyer_user_id,
            "accessLinkURL": None,
            "participantsBandyerCall": [
                {
                    "bandyerUserId": other.bandyer_user_id,
                    "fullName": "Anna Neri",
                    "role": "plus",
                    "waitingSince": None,
                },
                {
                    "bandyerUserId": me.bandyer_user_id,
                    "fullName": "Joe Smith",
                    "role": "basic",
                    "waitingSince": None,
                },
            ],
            "language": None,
            "recording": "none",
            "notice": None,
        }
        assert response["headers"]["etag"] == f'"{created.version}"'
        assert response["headers"]["retry-after"] == "60"
        assert response["headers"]["cache-control"] == "no-store, no-transform"

    def test_the_original_answers_participants_only(self, service: Service) -> None:
        created = service.create()

        ours = call("GET", teleconsultation_id=created.id)
        originals = call("GET", teleconsultation_id=created.id, stage=ORIGINAL_STAGE)
        participants = call("GET", teleconsultation_id=created.id, claims=PATIENT, stage=ORIGINAL_STAGE)

        assert ours["statusCode"] == 200
        assert (originals["statusCode"], json.loads(originals["body"])["error"]) == (401, "Unauthorized user")
        assert participants["statusCode"] == 200

    def test_while_it_is_open_the_link_speaks_the_language_asked_for(self, service: Service) -> None:
        created = service.create()
        service.clock.now = START

        response = call("GET", teleconsultation_id=created.id, claims=PATIENT, query={"language": "es"})

        body = json.loads(response["body"])
        assert (body["state"], body["language"]) == ("OPEN", "es")
        assert body["accessLinkURL"].endswith("?display_name=Joe%20Smith&language=es")

    @pytest.mark.parametrize("value", ["", "1", "TRUE", "true,false", "image"])
    def test_only_true_and_false_decide_on_the_background(self, service: Service, value: str) -> None:
        created = service.create()
        service.clock.now = START

        def link(**query: str) -> str:
            response = call("GET", teleconsultation_id=created.id, claims=PATIENT, query=query)
            return str(json.loads(response["body"])["accessLinkURL"])

        assert link(useBackground="true").endswith("&virtual_background=image")
        assert link(useBackground=value) == link(useBackground="false") == link()

    def test_the_groups_with_a_background_come_with_the_event(self, service: Service) -> None:
        created = service.create()
        service.clock.now = START
        event = http_event(teleconsultation_id=created.id, claims=PATIENT)
        event["stageVariables"]["backgroundGroups"] = ",vip,patient"

        body = json.loads(get(event, lambda_context())["body"])

        assert body["accessLinkURL"].endswith("&virtual_background=image")

    def test_details_are_answered_to_those_who_ask_and_to_callers_of_the_original(
        self, service: Service
    ) -> None:
        created = service.create()

        def body(**parts: Any) -> Json:
            response = call("GET", teleconsultation_id=created.id, claims=PATIENT, **parts)
            return dict(json.loads(response["body"]))

        assert "details" not in body() | body(query={"details": "false"})
        assert body(query={"details": "true"})["details"] == body(stage=ORIGINAL_STAGE)["details"]
        assert body(stage=ORIGINAL_STAGE)["details"] == {
            "recording": "none",
            "recordingStatus": None,
            "callType": "audio_video",
            "description": None,
            "status": None,
            "disabled": False,
            "creationDate": "2026-12-01T12:00:00.000Z",
            "durationInSeconds": 3600 + 600 + 900,
            "durationUsedInSeconds": None,
            "live": True,
        }

    def test_details_are_null_without_a_room(self, service: Service) -> None:
        created = service.create((patient(),), number=2)

        response = call("GET", teleconsultation_id=created.id, claims=PATIENT, stage=ORIGINAL_STAGE)

        assert json.loads(response["body"])["details"] is None

    def test_a_room_of_an_earlier_version_has_details_as_far_as_they_are_known(
        self, service: Service
    ) -> None:
        created = service.create()
        assert created.room is not None
        service.teleconsultations.replace(
            replace(created, room=replace(created.room, call_settings=None), version=created.version + 1),
            expected_version=created.version,
        )

        response = call("GET", teleconsultation_id=created.id, claims=PATIENT, query={"details": "true"})

        details = json.loads(response["body"])["details"]
        assert (details["recording"], details["callType"], details["live"]) == (None, None, None)
        assert details["durationInSeconds"] == 3600 + 600 + 900

    def test_when_it_is_over_there_is_nothing_to_wait_for(self, service: Service) -> None:
        created = service.create()
        service.clock.advance(seconds=86_400)

        response = call("GET", teleconsultation_id=created.id, claims=PATIENT)

        assert json.loads(response["body"])["retryAfterSeconds"] is None
        assert "retry-after" not in response["headers"]

    def test_a_day_after_the_door_closed_it_names_nobody(self, service: Service) -> None:
        created = service.create()
        service.clock.now = START + timedelta(seconds=3600 + 900 + 86_400)

        body = json.loads(call("GET", teleconsultation_id=created.id, claims=PATIENT)["body"])

        assert (body["state"], body["participantsBandyerCall"]) == ("ENDED", [])
        assert body["bandyerUserId"] == created.participants[1].bandyer_user_id
        assert (body["startDate"], body["closesAt"]) == (
            "2026-12-01T15:30:00.000Z",
            "2026-12-01T16:45:00.000Z",
        )

    def test_a_manager_has_no_id_of_their_own_in_it(self, service: Service) -> None:
        created = service.create()

        body = json.loads(call("GET", teleconsultation_id=created.id)["body"])

        assert (body["bandyerUserId"], body["accessLinkURL"]) == (None, None)

    @pytest.mark.parametrize("claims", [{"sub": "stranger"}, {"username": "patient-1"}, {}], ids=str)
    def test_a_stranger_is_refused(self, service: Service, claims: dict[str, str]) -> None:
        created = service.create()

        response = call("GET", teleconsultation_id=created.id, claims=claims)

        assert (response["statusCode"], code_of(response)) == (403, "not_a_participant")


class TestJoin:
    def join(self, teleconsultation_id: str, authorization: str | None, **parts: Any) -> Json:
        headers = {} if authorization is None else {"authorization": authorization}
        return call("GET", teleconsultation_id=teleconsultation_id, join=True, headers=headers, **parts)

    @pytest.mark.parametrize("user_id", ["doctor-1", "patient-1"])
    def test_a_join_link_gives_what_a_token_of_the_same_person_gives(
        self, service: Service, user_id: str
    ) -> None:
        created = service.create()
        service.clock.now = START

        by_link = self.join(created.id, f"Bearer {service.secrets(created.id)[user_id]}")

        assert by_link == call("GET", teleconsultation_id=created.id, claims={"sub": user_id})
        assert by_link["statusCode"] == 200
        assert json.loads(by_link["body"])["accessLinkURL"]

    def test_it_speaks_the_language_asked_for(self, service: Service) -> None:
        created = service.create()
        secret = service.secrets(created.id)["patient-1"]

        response = self.join(created.id, f"Bearer {secret}", query={"language": "es"})

        assert json.loads(response["body"])["language"] == "es"

    @pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic x"], ids=repr)
    @pytest.mark.parametrize("known", [True, False], ids=["known id", "unknown id"])
    def test_who_shows_no_secret_is_asked_for_one(
        self, service: Service, authorization: str | None, *, known: bool
    ) -> None:
        created = service.create()

        response = self.join(created.id if known else "0" * 24, authorization)

        assert (response["statusCode"], code_of(response)) == (401, "missing_credentials")
        assert response["headers"]["www-authenticate"] == "Bearer"

    def test_every_link_that_leads_nowhere_is_refused_alike(self, service: Service) -> None:
        created = service.create()
        other = service.create()
        old = service.secrets(created.id)
        service.update(created.id, invitees=(doctor(), patient("patient-2")))
        service.update(created.id, renew_join_links=("doctor-1",))
        valid = f"Bearer {service.secrets(other.id)['patient-1']}"

        answers = [
            self.join(created.id, "Bearer wrong"),
            self.join(created.id, f"Bearer {old['patient-1']}"),
            self.join(created.id, f"Bearer {old['doctor-1']}"),
            self.join(created.id, valid),
            self.join("0" * 24, valid),
            self.join("nonsense", valid),
        ]

        assert (answers[0]["statusCode"], code_of(answers[0])) == (403, "not_a_participant")
        assert all(answer == answers[0] for answer in answers)

    def test_after_the_deletion_its_holder_is_told(self, service: Service) -> None:
        created = service.create()
        secret = service.secrets(created.id)["patient-1"]
        service.delete(created.id)

        told, wrong = self.join(created.id, f"Bearer {secret}"), self.join(created.id, "Bearer wrong")

        assert (told["statusCode"], code_of(told)) == (410, "deleted")
        assert (wrong["statusCode"], code_of(wrong)) == (403, "not_a_participant")

    def test_where_join_links_are_switched_off_none_is_accepted(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        created = service.create()
        secret = service.secrets(created.id)["patient-1"]
        off = replace(bootstrap.settings(), join_links=False)
        monkeypatch.setattr(bootstrap, "settings", lambda: off)

        response = self.join(created.id, f"Bearer {secret}")

        assert (response["statusCode"], code_of(response)) == (403, "not_a_participant")

    def test_no_secret_is_taken_where_a_token_is_asked_for(self, service: Service) -> None:
        created = service.create()
        secret = service.secrets(created.id)["patient-1"]

        response = call(
            "GET",
            teleconsultation_id=created.id,
            claims={"sub": "stranger"},
            headers={"authorization": f"Bearer {secret}"},
        )

        assert (response["statusCode"], code_of(response)) == (403, "not_a_participant")

    @pytest.mark.parametrize("claims", [PATIENT, MANAGER], ids=["participant", "manager"])
    def test_no_token_is_taken_where_a_secret_is_asked_for(
        self, service: Service, claims: dict[str, str]
    ) -> None:
        # Not even on a route that somebody gave an authorizer.
        created = service.create()
        event = http_event(
            teleconsultation_id=created.id, join=True, headers={"authorization": "Bearer eyJ.a.token"}
        )
        event["requestContext"]["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}

        response = get(event, lambda_context())

        assert (response["statusCode"], code_of(response)) == (403, "not_a_participant")


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_without_the_scope_nothing_is_managed(service: Service, method: str) -> None:
    created = service.create()
    service.effects.forget()

    response = call(method, teleconsultation_id=created.id, body=BODY, claims=PATIENT)

    assert (response["statusCode"], code_of(response)) == (403, "insufficient_scope")
    assert service.effects.log == []


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "GET"])
@pytest.mark.parametrize("teleconsultation_id", ["0" * 24, "nonsense", "%2e%2e"])
def test_what_does_not_exist_is_not_found(service: Service, method: str, teleconsultation_id: str) -> None:
    response = call(method, teleconsultation_id=teleconsultation_id, body={"duration_in_seconds": 7200})

    assert (response["statusCode"], code_of(response)) == (404, "not_found")


def test_nothing_of_anybody_is_written_whatever_happens(service: Service, output: LambdaOutput) -> None:
    people = (doctor("canary-d", full_name="Canary D"), patient("canary-p", full_name="Canary P"))
    created = service.create(people)
    here = {"teleconsultation_id": created.id}
    canary_body = json.loads(json.dumps(BODY).replace("Joe Smith", "Canary").replace("patient-1", "canary"))
    secrets = service.secrets(created.id)
    shown = {"prefer": "return=representation"}
    service.clock.now = START

    answers = [
        call("POST", body=canary_body),
        call("POST", body=canary_body | {"start_date": "canary"}),
        call("POST", body=canary_body | {"canary": "canary"}),
        call("GET", **here, claims={"sub": "canary-p", "email": "canary"}, query={"language": "canary"}),
        call("GET", **here, claims={"sub": "canary-x"}),
        call("GET", teleconsultation_id="canary"),
        call("PATCH", **here, body={"participants": ["canary-d", "canary-x"]}),
        call("PATCH", **here, body={"duration_in_seconds": 7200}, headers={"if-match": "canary"}),
        call("PATCH", **here, body={"duration_in_seconds": 7200}),
        call("GET", **here, join=True, headers={"authorization": f"Bearer {secrets['canary-p']}"}),
        call("GET", **here, join=True, headers={"authorization": "Bearer canary"}),
        call("GET", **here, join=True, headers={"authorization": "canary"}),
        call("PATCH", **here, body={"renewJoinLinks": ["canary-x"]}),
        call("PATCH", **here, body={"renewJoinLinks": ["canary-p"]}, headers=shown),
        call("DELETE", **here, headers={"authorization": "Bearer canary"}),
    ]

    assert [answer["statusCode"] for answer in answers] == [
        *(201, 400, 400, 200, 403, 404, 400, 400, 409),
        *(200, 403, 401, 400, 200, 204),
    ]
    assert len(output.logs) == len(output.metrics) == len(answers)
    written = output.text.lower()
    for person in service.stored(created.id).participants:
        assert person.join_pass is not None
        assert person.join_pass.digest not in written
        assert person.join_pass.nonce not in written
    for secret in (*secrets.values(), *service.secrets(created.id).values()):
        assert secret.lower() not in written
    assert not any(secret in written for secret in ("canary", "usr_", "provider.test", "bearer", "#j="))


@pytest.mark.parametrize(
    ("method", "outcome"),
    [
        ("POST", "TeleconsultationCreated"),
        ("PATCH", "TeleconsultationUpdated"),
        ("GET", "TeleconsultationRead"),
        ("DELETE", "TeleconsultationDeleted"),
    ],
)
def test_each_success_is_counted_under_its_own_name(
    service: Service, output: LambdaOutput, method: str, outcome: str
) -> None:
    created = service.create()

    call(method, teleconsultation_id=created.id, body=BODY)

    [metric] = output.metrics
    assert metric[outcome] == [1.0]
