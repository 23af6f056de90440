"""Many at once, over the real adapters, each in a process of its own, as on Lambda."""

import random
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

import pytest

from teleconsultation.domain.lifetime import SETTLE_AFTER
from teleconsultation.use_cases.provisioning import PROVISIONING_LEASE
from teleconsultation.use_cases.walk import WALK_EVERY
from tests.depth import by_depth
from tests.faults.checks import left_behind, wrong_for_readers
from tests.faults.process_pool import Answer, Ask
from tests.faults.scenarios import ANOTHER_PATIENT, LONGER, MOVED, ONE_MORE_EXPECTED, VISIT, made
from tests.faults.world import RECONCILE, World, change, creation, deletion, stored

CROWD = 50
MIX_SECONDS = by_depth(8, deep=60)
MIX_PROCESSES = 6


@pytest.fixture(autouse=True)
def empty_world(world: World) -> None:
    world.clear()


def at_once(world: World, asks: Sequence[Ask]) -> list[Answer]:
    """Invoke all of them before any can answer, each in a process of its own that has its clients ready."""
    with ExitStack() as stack:
        processes = [stack.enter_context(world.process()) for _ in asks]
        for process in processes:
            process.send(change("0" * 24, MOVED), now=world.clock())
        assert statuses([process.receive() for process in processes]) == {404: len(asks)}
        for process, ask in zip(processes, asks, strict=True):
            process.send(ask, now=world.clock())
        return [process.receive() for process in processes]


def statuses(answers: Sequence[Answer]) -> Counter[int | None]:
    return Counter(answer.status for answer in answers)


def wrong(world: World) -> list[str]:
    """Say what is wrong now that nobody is at work any more."""
    items = world.items()
    return [*wrong_for_readers(world, items), *left_behind(world, items)]


def test_of_many_posts_with_one_key_one_makes_a_room(world: World, counts: list[str]) -> None:
    ask = creation(VISIT, key="one")

    answers = at_once(world, [ask] * CROWD)
    repeated = [world.run(ask) for answer in answers if answer.status != 201]

    seen = statuses(answers)
    assert seen.keys() <= {201, 409}
    assert seen[201] >= 1
    assert all("retry-after" in answer.result["headers"] for answer in answers if answer.status == 409)
    assert statuses(repeated).keys() <= {201}
    everybody = [answer for answer in (*answers, *repeated) if answer.status == 201]
    assert len({answer.result["headers"]["location"] for answer in everybody}) == 1
    assert len({answer.result["body"] for answer in everybody}) == 1
    assert len(world.provider.rooms) == 1
    assert wrong(world) == []
    counts.append(
        f"race, {CROWD} POSTs with one key: {seen[201]} answered 201, {seen[409]} sent away with 409"
    )


@pytest.mark.parametrize("body", [MOVED, LONGER], ids=["keeps the room", "replaces the room"])
def test_of_many_patches_of_one_version_one_wins(
    world: World, counts: list[str], body: dict[str, object]
) -> None:
    id_ = made(world)
    [before] = stored(world.items())

    answers = at_once(world, [change(id_, body, if_match=f'"{before.version}"')] * CROWD)

    seen = statuses(answers)
    assert seen[204] == 1
    assert seen.keys() <= {204, 409, 412}
    assert wrong(world) == []
    assert len(world.provider.rooms) <= 2
    counts.append(f"race, {CROWD} PATCHes of one version: {dict(seen)}")


@pytest.mark.parametrize("body", [MOVED, LONGER], ids=["keeps the room", "replaces the room"])
def test_patch_against_delete(world: World, body: dict[str, object]) -> None:
    ids = [made(world) for _ in range(8)]

    answers = at_once(world, [ask for id_ in ids for ask in (change(id_, body), deletion(id_))])

    for id_, patched, deleted in zip(ids, answers[::2], answers[1::2], strict=True):
        assert patched.status in (204, 409, 410)
        assert deleted.status in (204, 409)
        one = next(one for one in stored(world.items()) if one.id == id_)
        assert (one.deleted_at is not None) == (deleted.status == 204)
    repeated = [world.run(deletion(id_)) for id_ in ids]
    assert statuses(repeated) == {204: len(ids)}
    assert wrong(world) == []
    assert world.live_rooms() == set()


def test_whatever_many_do_to_the_same_nothing_is_left(world: World, counts: list[str]) -> None:
    visits = [made(world) for _ in range(4)]
    over = time.monotonic() + MIX_SECONDS

    with ThreadPoolExecutor(MIX_PROCESSES) as threads:
        seen = sum(
            threads.map(lambda seed: Mix(world, visits, seed=seed).until(over), range(MIX_PROCESSES)),
            Counter[str](),
        )
    world.clock.advance(seconds=(PROVISIONING_LEASE + SETTLE_AFTER + WALK_EVERY).total_seconds())
    done = world.run(replace(RECONCILE, event={"maxDeletions": 1000}))

    assert not [name for name in seen if not name.endswith(("200", "201", "204", "409", "410", "412", "422"))]
    assert done.result["failures"] == done.result["walk"]["roomsLeft"] == 0
    assert wrong(world) == []
    counts.append(
        f"race, random mix for {MIX_SECONDS} s: {seen.total()} requests, {dict(sorted(seen.items()))}"
    )


class Mix:
    """One of those who send requests at random, all to the same few teleconsultations."""

    def __init__(self, world: World, visits: list[str], *, seed: int) -> None:
        self._world = world
        self._visits = visits
        self._random = random.Random(seed)

    def until(self, over: float) -> Counter[str]:
        """Send requests until that moment, and count the answers."""
        seen: Counter[str] = Counter()
        with self._world.process() as process:
            while time.monotonic() < over:
                ask = self._any()
                answer = process.run(ask, now=self._world.clock())
                seen[f"{ask.function.partition('_')[0]} {answer.error or answer.status or 200}"] += 1
                if answer.status == 201:
                    id_ = answer.result["headers"]["location"].rpartition("/")[2]
                    self._visits[self._random.randrange(len(self._visits))] = id_
        return seen

    def _any(self) -> Ask:
        id_ = self._random.choice(self._visits)
        version = self._random.randint(1, 6)
        body = self._random.choice([MOVED, LONGER, ANOTHER_PATIENT, ONE_MORE_EXPECTED, VISIT])
        return self._random.choices(
            [
                creation(VISIT),
                creation(VISIT, key=f"key-{self._random.randint(1, 5)}"),
                creation(ANOTHER_PATIENT | {"start_date": VISIT["start_date"]} | LONGER, key="key-1"),
                change(id_, body),
                change(id_, body, if_match=f'"{version}"'),
                deletion(id_),
                RECONCILE,
            ],
            weights=[2, 3, 1, 8, 3, 1, 1],
        )[0]
