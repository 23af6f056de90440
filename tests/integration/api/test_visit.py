"""The main flow: from a booking to a call, and everything a booking may become on its way."""

import re
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from local.stack import Stack
from tests.integration.api.client import (
    DOCTOR,
    MANAGER,
    MARGINS,
    PATIENT,
    ApiClient,
    Json,
    Provider,
    Table,
    dates,
    doctor,
    instant,
    patient,
    person,
    visit,
)

START = "2030-01-01T10:00:00.000Z"
MINUTE = 60
HOUR = 3600


def query_of(link: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(link).query)


def test_a_visit_goes_from_booking_to_call_to_cancellation(api: ApiClient, provider: Provider) -> None:
    created = api.post(visit(**dates(start_in_seconds=2 * HOUR)))
    assert created.status == 201
    visit_id = created.body["roomId"]
    assert created.headers["location"] == f"/api/teleconsultation/{visit_id}"
    assert created.headers["etag"] == '"2"'
    assert created.body["teleconsultationUrl"].endswith(f"/teleconsultation/{visit_id}")

    early = api.get(visit_id, user=PATIENT)
    assert (early.status, early.body["state"], early.body["accessLinkURL"]) == (200, "SCHEDULED", None)
    assert early.headers["retry-after"] == str(early.body["retryAfterSeconds"]) == "60"
    assert early.headers["etag"] == created.headers["etag"]

    moved = api.patch(visit_id, dates(start_in_seconds=5 * MINUTE))
    assert (moved.status, moved.headers["etag"]) == (204, '"3"')
    assert len(provider.rooms()) == 1
    assert provider.rooms(deleted=True) == []
    for user in (DOCTOR, PATIENT):
        inside = api.get(visit_id, user=user)
        assert (inside.status, inside.body["state"]) == (200, "OPEN")
        assert inside.body["accessLinkURL"].startswith("http")
        assert inside.headers["etag"] == '"3"'

    assert api.patch(visit_id, dates(start_in_seconds=-3 * HOUR)).status == 204
    late = api.get(visit_id, user=DOCTOR)
    assert (late.body["state"], late.body["accessLinkURL"], late.body["retryAfterSeconds"]) == (
        "ENDED",
        None,
        None,
    )
    assert "retry-after" not in late.headers

    assert api.delete(visit_id).status == 204
    assert provider.living_rooms() == []
    for user in (DOCTOR, PATIENT):
        gone = api.get(visit_id, user=user)
        assert (gone.status, gone.code) == (410, "deleted")


def test_the_body_of_get_says_what_was_booked(api: ApiClient, stack: Stack) -> None:
    start, end = instant(in_seconds=5 * MINUTE), instant(in_seconds=65 * MINUTE)
    visit_id = api.create(visit(start_date=start, end_date=end))

    body = api.get(visit_id, user=DOCTOR).body

    settings = stack.application.functions["GetTeleconsultationFunction"].environment
    early, late = int(settings["EARLY_JOIN_SECONDS"]), int(settings["LATE_JOIN_SECONDS"])
    times = {
        name: datetime.fromisoformat(body[name]) for name in ("startDate", "endDate", "opensAt", "closesAt")
    }
    assert times == {
        "startDate": datetime.fromisoformat(start),
        "endDate": datetime.fromisoformat(end),
        "opensAt": datetime.fromisoformat(start) - timedelta(seconds=early),
        "closesAt": datetime.fromisoformat(end) + timedelta(seconds=late),
    }
    assert [one["fullName"] for one in body["participantsBandyerCall"]] == [
        "Gregory House",
        "Ada Verdi-Bianchi",
    ]
    assert body["bandyerUserId"] == body["participantsBandyerCall"][0]["bandyerUserId"]
    assert body["roomId"] == visit_id


def test_everybody_gets_a_link_of_their_own_that_opens_the_call(api: ApiClient, provider: Provider) -> None:
    visit_id = api.create(visit(**dates(start_in_seconds=0)))

    links = {user: api.get(visit_id, user=user).body["accessLinkURL"] for user in (DOCTOR, PATIENT)}

    assert urlsplit(links[DOCTOR]).path != urlsplit(links[PATIENT]).path
    for link in links.values():
        page = provider.http.get(link)
        assert page.status_code == 200


