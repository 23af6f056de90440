from collections.abc import Callable
from typing import Any

import pytest
from httpx2 import Client

type CreateUser = Callable[..., dict[str, Any]]


def test_new_user_gets_the_defaults(api: Client) -> None:
    response = api.post("/user/create", json={"id": "ann", "role": "plus"})

    assert response.status_code == 200
    assert response.json() == {
        "user": {
            "id": "ann",
            "role": "plus",
            "can_video": True,
            "language": "en",
            "creation_date": "2026-12-01T15:30:00.000Z",
        },
        "id": "ann",
    }


def test_user_without_an_id_gets_a_random_one(api: Client) -> None:
    first = api.post("/user/create", json={"role": "basic"}).json()
    second = api.post("/user/create", json={"role": "basic"}).json()

    assert first["user"]["id"] == first["id"]
    assert first["id"] != second["id"]
    assert api.get("/user/list").json() == {"user_id_list": [first["id"], second["id"]]}


@pytest.mark.parametrize("user_id", ["a", "A.b_c-9", "x" * 128])
def test_id_of_letters_digits_dot_underscore_and_dash_is_accepted(api: Client, user_id: str) -> None:
    response = api.post("/user/create", json={"id": user_id, "role": "basic"})

    assert response.json()["user"]["id"] == user_id


@pytest.mark.parametrize("user_id", ["", "x" * 129, "auth0|1", "a b", "ü", "a/b", "a\n", 7])
def test_other_ids_are_refused(api: Client, user_id: object) -> None:
    response = api.post("/user/create", json={"id": user_id, "role": "basic"})

    assert (response.status_code, response.json()["code"]) == (422, "user_id_validation_error")


def test_taken_id_is_refused_and_the_user_is_unchanged(api: Client, create_user: CreateUser) -> None:
    create_user("ann", role="plus")

    response = api.post("/user/create", json={"id": "ann", "role": "basic"})

    assert response.status_code == 400
    assert response.json()["name"] == "invalid_request_error"
    assert response.json()["code"] == "user_id_already_exists"
    assert api.get("/user/list/ann").json()["user"]["role"] == "plus"


@pytest.mark.parametrize(
    "body", [{}, {"role": "admin"}, {"role": "Plus"}, {"role": None}, {"role": ["plus"]}]
)
def test_role_must_be_basic_or_plus(api: Client, body: dict[str, Any]) -> None:
    response = api.post("/user/create", json={"id": "ann", **body})

    assert response.status_code == 422
    assert response.json()["name"] == "validation_error"
    assert response.json()["code"] == "role_validation_error"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [(1, True), ("1", True), (True, True), (0, False), ("0", False), (False, False)],
    ids=["number-1", "text-1", "true", "number-0", "text-0", "false"],
)
def test_can_video_is_accepted_in_all_spellings(create_user: CreateUser, sent: object, kept: bool) -> None:  # noqa: FBT001
    user = create_user("ann", can_video=sent)

    assert user["can_video"] is kept


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("can_video", "yes"),
        ("can_video", 2),
        ("language", "es"),
        ("language", "EN"),
        ("firstname", "x" * 33),
        ("nickname", "x" * 17),
        ("email", "nobody"),
    ],
)
def test_other_fields_are_validated(api: Client, field: str, value: object) -> None:
    response = api.post("/user/create", json={"id": "ann", "role": "basic", field: value})

    assert (response.status_code, response.json()["name"]) == (422, "validation_error")


@pytest.mark.parametrize("language", ["en", "it", "de", "fr", "pl"])
def test_languages_of_the_provider_are_accepted(create_user: CreateUser, language: str) -> None:
    user = create_user("ann", language=language)

    assert user["language"] == language


def test_unknown_user_is_400_and_not_404(api: Client) -> None:
    responses = [
        api.get("/user/list/nobody"),
        api.put("/user/update/nobody", json={"can_video": 0}),
        api.delete("/user/delete/nobody"),
        api.get("/user/nobody/upload/list"),
        api.get("/user/nobody/session/list"),
    ]

    assert {response.status_code for response in responses} == {400}
    assert {response.json()["code"] for response in responses} == {"invalid_user_id"}


def test_update_changes_only_the_fields_sent(api: Client, create_user: CreateUser) -> None:
    create_user("ann", role="basic", language="it")

    updated = api.put("/user/update/ann", json={"can_video": "0", "role": "plus"}).json()["user"]

    assert updated["active"] is True
    assert (updated["can_video"], updated["role"], updated["language"]) == (False, "plus", "it")
    assert api.get("/user/list/ann").json()["user"]["role"] == "plus"


def test_update_with_a_bad_role_is_refused(api: Client, create_user: CreateUser) -> None:
    create_user("ann", role="basic")

    response = api.put("/user/update/ann", json={"role": "boss"})

    assert (response.status_code, response.json()["code"]) == (422, "role_validation_error")


def test_deleted_user_is_unknown_and_the_id_is_free_again(api: Client, create_user: CreateUser) -> None:
    create_user("ann", role="plus")

    deleted = api.delete("/user/delete/ann")

    assert deleted.json() == {"id": "ann", "message": "user deleted"}
    assert api.get("/user/list/ann").status_code == 400
    assert api.post("/user/create", json={"id": "ann", "role": "basic"}).status_code == 200
