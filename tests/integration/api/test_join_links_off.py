"""A deployment whose operator has switched join links off: tokens are the only way in."""

from collections.abc import Iterator

import pytest

from local.stack import Stack, running_stack
from tests.integration.api.client import PATIENT, ApiClient, dates, visit


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(
        invocation="in-process",
        parameters={"JoinLinks": "false"},
        state_directory=tmp_path_factory.mktemp("stack"),
    ) as running:
        yield running


@pytest.mark.parametrize("prefer", [None, "return=representation"])
def test_no_link_is_given(api: ApiClient, prefer: str | None) -> None:
    created = api.post(visit())

    changed = api.patch(created.body["roomId"], {"duration_in_seconds": 1800}, prefer=prefer)

    assert "participants" not in created.body
    assert (changed.status, changed.body) == ((204, None) if prefer is None else (200, created.body))


def test_no_link_is_renewed(api: ApiClient, visit_id: str) -> None:
    answer = api.patch(visit_id, {"renewJoinLinks": [PATIENT]})

    assert (answer.status, answer.code, answer.fields) == (400, "invalid_request", ["renewJoinLinks"])


def test_no_link_is_accepted_and_a_token_does_as_ever(api: ApiClient) -> None:
    visit_id = api.create(visit(**dates(start_in_seconds=0)))

    refused, inside = api.join(visit_id, "x" * 32), api.get(visit_id, user=PATIENT)

    assert (refused.status, refused.code) == (403, "not_a_participant")
    assert inside.body["state"] == "OPEN"