@pytest.mark.parametrize(
    ("own", "asked", "expected"),
    [
        (None, None, None),
        ("it", None, "it"),
        ("it", "es", "es"),
        ("it-IT", None, "it"),
        ("it", "xx", "it"),
        (None, "EN-gb", "en"),
        ("xx", "yy", None),
    ],
)
def test_the_link_speaks_the_language_asked_for_or_else_ones_own(
    api: ApiClient, own: str | None, asked: str | None, expected: str | None
) -> None:
    spoken = {} if own is None else {"language": own}
    visit_id = api.create(visit(people=[doctor(), patient(**spoken)], **dates(start_in_seconds=0)))

    body = api.get(visit_id, user=PATIENT, language=asked).body

    assert body["language"] == expected
    assert query_of(body["accessLinkURL"]).get("language") == (None if expected is None else [expected])


@pytest.mark.parametrize("name", ["Ada Verdi", "O'Brien & Söhne", "100% + 1 = 2 # ?", "山田 太郎", "a/b?c=d"])
def test_a_name_reaches_the_call_unharmed(api: ApiClient, provider: Provider, name: str) -> None:
    people = [doctor(), person(PATIENT, group="patient", name=name)]
    visit_id = api.create(visit(people=people, **dates(start_in_seconds=0)))

    link = api.get(visit_id, user=PATIENT).body["accessLinkURL"]

    assert query_of(link)["display_name"] == [name]
    assert "+" not in urlsplit(link).query
    assert provider.http.get(link).status_code == 200


def test_a_visit_that_lacks_somebody_waits_and_a_patch_completes_it(
    api: ApiClient, provider: Provider
) -> None:
    visit_id = api.create(visit(people=[patient()], number=2, **dates(start_in_seconds=0)))
    waiting = api.get(visit_id, user=PATIENT)
    assert (waiting.body["state"], waiting.body["accessLinkURL"]) == ("WAITING_FOR_PARTICIPANTS", None)
    assert waiting.headers["etag"] == '"1"'
    assert provider.state()["rooms"] == []
    assert api.get(visit_id, user=DOCTOR).status == 403

    completed = api.patch(visit_id, {"participants": {"data": [patient(), doctor()]}})

    assert completed.status == 204
    assert len(provider.rooms()) == 1
    for user in (PATIENT, DOCTOR):
        assert api.get(visit_id, user=user).body["state"] == "OPEN"


def test_people_once_met_may_be_sent_as_ids(api: ApiClient, provider: Provider) -> None:
    api.create(visit(people=[doctor(language="en"), patient(language="it")]))
    known = provider.user_ids()

    visit_id = api.create({"participants": [DOCTOR, PATIENT], **dates(start_in_seconds=0)})

    assert provider.user_ids() == known
    body = api.get(visit_id, user=PATIENT).body
    assert body["language"] == "it"
    assert query_of(body["accessLinkURL"])["display_name"] == ["Ada Verdi-Bianchi"]


def test_an_id_alone_may_stand_among_full_entries(api: ApiClient) -> None:
    api.create()

    visit_id = api.create(visit(people=[{"userExternalId": DOCTOR}, patient()]))

    assert api.get(visit_id, user=DOCTOR).body["participantsBandyerCall"][0]["fullName"] == "Gregory House"


@pytest.mark.parametrize("id_name", ["userExternalId", "userId"])
@pytest.mark.parametrize("group", [{"groups": ["doctor"]}, {"group": "doctor"}])
def test_both_spellings_of_ids_and_groups_mean_the_same(
    api: ApiClient, provider: Provider, id_name: str, group: Json
) -> None:
    spelt = {id_name: DOCTOR, "fullName": "Gregory House", **group}

    visit_id = api.create(visit(people=[spelt, patient()], **dates(start_in_seconds=0)))

    assert api.get(visit_id, user=DOCTOR).body["state"] == "OPEN"
    assert sorted(user["role"] for user in provider.state()["users"]) == ["basic", "plus"]


