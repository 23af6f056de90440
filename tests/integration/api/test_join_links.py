"""Join links, from the booking system's answer to the open door: whom they let in, and whom never."""

import hashlib

import pytest

from local.stack import Stack
from tests.integration.api.client import (
    DOCTOR,
    MANAGER,
    PATIENT,
    Answer,
    ApiClient,
    Json,
    Table,
    World,
    dates,
    doctor,
    join_secrets,
    patient,
    person,
    visit,
)

UNKNOWN_ID = "0123456789abcdef01234567"
SHOWN = "return=representation"
REPLACEMENT = person("auth0|patient-2", group="patient", name="Bruno Neri")


def now() -> Json:
    """A visit that is open."""
    return visit(**dates(start_in_seconds=0))


def seen(answer: Answer) -> tuple[object, ...]:
    """All that an answer tells, but for the id of its request."""
    headers = {name: value for name, value in answer.headers.items() if name != "apigw-requestid"}
    return answer.status, headers, answer.body


def test_the_answer_to_a_booking_has_a_link_for_everybody(api: ApiClient, stack: Stack) -> None:
    created = api.post(visit())

    page = f"{stack.site_url}/teleconsultation/{created.body['roomId']}"
    secrets = join_secrets(created)
    assert created.body["teleconsultationUrl"] == page
    assert created.body["participants"] == [
        {"userExternalId": DOCTOR, "joinUrl": f"{page}#j={secrets[DOCTOR]}"},
        {"userExternalId": PATIENT, "joinUrl": f"{page}#j={secrets[PATIENT]}"},
    ]


@pytest.mark.parametrize("user", [DOCTOR, PATIENT])
def test_a_link_makes_of_its_holder_the_one_it_was_made_for(api: ApiClient, user: str) -> None:
    visit_id, secrets = api.invite(now())

    by_link, by_token = api.join(visit_id, secrets[user]), api.get(visit_id, user=user)

    assert by_link.status == 200
    assert by_link.body["state"] == "OPEN"
    assert by_link.body | {"serverTime": 0} == by_token.body | {"serverTime": 0}
    assert by_link.headers["etag"] == by_token.headers["etag"]


def test_a_link_speaks_the_language_asked_for(api: ApiClient) -> None:
    visit_id, secrets = api.invite(now())

    assert api.join(visit_id, secrets[PATIENT], language="es").body["language"] == "es"


def test_a_link_outlives_every_change_that_keeps_its_owner(api: ApiClient) -> None:
    visit_id, secrets = api.invite()
    changes: list[Json] = [
        dates(start_in_seconds=48 * 3600),
        {"duration_in_seconds": 1800},
        {"participants": {"data": [patient(fullName="Ada Rossi"), doctor()]}},
        {"participants": {"number": 3}},
        {"participants": {"data": [doctor(), patient(), REPLACEMENT]}},
        {"renewJoinLinks": [DOCTOR]},
        dates(start_in_seconds=0),
    ]

    for change in changes:
        assert api.patch(visit_id, change).status == 204
        assert api.join(visit_id, secrets[PATIENT]).status == 200

    assert api.join(visit_id, secrets[PATIENT]).body["state"] == "OPEN"


def test_links_that_open_nothing_are_refused_alike(api: ApiClient, world: World) -> None:
    visit_id, first = api.invite(now())
    other_id, others = api.invite(now())
    removed_id, removed = api.invite()
    api.patch(removed_id, {"participants": {"data": [doctor(), REPLACEMENT]}})
    back_id, back = api.invite()
    api.patch(back_id, {"participants": {"data": [doctor(), REPLACEMENT]}})
    api.patch(back_id, {"participants": {"data": [doctor(), patient()]}})
    renewed_id, renewed = api.invite()
    api.patch(renewed_id, {"renewJoinLinks": [PATIENT]})
    deleted_id, _ = api.invite()
    api.delete(deleted_id)
    item = world.table.teleconsultation(visit_id)
    kept = [one["M"]["joinPass"]["M"] for one in item["participants"]["L"]]

    with world.unchanged():
        answers = {
            "wrong": api.join(visit_id, "x" * 32),
            "nearly": api.join(visit_id, first[PATIENT][:-1] + "~"),
            "cut short": api.join(visit_id, first[PATIENT][:-1]),
            "another visit's": api.join(visit_id, others[PATIENT]),
            "the other way round": api.join(other_id, first[PATIENT]),
            "taken off the list": api.join(removed_id, removed[PATIENT]),
            "off and on again": api.join(back_id, back[PATIENT]),
            "renewed": api.join(renewed_id, renewed[PATIENT]),
            "to nothing": api.join(UNKNOWN_ID, first[PATIENT]),
            "to what is no id": api.join("nonsense", first[PATIENT]),
            "wrong, to a deleted one": api.join(deleted_id, first[PATIENT]),
            "a participant's token": api.join(visit_id, api.token(PATIENT)),
            "a manager's token": api.join(visit_id, api.token(MANAGER, manage=True)),
            "a participant's id": api.join(visit_id, PATIENT),
            "what the table keeps": api.join(visit_id, kept[1]["digest"]["S"]),
            "all the table keeps": api.join(visit_id, kept[1]["nonce"]["S"]),
        }

    refused = seen(answers["wrong"])
    assert (answers["wrong"].status, answers["wrong"].code) == (403, "not_a_participant")
    assert {name for name, answer in answers.items() if seen(answer) != refused} == set()
    for id_, secrets in ((removed_id, removed), (back_id, back), (renewed_id, renewed)):
        assert api.join(id_, secrets[DOCTOR]).status == 200


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "{secret}", "Basic {secret}", "Token {secret}"], ids=repr
)
@pytest.mark.parametrize("where", ["visit", "unknown", "deleted"])
def test_a_request_without_a_secret_is_asked_for_one_wherever_it_goes(
    api: ApiClient, world: World, authorization: str | None, where: str
) -> None:
    visit_id, secrets = api.invite()
    if where == "deleted":
        api.delete(visit_id)
    shown = authorization and authorization.format(secret=secrets[PATIENT])

    with world.unchanged():
        answer = api.request(
            "GET",
            f"/teleconsultation/{UNKNOWN_ID if where == 'unknown' else visit_id}/join",
            token=None,
            headers={} if shown is None else {"authorization": shown},
        )

    assert (answer.status, answer.code) == (401, "missing_credentials")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert secrets[PATIENT] not in str(answer)


