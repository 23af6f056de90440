"""POST for 2 to 25 participants, whom we know or whom we meet: calls and time."""

import json
import secrets
import statistics
from collections import Counter
from pathlib import Path
from typing import Any, Final

from benchmarks.emulated import emulated
from benchmarks.events import creating
from benchmarks.report import table
from benchmarks.upstreams import Upstreams, running_upstreams
from benchmarks.variants import CREATE, Variant, built_variant

NUMBERS: Final = (2, 5, 10, 25)
REQUESTS: Final = 60


def measure_participants(build: Path, folder: Path) -> str:
    """Return the table."""
    rows = []
    upstreams_folder = folder / "upstreams"
    upstreams_folder.mkdir()
    with running_upstreams(upstreams_folder) as upstreams:
        variant = built_variant(
            build,
            CREATE,
            aws_url=upstreams.aws_url,
            provider_url=upstreams.provider_url,
            AWS_CA_BUNDLE=str(upstreams.bundle),
        )
        for number in NUMBERS:
            known = _people(number)
            cells = []
            for are_known in (True, False):
                calls, milliseconds = _measure(
                    variant,
                    [known if are_known else _people(number) for _ in range(2 + REQUESTS)],
                    upstreams=upstreams,
                    log=folder / "function.log",
                )
                cells += [
                    ", ".join(f"{count} {name}" for name, count in calls.items()),
                    f"{milliseconds:.1f}",
                ]
            rows.append((str(number), *cells))
    head = "participants", "all known: calls", "p50 ms", "all new: calls", "p50 ms"
    return table(head, rows)


def _measure(
    variant: Variant, lists: list[list[dict[str, Any]]], *, upstreams: Upstreams, log: Path
) -> tuple[Counter[str], float]:
    """Return the calls of the last request, and the middle of all but the first two."""
    with emulated(variant, log=log) as function:
        for number, people in enumerate(lists, start=1):
            if number == len(lists):
                before = upstreams.calls()
            answer = function.answer(creating(people))
            assert answer["statusCode"] == 201, answer
            assert len(json.loads(answer["body"])["participants"]) == len(people)
        calls = upstreams.calls() - before
        return calls, statistics.median(function.durations_ms(len(lists))[2:])


def _people(number: int) -> list[dict[str, Any]]:
    return [
        {
            "userExternalId": f"person-{secrets.token_hex(8)}",
            "groups": ["doctor" if place == 0 else "patient"],
            "fullName": "Ada Verdi",
        }
        for place in range(number)
    ]