def test_duration_in_seconds_stands_for_the_end(api: ApiClient) -> None:
    visit_id = api.create(visit(start_date="2030-01-01T10:00:00.000+01:00", duration_in_seconds=300))

    body = api.get(visit_id, user=DOCTOR).body

    assert (body["startDate"], body["endDate"]) == ("2030-01-01T09:00:00.000Z", "2030-01-01T09:05:00.000Z")


def test_a_whole_number_may_be_written_with_a_point(api: ApiClient, provider: Provider) -> None:
    body = visit(start_date=START, duration_in_seconds=600.0)
    body["participants"]["number"] = 2.0

    api.create(body)

    assert provider.rooms()[0]["duration"] == 600 + MARGINS


def test_roles_tools_and_limits_reach_the_room(api: ApiClient, provider: Provider) -> None:
    both = person("auth0|head", group="patient", name="Lisa Cuddy") | {"groups": ["patient", "doctor"]}

    api.create(visit(people=[both, patient()], start_date=instant(in_seconds=HOUR), duration_in_seconds=1800))

    [room] = provider.rooms()
    roles = {user["id"]: user["role"] for user in provider.state()["users"]}
    assert sorted((roles[seat["user_id"]], seat["is_admin"]) for seat in room["participants"]) == [
        ("basic", False),
        ("plus", True),
    ]
    assert room["duration"] == 1800 + MARGINS


def test_the_provider_learns_no_ids_and_no_names(api: ApiClient, provider: Provider, table: Table) -> None:
    visit_id = api.create(visit(people=[doctor(), patient(language="it")]))

    state = provider.state()
    users = [provider.ask(f"/user/list/{user['id']}") for user in state["users"]]
    seen = str((state, users)).casefold()
    for secret in (DOCTOR, PATIENT, "doctor-1", "patient-1", "Gregory", "House", "Verdi"):
        assert secret.casefold() not in seen
    ids = {one["bandyerUserId"] for one in api.get(visit_id, user=DOCTOR).body["participantsBandyerCall"]}
    assert provider.user_ids() == ids
    assert all(re.fullmatch(r"usr_[0-9a-f]{40}", user_id) for user_id in ids)


def test_the_room_carries_an_attempt_id_that_leads_back_to_the_visit(
    api: ApiClient, provider: Provider
) -> None:
    visit_id = api.create()
    [first] = provider.rooms()

    api.patch(visit_id, {"duration_in_seconds": 7200})

    [second] = provider.rooms()
    for room in (first, second):
        assert re.fullmatch(rf"{visit_id}\.[0-9a-f]{{8}}\.[0-9a-f]{{16}}", room["description"])
    assert first["description"] != second["description"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"duration_in_seconds": 7200}, id="a longer duration"),
        pytest.param(
            {
                "participants": {
                    "number": 3,
                    "data": [doctor(), patient(), person("x", group="patient", name="X Y")],
                }
            },
            id="one more participant",
        ),
        pytest.param(
            {"participants": {"data": [doctor(), person("other", group="patient", name="Other One")]}},
            id="another participant",
        ),
        pytest.param(
            {"participants": {"data": [doctor(), patient() | {"groups": ["doctor"]}]}}, id="another role"
        ),
    ],
)
def test_a_change_that_needs_another_room_replaces_it_and_keeps_our_id(
    api: ApiClient, provider: Provider, change: Json
) -> None:
    visit_id = api.create()
    [old] = provider.rooms()

    assert api.patch(visit_id, change).status == 204

    [new] = provider.rooms()
    assert new["room_id"] != old["room_id"]
    assert [room["room_id"] for room in provider.rooms(deleted=True)] == [old["room_id"]]
    answer = api.get(visit_id, user=DOCTOR)
    assert (answer.status, answer.body["roomId"]) == (200, visit_id)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(dates(start_in_seconds=30 * HOUR), id="both dates, same duration"),
        pytest.param(
            {"participants": {"data": [doctor(), patient(language="es") | {"fullName": "Ada Rossi"}]}},
            id="name and language",
        ),
        pytest.param({"participants": {"data": [patient(), doctor()]}}, id="another order"),
        pytest.param({"participants": {"number": 2}}, id="nothing new"),
    ],
)
def test_a_change_that_needs_no_other_room_keeps_it(api: ApiClient, provider: Provider, change: Json) -> None:
    visit_id = api.create()
    before = provider.state()["rooms"]

    assert api.patch(visit_id, change).status == 204

    assert provider.state()["rooms"] == before


