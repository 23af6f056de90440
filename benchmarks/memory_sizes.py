"""What each memory size would make of a request: the table from which template.yaml's sizes are chosen.

Measured is processor time. A function with M MB has M/1769 of a processor for requests, so its share of the
duration follows; what a request waits for the network comes on top, the same for every size.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
"""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.report import table
from benchmarks.upstreams import Upstreams
from tests.fakes.api_gateway import http_event
from tests.infrastructure.built_functions import BuiltFunctions
from tests.infrastructure.test_cold_start import VISIT

MEMORY_MEGABYTES: Final = (128, 256, 512, 1024, 1769)
MEGABYTES_OF_A_PROCESSOR: Final = 1769
REQUESTS: Final = 100
# The first ones still fill caches.
SETTLING: Final = 10
PROGRAM: Final = Path(__file__).with_name("request_process.py")

GET, POST, PATCH, DELETE = (
    f"{verb}TeleconsultationFunction" for verb in ("Get", "Create", "Update", "Delete")
)
RECONCILER, ERASURE = "ReconcileRoomsFunction", "ErasePersonFunction"


@dataclass
class Runs:
    """What was measured of one function, process by process."""

    init_ms: list[float] = field(default_factory=list)
    first_ms: list[float] = field(default_factory=list)
    warm_ms: list[float] = field(default_factory=list)
    peak_megabytes: list[float] = field(default_factory=list)


def measure_memory_sizes(build: Path, folder: Path, *, upstreams: Upstreams, rounds: int) -> dict[str, Runs]:
    """Start every function in turn and call it `REQUESTS` times; in milliseconds of processor time."""
    runs = {name: Runs() for name in (GET, POST, PATCH, DELETE, RECONCILER, ERASURE)}
    report = folder / "request.json"

    def run(name: str, events: Sequence[Mapping[str, Any]]) -> None:
        # GET reads its roots from a directory, as in the layer; boto3 takes a file only.
        trusted = upstreams.roots if name == GET else upstreams.bundle
        environment = {"AWS_ENDPOINT_URL": upstreams.aws_url, "AWS_CA_BUNDLE": str(trusted)}
        functions = BuiltFunctions(build, upstreams.aws, upstreams.provider_url, environment)
        functions.start(name, events=events, program=PROGRAM, report=report)
        measured = json.loads(report.read_text(encoding="utf-8"))
        milliseconds = [seconds * 1e3 for seconds in measured["requests"]]
        runs[name].init_ms.append(measured["init"] * 1e3)
        runs[name].first_ms.append(milliseconds[0])
        runs[name].warm_ms.append(statistics.median(milliseconds[SETTLING:]))
        runs[name].peak_megabytes.append(measured["peak_megabytes"])

    for _ in range(rounds):
        upstreams.table.items.clear()
        run(POST, [http_event("POST", body=VISIT)] * REQUESTS)
        visits = [
            key.partition("#")[2] for key in upstreams.table.items if key.startswith("TELECONSULTATION")
        ]
        run(GET, [http_event(teleconsultation_id=visits[0])] * REQUESTS)
        # Another duration needs another room: one is made, one is deleted.
        longer = {"duration_in_seconds": VISIT["duration_in_seconds"] + 600}
        run(PATCH, [http_event("PATCH", teleconsultation_id=visit, body=longer) for visit in visits])
        run(RECONCILER, [{}] * REQUESTS)
        run(ERASURE, [{"userExternalId": "nobody"}] * REQUESTS)
        run(DELETE, [http_event("DELETE", teleconsultation_id=visit) for visit in visits])
    return runs


def memory_table(runs: Mapping[str, Runs]) -> str:
    """Return medians as Markdown."""
    rows = []
    for name, measured in runs.items():
        first, warm = statistics.median(measured.first_ms), statistics.median(measured.warm_ms)
        shares = [MEGABYTES_OF_A_PROCESSOR / size for size in MEMORY_MEGABYTES]
        rows.append(
            (
                name.removesuffix("Function"),
                f"{statistics.median(measured.init_ms):.0f}",
                f"{statistics.median(measured.peak_megabytes):.0f}",
                *(f"{first * share:.1f} / {warm * share:.1f}" for share in shares),
            )
        )
    sizes = [f"{size} MB: first / warm ms" for size in MEMORY_MEGABYTES]
    return table(("function", "init ms", "peak MB", *sizes), rows)
