"""A background is added once or not at all, and a caller who is told nothing certain is told so."""

import base64
import json

import pytest
import requests

from tests.fakes.api_gateway import http_event
from tests.fakes.jpeg import jpeg
from tests.faults.process_pool import Answer, Ask
from tests.faults.tap import FAULTS, UNDISTURBED, Fault, Plan, Step
from tests.faults.world import World

ADMINISTRATOR = {"sub": "administrator", "scope": "teleconsultation/settings"}
LIST = "GET /company/virtual-backgrounds"
UPLOAD = "POST /company/virtual-background"
LISTED_BEFORE = Step(LIST, 1, at_provider=True, is_effect=False)
SENT = Step(UPLOAD, 1, at_provider=True, is_effect=True)
NOT_DONE: frozenset[Fault] = frozenset({"reset_before", "timeout_before", "status:500", "status:503"})
"""Faults of the upload after which the background is not there, and the provider has not said so."""
REPEATED: Fault = "refused"
"""A connection that was refused is tried again, with the same result as if nothing had happened."""


def _upload() -> Ask:
    files = {"virtual_background": ("room.jpeg", jpeg(width=1280, height=1280), "image/jpeg")}
    form = requests.Request("POST", "https://api.test", files=files).prepare()
    assert isinstance(form.body, bytes)
    event = http_event("POST", claims=ADMINISTRATOR, headers={"content-type": form.headers["content-type"]})
    event |= {"body": base64.b64encode(form.body).decode(), "isBase64Encoded": True}
    event["routeKey"] = "POST /settings/background-image"
    return Ask(function="add_background", event=event)


def _choice() -> Ask:
    event = http_event("PATCH", claims=ADMINISTRATOR, body={"background_alias": "simulator"})
    return Ask(function="update_settings", event=event | {"routeKey": "PATCH /settings/update"})


def _added(world: World) -> int:
    with world.provider.lock:
        return len(world.provider.company.backgrounds)


def _code(answer: Answer) -> str | None:
    code: str | None = json.loads(answer.result["body"]).get("code")
    return code


def test_an_upload_asks_for_the_list_first_and_keeps_nothing(world: World) -> None:
    world.clear()

    answer = world.disturb(_upload(), plan=UNDISTURBED)

    assert (answer.status, _added(world)) == (200, 1)
    assert answer.steps == (LISTED_BEFORE, SENT)
    assert world.items() == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_disturbed_upload_adds_one_background_or_none(world: World, fault: Fault) -> None:
    world.clear()

    answer = world.disturb(_upload(), plan=Plan(spoilt={SENT: fault}))

    if fault == "status:429":
        assert (answer.status, _code(answer), _added(world)) == (503, "provider_unavailable", 0)
    elif fault in NOT_DONE:
        assert (answer.status, _code(answer), _added(world)) == (503, "background_outcome_unknown", 0)
    else:
        assert (answer.status, _added(world)) == (200, 1)
        # The upload itself was never sent a second time after the provider had it.
        assert sum(step.name == UPLOAD for step in answer.steps) == (2 if fault == REPEATED else 1)


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_sent_before_the_list_is_known(world: World, fault: Fault) -> None:
    world.clear()

    answer = world.disturb(_upload(), plan=Plan(spoilt={LISTED_BEFORE: fault}))

    # A read that fails without a word is repeated, and may succeed then.
    assert answer.status in (200, 503)
    assert _added(world) == (1 if answer.status == 200 else 0)
    assert (SENT in answer.steps) == (answer.status == 200)


@pytest.mark.parametrize("death", ["before", "after"])
def test_a_process_that_dies_leaves_one_background_or_none(world: World, death: str) -> None:
    world.clear()

    answer = world.disturb(
        _upload(), plan=Plan(death_at=SENT, death="before" if death == "before" else "after")
    )

    assert answer.died
    assert _added(world) == (1 if death == "after" else 0)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_disturbed_choice_can_be_repeated(world: World, fault: Fault) -> None:
    world.clear()
    [*_, last] = world.disturb(_choice(), plan=UNDISTURBED).steps

    answer = world.disturb(_choice(), plan=Plan(spoilt={last: fault}))

    assert answer.status in (200, 503)
    assert world.run(_choice()).status == 200