def test_a_start_that_moves_alone_takes_a_duration_along(api: ApiClient, provider: Provider) -> None:
    visit_id = api.create(visit(start_date="2030-01-01T10:00:00.000Z", duration_in_seconds=1800))

    assert api.patch(visit_id, {"start_date": "2030-01-02T10:00:00.000Z"}).status == 204

    assert api.get(visit_id, user=DOCTOR).body["endDate"] == "2030-01-02T10:30:00.000Z"
    assert len(provider.state()["rooms"]) == 1


def test_an_answer_to_a_patch_that_changes_nothing_keeps_the_version(api: ApiClient) -> None:
    body = visit()
    visit_id = api.create(body)
    version = api.get(visit_id, user=DOCTOR).headers["etag"]

    again = api.patch(visit_id, body)

    assert (again.status, again.headers["etag"]) == (204, version)


def test_taking_somebody_out_closes_the_room(api: ApiClient, provider: Provider) -> None:
    visit_id = api.create()

    assert api.patch(visit_id, {"participants": {"data": [doctor()]}}).status == 204

    assert provider.rooms() == []
    assert api.get(visit_id, user=DOCTOR).body["state"] == "WAITING_FOR_PARTICIPANTS"
    assert api.get(visit_id, user=PATIENT).status == 403


def test_once_the_door_is_open_only_changes_that_keep_the_room_are_taken(
    api: ApiClient, provider: Provider
) -> None:
    visit_id = api.create(visit(**dates(start_in_seconds=MINUTE)))

    refused = api.patch(visit_id, {"duration_in_seconds": 7200})
    taken = api.patch(visit_id, {"participants": {"data": [doctor(), patient() | {"fullName": "Ada Rossi"}]}})

    assert (refused.status, refused.code) == (409, "frozen")
    assert taken.status == 204
    assert len(provider.state()["rooms"]) == 1
    assert query_of(api.get(visit_id, user=PATIENT).body["accessLinkURL"])["display_name"] == ["Ada Rossi"]


def test_deleting_again_is_a_success_whatever_version_is_named(api: ApiClient) -> None:
    visit_id = api.create()
    assert api.delete(visit_id, if_match='"2"').status == 204

    assert api.delete(visit_id).status == 204
    assert api.delete(visit_id, if_match='"2"').status == 204


def test_a_visit_without_a_room_can_be_deleted(api: ApiClient, provider: Provider) -> None:
    visit_id = api.create(visit(people=[patient()], number=2))

    assert api.delete(visit_id).status == 204
    assert api.get(visit_id, user=PATIENT).status == 410
    assert ("DELETE", "room/delete") not in provider.calls()


@pytest.mark.parametrize("tags", ['"2"', '"1", "2"', "*"])
def test_if_match_with_the_current_version_lets_a_change_through(api: ApiClient, tags: str) -> None:
    visit_id = api.create()

    assert api.patch(visit_id, {"duration_in_seconds": 1800}, if_match=tags).status == 204


@pytest.mark.parametrize("tags", ['"1"', '"3", "4"', 'W/"2"'])
def test_if_match_with_another_version_refuses_a_change(api: ApiClient, tags: str) -> None:
    visit_id = api.create()

    patched = api.patch(visit_id, {"duration_in_seconds": 1800}, if_match=tags)
    deleted = api.delete(visit_id, if_match=tags)

    assert [(answer.status, answer.code) for answer in (patched, deleted)] == [
        (412, "precondition_failed")
    ] * 2
    assert api.get(visit_id, user=DOCTOR).headers["etag"] == '"2"'


