"""The fault matrix of one request: what can go wrong in it, read off a recording, and what becomes of it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from teleconsultation.use_cases.provisioning import PROVISIONING_LEASE
from tests.faults.checks import Announcements, View, check_world, view
from tests.faults.process_pool import Answer, Ask
from tests.faults.scenarios import Scenario
from tests.faults.tap import FAULTS, KINDS_OF_FAULTS, UNDISTURBED, Fault, Plan, Step
from tests.faults.world import RECONCILE, World

type Recovery = tuple[Literal["repeat", "reconcile"], ...]

RECOVERIES: tuple[Recovery, ...] = (("repeat", "reconcile"), ("reconcile",), ("reconcile", "repeat"))
ANSWERS = frozenset({200, 201, 204, 409, 502, 503})
"""What a request may be answered whose process or provider is in trouble."""
DEFINITE: frozenset[Fault] = frozenset({"refused", "status:429"})
"""Faults that leave no doubt that nothing happened."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One disturbance and one way to recover from it, with what was wrong on the way."""

    name: str
    problems: Sequence[str]


@dataclass(kw_only=True)
class Matrix:
    """All cells of one scenario."""

    scenario: Scenario
    world: World
    effects: int = 0
    """In the undisturbed request."""
    disturbances: int = 0
    """Done so far."""
    is_full: bool = False
    """Spoil each call in every way and recover in every order; otherwise one way of each kind, in one order.

    Both take turns, so that each way and each order comes up."""
    turn: int = 0
    """Which way comes first; another one in each scenario."""
    _seen: set[tuple[Step, tuple[Step, ...]]] = field(default_factory=set)

    def cells(self) -> Iterator[Cell]:
        """Disturb the request in every way there is, and recover from each."""
        world = self.world
        world.clear()
        ask = self.scenario.prepare(world)
        start = world.snapshot()
        known = frozenset(pk.partition("#")[2] for pk in start.items)
        before = view(world.items(), known=known)
        undisturbed = world.disturb(ask, plan=UNDISTURBED)
        after = view(world.items(), known=known)
        checks = Checks(self.scenario, ask, world=world, before=before, after=after, known=known)

        self.effects = sum(step.is_effect for step in undisturbed.steps)
        plans = [UNDISTURBED, *self._disturbances(undisturbed.steps)]
        for number, plan in enumerate(plans):
            world.restore(start)
            answer = world.disturb(ask, plan=plan)
            self.disturbances += 1
            middle = world.snapshot()
            for recovery in self._recoveries(ask, number=number):
                world.restore(middle)
                announced = Announcements(start.items)
                run = checks.run(answer, plan=plan, recovery=recovery, announced=announced)
                problems = [*_unplanned(answer, plan=plan), *run]
                yield Cell(name=f"{plan}; then {', '.join(recovery)}", problems=problems)
            if len(plan.spoilt) == 1 and not answer.died:
                plans += self._disturbances(self._news(answer, plan, undisturbed), besides=plan)

    def _disturbances(self, steps: Sequence[Step], *, besides: Plan = UNDISTURBED) -> Iterator[Plan]:
        for step in steps:
            if step.is_effect:
                yield Plan(spoilt=besides.spoilt, death_at=step, death="before")
                yield Plan(spoilt=besides.spoilt, death_at=step, death="after")
            if step.at_provider:
                for fault in self._faults():
                    yield Plan(spoilt={**besides.spoilt, step: fault})

    def _faults(self) -> Sequence[Fault]:
        if self.is_full:
            return FAULTS
        self.turn += 1
        return FAULTS[self.turn % KINDS_OF_FAULTS :: KINDS_OF_FAULTS]

    def _recoveries(self, ask: Ask, *, number: int) -> Sequence[Recovery]:
        if ask == RECONCILE:
            return [("reconcile",)]
        return RECOVERIES if self.is_full else [RECOVERIES[number % len(RECOVERIES)]]

    def _news(self, answer: Answer, plan: Plan, undisturbed: Answer) -> Sequence[Step]:
        """Return what the process did only because something went wrong: it can go wrong no less."""
        [spoilt] = plan.spoilt
        tail = _after(spoilt, answer.steps)
        usual = _after(spoilt, undisturbed.steps)
        while tail and usual and tail[-1].name == usual[-1].name:
            tail, usual = tail[:-1], usual[:-1]
        if (spoilt, tail) in self._seen:
            return ()
        self._seen.add((spoilt, tail))
        return tail


