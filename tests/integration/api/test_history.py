"""The history of a visit, through the gateway."""

from tests.integration.api.client import MANAGER, Answer, ApiClient, visit


def history(api: ApiClient, visit_id: str) -> Answer:
    return api.request("GET", f"/teleconsultation/{visit_id}/history", token=api.token(MANAGER, manage=True))


def test_each_change_is_told_also_after_the_deletion(api: ApiClient) -> None:
    made = api.create(visit())
    api.patch(made, {"notice": "We are late."})
    api.delete(made)

    found = history(api, made)

    assert (found.status, found.body["roomId"], found.body["isIntact"]) == (200, made, True)
    assert [(entry["action"], entry["fields"]) for entry in found.body["entries"]] == [
        ("created", []),
        ("updated", ["notice"]),
        ("deleted", []),
    ]
    [client] = {entry["by"] for entry in found.body["entries"]}
    assert len(client) == 16


def test_a_visit_that_does_not_exist_has_none(api: ApiClient) -> None:
    answer = history(api, "0" * 24)

    assert (answer.status, answer.code) == (404, "not_found")