def test_a_manager_reads_everything_but_a_link(api: ApiClient) -> None:
    visit_id = api.create(visit(**dates(start_in_seconds=0)))

    answer = api.get(visit_id, user=MANAGER, manage=True)

    assert (answer.status, answer.body["state"]) == (200, "OPEN")
    assert answer.body["accessLinkURL"] is None
    assert answer.body["bandyerUserId"] is None
    assert len(answer.body["participantsBandyerCall"]) == 2


def test_a_manager_who_takes_part_gets_the_link(api: ApiClient) -> None:
    visit_id = api.create(visit(**dates(start_in_seconds=0)))

    assert api.get(visit_id, user=DOCTOR, manage=True).body["accessLinkURL"] is not None


def test_somebody_else_gets_nothing(api: ApiClient) -> None:
    visit_id = api.create(visit(**dates(start_in_seconds=0)))

    answer = api.get(visit_id, user="auth0|somebody-else")

    assert (answer.status, answer.code) == (403, "not_a_participant")
    assert "House" not in str(answer)


def test_a_full_room_of_25_is_made_in_one_request(api: ApiClient, provider: Provider) -> None:
    people = [doctor(), *(person(f"p-{index}", group="patient", name=f"P {index}") for index in range(24))]

    visit_id = api.create(visit(people=people))

    assert len(provider.rooms()[0]["participants"]) == 25
    assert api.get(visit_id, user="p-23").status == 200


def test_the_booking_systems_own_data_comes_back_to_managers_and_to_nobody_else(api: ApiClient) -> None:
    sent = visit() | {"reference": "A-17", "metadata": {"ward": "3B", "urgent": "yes"}}

    made = api.post(sent)

    assert (made.body["reference"], made.body["metadata"]) == ("A-17", {"ward": "3B", "urgent": "yes"})
    visit_id = made.body["roomId"]
    shown = api.get(visit_id, user=MANAGER, manage=True)
    assert (shown.body["reference"], shown.body["metadata"]) == ("A-17", {"ward": "3B", "urgent": "yes"})
    for answer in (api.get(visit_id, user=PATIENT), api.get(visit_id, user=DOCTOR)):
        assert answer.status == 200
        assert not {"reference", "metadata"} & answer.body.keys()

    change = {"reference": "B-18", "metadata": {"urgent": None, "bed": "7"}}
    changed = api.patch(visit_id, change, prefer="return=representation")

    assert (changed.body["reference"], changed.body["metadata"]) == ("B-18", {"ward": "3B", "bed": "7"})
    assert changed.headers["etag"] != made.headers["etag"]

    assert api.patch(visit_id, {"reference": None, "metadata": None}).status == 204

    shown = api.get(visit_id, user=MANAGER, manage=True)
    assert (shown.body["reference"], shown.body["metadata"]) == (None, {})


def test_those_who_wait_read_what_the_clinic_says_until_it_is_taken_back(
    api: ApiClient, provider: Provider
) -> None:
    # The door is open, and edits that need another room are frozen.
    visit_id, secrets = api.invite(visit(**dates(start_in_seconds=MINUTE)))
    before = api.get(visit_id, user=PATIENT)
    assert before.body["notice"] is None
    rooms = provider.rooms()

    changed = api.patch(visit_id, {"notice": "The doctor is about 20 minutes late."})

    assert changed.status == 204
    readings = [
        api.join(visit_id, secrets[PATIENT]),
        api.get(visit_id, user=DOCTOR),
        api.get(visit_id, user=MANAGER, manage=True),
    ]
    for answer in readings:
        assert answer.body["notice"]["text"] == "The doctor is about 20 minutes late."
        assert answer.body["notice"]["setAt"] <= answer.body["serverTime"]
        assert answer.headers["etag"] == changed.headers["etag"] != before.headers["etag"]
    assert readings[0].body["accessLinkURL"] == before.body["accessLinkURL"]
    assert provider.rooms() == rooms

    assert api.patch(visit_id, {"notice": ""}).status == 204

    assert api.get(visit_id, user=PATIENT).body["notice"] is None