def _after(step: Step, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return steps[steps.index(step) + 1 :]


def _unplanned(answer: Answer, *, plan: Plan) -> Iterator[str]:
    if answer.died != (plan.death_at is not None):
        yield "the process did not die as planned"
    if not plan.spoilt.keys() <= set(answer.steps):
        yield "the call that was to be spoilt was never made"
    if answer.error is not None or answer.status not in ANSWERS | {None}:
        yield f"the answer was {answer.error or answer.status}"


@dataclass(frozen=True)
class Checks:
    """What is true of a disturbed request, from the disturbance to the end of a recovery."""

    scenario: Scenario
    ask: Ask
    world: World = field(kw_only=True)
    before: View = field(kw_only=True)
    after: View = field(kw_only=True)
    known: Collection[str] = field(kw_only=True)

    def run(
        self, answer: Answer, *, plan: Plan, recovery: Recovery, announced: Announcements
    ) -> Iterator[str]:
        """Recover, and say what was wrong at any point."""
        possible = (*self.scenario.announces, *self.scenario.announces_later)
        yield from announced.invented(self.world.items(), possible=possible)
        allowed = [self.after] if _is_success(answer) else [self.before, self.after]
        settled = plan == UNDISTURBED and not self.scenario.asks_for_a_run
        if settled or not self.scenario.begins_broken:
            yield from self._wrong("at once", allowed=allowed, settled=settled)
        for step in recovery:
            if step == "repeat":
                yield from self._repeat(at_once=self._is_free(answer, plan=plan))
                if self.scenario.repeats_safely:
                    allowed = [self.after]
                else:
                    allowed = [one + (self.after - self.before) for one in allowed]
                settled = (settled or self.scenario.heals_itself) and not self.scenario.asks_for_a_run
            else:
                yield from self._reconcile()
                settled = True
            yield from self._wrong(f"after {step}", allowed=allowed, settled=settled)
            yield from announced.invented(self.world.items(), possible=possible)
        yield from announced.lost(expected=self.scenario.announces)

    def _is_free(self, answer: Answer, *, plan: Plan) -> bool:
        """Say whether a repetition must not be made to wait: nobody can still be at work."""
        return not answer.died and (self.scenario.heals_itself or DEFINITE.issuperset(plan.spoilt.values()))

    def _repeat(self, *, at_once: bool) -> Iterator[str]:
        """Repeat the request as a client would: at once, and if told to wait, when the wait is over."""
        answer = self.world.run(self.ask)
        if answer.status in (409, 503) and not at_once:
            self.world.clock.advance(seconds=PROVISIONING_LEASE.total_seconds() + 1)
            answer = self.world.run(self.ask)
        if not _is_success(answer):
            yield f"the repetition was answered {answer.status}"

    def _reconcile(self) -> Iterator[str]:
        self.world.clock.advance(seconds=self.scenario.pause.total_seconds())
        counts = self.world.run(RECONCILE).result
        if counts is None or counts["failures"] or (counts["walk"] or {}).get("roomsLeft"):
            yield f"the reconciler reports {counts}"

    def _wrong(self, moment: str, *, allowed: Sequence[View], settled: bool) -> Iterator[str]:
        for problem in check_world(self.world, allowed=allowed, known=self.known, settled=settled):
            yield f"{moment}: {problem}"


def _is_success(answer: Answer) -> bool:
    return answer.status is not None and answer.status < 300
