"""A requested erasure is completed, wherever a process is killed and whatever the provider answers."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.depth import IS_DEEP
from tests.fakes.api_gateway import routed_event
from tests.faults.process_pool import Ask
from tests.faults.scenarios import made
from tests.faults.tap import FAULTS, KINDS_OF_FAULTS, UNDISTURBED, Plan, Step
from tests.faults.world import World

PERSON = "patient"
REQUEST = Ask(
    function="request_erasure",
    event=routed_event("DELETE", "/users/{userExternalId+}", parameters={"userExternalId": PERSON}),
)
RUN = Ask(
    function="erase_person",
    event={"source": "aws.events", "detail-type": "Scheduled Event"},
    remaining_milliseconds=900_000,
)
UNTIL_A_LEASE_ENDS = timedelta(minutes=20)


@pytest.fixture
def visit_id(world: World) -> Iterator[str]:
    world.clear()
    yield made(world)
    world.clear()


def _deaths(steps: tuple[Step, ...]) -> Iterator[Plan]:
    for step in steps:
        if step.is_effect:
            yield Plan(death_at=step, death="before")
            yield Plan(death_at=step, death="after")


def _spoilt(steps: tuple[Step, ...]) -> Iterator[Plan]:
    for step in steps:
        if step.at_provider:
            faults = FAULTS if IS_DEEP else FAULTS[::KINDS_OF_FAULTS]
            yield from (Plan(spoilt={step: fault}) for fault in faults)


def _erased(world: World) -> list[str]:
    """Return what is wrong in a world in which nothing may be left of the person."""
    items = world.items()
    [erasure] = [item for pk, item in items.items() if pk.startswith("ERASURE#")]
    with world.provider.lock:
        users = len(world.provider.users)
    return [
        problem
        for problem, is_so in {
            "the person is in the table": f'"{PERSON}"' in json.dumps(items) or f"USER#{PERSON}" in items,
            "the person is named in the table": f"Name of {PERSON}" in json.dumps(items),
            "the provider has the person's user": users != 1,
            "it is not completed": "completedAt" not in erasure,
            "it does not expire": "expiresAt" not in erasure,
            "it is due": bool(world.due()),
        }.items()
        if is_so
    ]


def test_killed_before_or_after_the_request_is_stored_a_repetition_stores_it(
    world: World, visit_id: str
) -> None:
    start = world.snapshot()
    steps = world.disturb(REQUEST, plan=UNDISTURBED).steps
    effects = [step.name for step in steps if step.is_effect]

    for plan in _deaths(steps):
        world.restore(start)
        assert world.disturb(REQUEST, plan=plan).died
        assert world.run(REQUEST).status == 202
        world.run(RUN)
        assert _erased(world) == [], str(plan)

    assert effects == ["UpdateItem ERASURE"]


def test_disturbed_at_any_effect_a_later_run_completes_it(
    world: World, visit_id: str, counts: list[str]
) -> None:
    assert world.run(REQUEST).status == 202
    start = world.snapshot()
    steps = world.disturb(RUN, plan=UNDISTURBED).steps
    undisturbed = _erased(world)
    plans = [*_deaths(steps), *_spoilt(steps)]
    problems = {}

    for plan in plans:
        world.restore(start)
        answer = world.disturb(RUN, plan=plan)
        assert answer.died == (plan.death_at is not None)
        world.clock.advance(seconds=UNTIL_A_LEASE_ENDS.total_seconds())
        world.run(RUN)
        [erasure] = [item for pk, item in world.items().items() if pk.startswith("ERASURE#")]
        problems[str(plan)] = [*_erased(world), *({visit_id} ^ {*erasure["upcoming"]["SS"]})]

    counts.append(f"fault matrix, an erasure: {len(plans)} disturbances")
    assert undisturbed == []
    assert {plan: wrong for plan, wrong in problems.items() if wrong} == {}
