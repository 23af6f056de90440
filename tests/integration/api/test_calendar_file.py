"""A visit's life in a calendar, through the API: added, moved and taken out again."""

from typing import Any

from icalendar import Calendar

from tests.integration.api.client import DOCTOR, PATIENT, Answer, ApiClient, dates, join_secrets, visit


def event_of(text: str) -> Any:
    [event] = Calendar.from_ical(text).walk("VEVENT")
    return event


def by_join_link(api: ApiClient, visit_id: str, secret: str) -> Answer:
    path = f"/teleconsultation/{visit_id}/join/invitation.ics"
    return api.request("GET", path, token=secret, query={"language": "it"})


def test_a_visit_comes_into_a_calendar_moves_in_it_and_leaves_it(api: ApiClient) -> None:
    visit_id, secrets = api.invite()

    answers = [by_join_link(api, visit_id, secrets[PATIENT])]
    assert api.patch(visit_id, dates(start_in_seconds=2 * 86_400)).status == 204
    answers.append(by_join_link(api, visit_id, secrets[PATIENT]))
    assert api.delete(visit_id).status == 204
    answers.append(by_join_link(api, visit_id, secrets[PATIENT]))

    assert [answer.status for answer in answers] == [200, 200, 200]
    events = [event_of(answer.body) for answer in answers]
    assert [event["STATUS"] for event in events] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert len({event["UID"] for event in events}) == 1
    sequences = [event["SEQUENCE"] for event in events]
    assert sequences == sorted(set(sequences))
    assert events[1].decoded("DTSTART") > events[0].decoded("DTSTART")
    assert events[0]["URL"].endswith(f"/teleconsultation/{visit_id}#j={secrets[PATIENT]}")
    assert events[0]["SUMMARY"] == "Videochiamata"


def test_the_file_in_the_answer_to_a_booking_is_the_one_by_the_join_link(api: ApiClient) -> None:
    created = api.send("POST", "/teleconsultation", visit(), headers={"prefer": "include=invitations"})
    visit_id, secrets = created.body["roomId"], join_secrets(created)

    for person in created.body["participants"]:
        sent = event_of(person["invitation"])
        path = f"/teleconsultation/{visit_id}/join/invitation.ics"
        read = event_of(api.request("GET", path, token=secrets[person["userExternalId"]]).body)
        del sent["DTSTAMP"], read["DTSTAMP"]
        assert sent == read
        assert sent["URL"] == person["joinUrl"]


def test_whoever_signs_in_gets_the_link_without_a_secret(api: ApiClient) -> None:
    visit_id = api.create()

    answer = api.request("GET", f"/teleconsultation/{visit_id}/invitation.ics", token=api.token(DOCTOR))

    assert event_of(answer.body)["URL"].endswith(f"/teleconsultation/{visit_id}")
    assert answer.headers["content-disposition"] == 'attachment; filename="invitation.ics"'