def test_a_secret_is_not_looked_for_in_the_address(api: ApiClient) -> None:
    visit_id, secrets = api.invite()

    answer = api.request(
        "GET",
        f"/teleconsultation/{visit_id}/join",
        token=None,
        query={"j": secrets[PATIENT], "access_token": secrets[PATIENT]},
    )

    assert answer.status == 401


def test_a_join_secret_is_no_token(api: ApiClient, world: World) -> None:
    visit_id, secrets = api.invite(now())
    path = f"/teleconsultation/{visit_id}"

    with world.unchanged():
        answers = [
            api.send(method, where, visit(), token=secrets[DOCTOR])
            for method, where in (
                ("GET", path),
                ("PATCH", path),
                ("DELETE", path),
                ("POST", "/teleconsultation"),
            )
        ]

    assert [(answer.status, answer.body) for answer in answers] == [(401, {"message": "Unauthorized"})] * 4


def test_after_the_deletion_only_holders_of_a_valid_link_learn_of_it(api: ApiClient) -> None:
    visit_id, secrets = api.invite()
    api.patch(visit_id, {"renewJoinLinks": [DOCTOR]})
    api.delete(visit_id)

    gone, renewed, wrong = (
        api.join(visit_id, secret) for secret in (secrets[PATIENT], secrets[DOCTOR], "x" * 32)
    )

    assert (gone.status, gone.code) == (410, "deleted")
    assert seen(gone)[1:] == seen(api.get(visit_id, user=PATIENT))[1:]
    assert (renewed.status, wrong.status) == (403, 403)


class TestRepeatedAnswers:
    def test_a_change_shows_the_links_to_who_prefers_to_see_them(self, api: ApiClient) -> None:
        created = api.post(visit())

        changed = api.patch(created.body["roomId"], dates(start_in_seconds=48 * 3600), prefer=SHOWN)

        assert (changed.status, changed.body) == (200, created.body)
        assert changed.headers["preference-applied"] == SHOWN
        assert changed.headers["etag"] == '"3"'

    @pytest.mark.parametrize("prefer", [None, "return=minimal", "respond-async, wait=10", "", "x" * 999])
    def test_a_change_shows_them_to_nobody_else(self, api: ApiClient, prefer: str | None) -> None:
        visit_id, _ = api.invite()

        changed = api.patch(visit_id, {"renewJoinLinks": [PATIENT]}, prefer=prefer)

        assert (changed.status, changed.body) == (204, None)
        assert "preference-applied" not in changed.headers

    def test_asked_again_they_are_the_same_although_nobody_has_kept_them(
        self, api: ApiClient, table: Table
    ) -> None:
        created = api.post(visit())
        visit_id, secrets = created.body["roomId"], join_secrets(created)

        answers = [
            api.patch(visit_id, {"participants": {"data": [doctor(), patient()]}}, prefer=SHOWN)
            for _ in range(3)
        ]

        assert [answer.body for answer in answers] == [created.body] * 3
        assert {answer.headers["etag"] for answer in answers} == {'"2"'}
        written = str(table.items())
        for secret in secrets.values():
            assert secret not in written
            assert hashlib.sha256(secret.encode()).hexdigest() in written

    def test_who_is_added_is_shown_with_a_link_that_works(self, api: ApiClient) -> None:
        visit_id, first = api.invite(visit(people=[patient()], number=2, **dates(start_in_seconds=0)))

        completed = api.patch(visit_id, {"participants": {"data": [patient(), doctor()]}}, prefer=SHOWN)

        secrets = join_secrets(completed)
        assert list(secrets) == [PATIENT, DOCTOR]
        assert secrets[PATIENT] == first[PATIENT]
        assert api.join(visit_id, secrets[DOCTOR]).body["state"] == "OPEN"


class TestRenewal:
    def test_the_old_link_ends_at_once_and_the_new_one_is_in_the_answer(self, api: ApiClient) -> None:
        visit_id, old = api.invite(now())

        renewed = api.patch(visit_id, {"renewJoinLinks": [PATIENT]}, prefer=SHOWN)

        new = join_secrets(renewed)
        assert api.join(visit_id, old[PATIENT]).status == 403
        assert api.join(visit_id, new[PATIENT]).body["state"] == "OPEN"
        assert new[DOCTOR] == old[DOCTOR]

    def test_a_version_that_is_no_longer_renews_nothing(self, api: ApiClient, world: World) -> None:
        visit_id, secrets = api.invite()

        with world.unchanged():
            answer = api.patch(visit_id, {"renewJoinLinks": [PATIENT]}, if_match='"1"', prefer=SHOWN)

        assert (answer.status, answer.code) == (412, "precondition_failed")
        assert api.join(visit_id, secrets[PATIENT]).status == 200
