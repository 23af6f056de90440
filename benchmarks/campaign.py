"""Rounds: every variant once in each, in random order: what disturbs the machine disturbs them alike."""

import os
import random
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.emulated import emulated
from benchmarks.events import Event
from benchmarks.upstreams import Upstreams
from benchmarks.variants import Key, Method, Variant


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One variant in one round."""

    cold_ms: float
    """From the start of the runtime's process to the first answer."""
    warm_ms: float
    """The middle of the requests after it."""
    warm_p99_ms: float
    peak_megabytes: float


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """All rounds; each variant's samples stand in the same order."""

    samples: Mapping[Key, list[Sample]]
    load_averages: list[float]
    """Of the last minute, before each round; this campaign alone makes about 1."""


def run_campaign(
    variants: Mapping[Key, Variant],
    events: Mapping[Method, Event],
    *,
    rounds: int,
    requests: int,
    upstreams: Upstreams,
    folder: Path,
    say: Callable[[str], None],
) -> Campaign:
    """Run the rounds, after one that only warms the machine."""
    samples: dict[Key, list[Sample]] = {key: [] for key in variants}
    loads = []
    for number in range(rounds + 1):
        loads.append(os.getloadavg()[0])
        say(f"round {number} of {rounds}, load average {loads[-1]:.1f}")
        for stack, method in random.sample(list(variants), len(variants)):
            count = requests if number else 1
            sample = _measure(variants[stack, method], events[method], requests=count, folder=folder)
            if number:
                samples[stack, method].append(sample)
        upstreams.aws.received.clear()
    return Campaign(samples=samples, load_averages=loads[1:])


def _measure(variant: Variant, event: Event, *, requests: int, folder: Path) -> Sample:
    with emulated(variant, log=folder / "function.log") as function:
        for _ in range(1 + requests):
            answer = function.answer(event)
            assert answer["statusCode"] in {200, 201}, answer
        peak = function.peak_megabytes()
        cold, *warm = function.durations_ms(1 + requests)
    warm.sort()
    return Sample(
        cold_ms=cold,
        warm_ms=statistics.median(warm),
        warm_p99_ms=warm[len(warm) * 99 // 100],
        peak_megabytes=peak,
    )
