"""A deployment whose operator requires a scope of participants who sign in."""

from collections.abc import Iterator

import pytest

from local.stack import Stack, running_stack
from tests.integration.api.authorization.callers import CALLERS, PARTICIPANT_SCOPE, set_scene
from tests.integration.api.authorization.matrix import SCOPED
from tests.integration.api.authorization.test_matrix import ROUTES, send
from tests.integration.api.client import ApiClient, World


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(
        invocation="in-process",
        parameters={"ParticipantScope": PARTICIPANT_SCOPE},
        state_directory=tmp_path_factory.mktemp("stack"),
    ) as running:
        yield running


@pytest.mark.parametrize("caller", SCOPED)
def test_who_may_do_what(api: ApiClient, world: World, caller: str) -> None:
    scene = set_scene(api, world.table)
    authorization = CALLERS[caller](scene)

    answers = {
        route: send(scene, world, route, visit_id=scene.visit_id, authorization=authorization)
        for route in ROUTES
    }

    assert answers == SCOPED[caller]
