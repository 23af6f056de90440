"""A participant agrees through the gateway, and a manager reads it in the attendance."""

import json

from local.stack import CONSENT_VERSION
from tests.integration.api.client import DOCTOR, MANAGER, PATIENT, Answer, ApiClient, Json, Table


def agree(api: ApiClient, path: str, *, token: str, version: str = CONSENT_VERSION) -> Answer:
    body = json.dumps({"version": version}).encode()
    return api.request("POST", path, token=token, body=body, headers={"content-type": "application/json"})


def consents(api: ApiClient, visit_id: str) -> dict[str, list[Json]]:
    """Read what each participant agreed to, as a manager."""
    attendance = api.request(
        "GET", f"/teleconsultation/{visit_id}/attendance", token=api.token(MANAGER, manage=True)
    )
    assert attendance.status == 200, attendance
    return {seat["userExternalId"]: seat["consents"] for seat in attendance.body["seats"]}


def test_who_agrees_is_seen_by_managers_with_the_first_time(api: ApiClient, table: Table) -> None:
    visit_id, secrets = api.invite()
    before = table.teleconsultation(visit_id)
    here = f"/teleconsultation/{visit_id}"

    by_link = agree(api, f"{here}/join/consent", token=secrets[PATIENT])
    by_token = agree(api, f"{here}/consent", token=api.token(PATIENT))
    refused = agree(api, f"{here}/consent", token=api.token(DOCTOR), version="another")

    assert (by_link.status, by_token.status, refused.code) == (200, 200, "consent_version")
    assert by_link.body == by_token.body
    assert consents(api, visit_id) == {DOCTOR: [], PATIENT: [by_link.body]}
    assert table.teleconsultation(visit_id) == before


def test_a_deletion_leaves_the_consent_to_its_time_to_live(api: ApiClient, table: Table) -> None:
    visit_id, secrets = api.invite()
    agree(api, f"/teleconsultation/{visit_id}/join/consent", token=secrets[PATIENT])
    expiry = table.teleconsultation(visit_id)["expiresAt"]

    assert api.delete(visit_id).status == 204

    [kept] = [item for item in table.items() if item["pk"]["S"] == f"CONSENTS#{visit_id}"]
    assert kept["expiresAt"] == expiry
