"""A body that breaks a rule is refused by field, and leaves nothing behind anywhere."""

from typing import Any

import pytest

from tests.integration.api.client import (
    DOCTOR,
    ApiClient,
    Json,
    World,
    dates,
    doctor,
    instant,
    patient,
    person,
    visit,
)

START = "2030-01-01T10:00:00.000Z"


def without(body: Json, *names: str) -> Json:
    return {name: value for name, value in body.items() if name not in names}


def with_participants(participants: Any) -> Json:
    return {"participants": participants, **dates()}


def with_doctor(**more: object) -> Json:
    return visit(people=[doctor(**more), patient()])


def until(end: Any, *, start: Any = START) -> Json:
    return visit(start_date=start, end_date=end)


# One of each kind: tests/unit/edge/test_bodies.py has them all.
BROKEN_RULES = [
    pytest.param([], "", id="body is an array"),
    pytest.param(with_participants([DOCTOR, 7]), "participants[1]", id="a known id is a number"),
    pytest.param(with_doctor(groups=[1]), "participants.data[0].groups[0]", id="a group is a number"),
    pytest.param(
        with_doctor(fullname="x"), "participants.data[0].fullname", id="an unknown field of a participant"
    ),
    pytest.param(with_doctor(userId="another"), "participants.data[0]", id="both spellings of the id"),
    pytest.param(until("2030-01-01T10:04:59Z"), "end_date", id="299 seconds, by end_date"),
    pytest.param(
        visit(people=[doctor(), without(patient(), "userExternalId") | {"userId": DOCTOR}]),
        "participants",
        id="somebody twice, spelt in two ways",
    ),
    pytest.param(
        visit(people=[doctor(), patient(), person("x", group="patient", name="X")], number=2),
        "participants.data",
        id="more data than number",
    ),
]

ONLY_FOR_POST = [
    pytest.param(without(visit(), "end_date"), "end_date", id="neither end nor duration"),
]

ONLY_FOR_PATCH = [
    pytest.param({}, "", id="an empty object"),
    pytest.param({"participants": {"number": 1}}, "participants.number", id="number below those named"),
    pytest.param({"end_date": instant(in_seconds=60)}, "end_date", id="an end before the stored start"),
    pytest.param({"start_date": "2031-01-01T00:00:00Z"}, "end_date", id="a start after the stored end"),
]

MEANINGS = [
    pytest.param(
        visit(people=[doctor() | {"groups": ["gardener"]}, patient()]),
        ("unknown_group", ["participants.data[0].groups"]),
        id="unknown group",
    ),
    pytest.param(
        {"participants": ["nobody", "no one"], **dates()},
        ("unknown_participant", ["participants[0]", "participants[1]"]),
        id="unknown known-ids",
    ),
    pytest.param(
        visit(people=[doctor(), {"userExternalId": "nobody"}]),
        ("unknown_participant", ["participants.data[1]"]),
        id="unknown id among entries",
    ),
]


@pytest.mark.parametrize(("body", "field"), [*BROKEN_RULES, *ONLY_FOR_POST])
def test_a_post_that_breaks_a_rule_is_refused_by_field(
    api: ApiClient, world: World, body: Any, field: str
) -> None:
    with world.unchanged():
        answer = api.post(body)

    assert (answer.status, answer.code) == (400, "invalid_request")
    assert field in answer.fields


@pytest.mark.parametrize(("body", "field"), [*BROKEN_RULES, *ONLY_FOR_PATCH])
def test_a_patch_that_breaks_a_rule_is_refused_by_field(
    api: ApiClient, world: World, visit_id: str, body: Any, field: str
) -> None:
    with world.unchanged():
        answer = api.patch(visit_id, body)

    assert (answer.status, answer.code) == (400, "invalid_request")
    assert field in answer.fields


@pytest.mark.parametrize(("body", "expected"), MEANINGS)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_people_nobody_can_place_are_refused(
    api: ApiClient, world: World, visit_id: str, method: str, body: Json, expected: tuple[str, list[str]]
) -> None:
    with world.unchanged():
        answer = api.post(body) if method == "POST" else api.patch(visit_id, body)

    assert (answer.status, answer.code, answer.fields) == (400, *expected)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_complete_list_without_a_plus_user_is_refused_in_the_words_of_the_original(
    api: ApiClient, world: World, visit_id: str, method: str
) -> None:
    body = visit(people=[patient(), person("other", group="patient", name="Other One")])

    with world.unchanged():
        answer = api.post(body) if method == "POST" else api.patch(visit_id, body)

    assert (answer.status, answer.code) == (400, "no_plus_user")
    assert answer.body["error"] == f"Failed {method} /teleconsultation: no plus user in room"


def test_completing_a_list_without_a_plus_user_is_refused(api: ApiClient, world: World) -> None:
    visit_id = api.create(visit(people=[patient()], number=2))

    with world.unchanged():
        answer = api.patch(
            visit_id,
            {"participants": {"data": [patient(), person("other", group="patient", name="Other One")]}},
        )

    assert (answer.status, answer.code) == (400, "no_plus_user")


def test_a_problem_repeats_nothing_the_caller_sent(api: ApiClient) -> None:
    secret = "Xyzzy"
    bodies = [
        visit(people=[person(secret, group=secret, name=secret), patient()]),
        visit(
            people=[person(secret, group="doctor", name=f"{secret}\n") | {"language": secret * 9}, patient()]
        ),
        with_participants([secret, f"{secret}2"]),
        visit(start_date=secret, end_date=secret),
    ]

    answers = [api.post(body) for body in bodies]

    assert [answer.status for answer in answers] == [400] * len(bodies)
    assert secret not in str(answers)
