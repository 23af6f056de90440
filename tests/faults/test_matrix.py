"""Whatever dies or fails at whatever point: the request happened once or not at all, and nothing is left."""

import pytest

from tests.depth import IS_DEEP
from tests.faults.matrix import Matrix
from tests.faults.scenarios import SCENARIOS, Scenario
from tests.faults.world import World


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_disturbance_is_recovered_from(
    scenario: Scenario, world: World, counts: list[str], subtests: pytest.Subtests
) -> None:
    matrix = Matrix(scenario=scenario, world=world, is_full=IS_DEEP, turn=SCENARIOS.index(scenario))

    cells = list(matrix.cells())

    counts.append(
        f"fault matrix, {scenario.name}: {matrix.effects} effects, "
        f"{matrix.disturbances} disturbances, {len(cells)} cells"
    )
    for cell in cells:
        with subtests.test(cell.name):
            assert cell.problems == []
