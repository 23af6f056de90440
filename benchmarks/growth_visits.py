"""The reconciler's day at more and more visits: calls of the provider, reads and writes of the table."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.report import table

VISITS_A_MONTH: Final = (1_000, 10_000, 100_000, 1_000_000)


def measure_visits(_build: Path, _folder: Path) -> str:
    """Return the table of counted days; each size in a process of its own."""
    rows = []
    for visits in VISITS_A_MONTH:
        result = subprocess.run(
            [sys.executable, "-m", "benchmarks.reconciled_day", str(visits)],
            capture_output=True,
            text=True,
            check=True,
        )
        rows.append(counted_row(visits, json.loads(result.stdout)))
    head = (
        "visits a month",
        "visits a day",
        "looks at a room",
        "rooms disabled, deleted",
        "records of calls",
        "pages of the list",
        "index queries",
        "records read one by one",
        "records read by the walk",
        "records written",
    )
    return table(head, rows)


def counted_row(visits: int, counted: dict[str, float]) -> tuple[str, ...]:
    """Return the row of one size."""
    numbers = (
        visits,
        visits // 30,
        counted["state"],
        counted["disable"] + counted["delete"],
        counted["look"],
        counted["list_rooms"],
        counted["due_for_settling"],
        counted["get"],
        counted["records"],
        counted["replace"] + counted["postpone"],
    )
    return tuple(f"{number:,.0f}" for number in numbers)
