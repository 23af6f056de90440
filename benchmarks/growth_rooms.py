"""The reconciler against more and more rooms: pages read, calls made, memory used."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.report import table

LIVE: Final = (1_000, 10_000, 100_000)
ORPHANS: Final = 100


def measure_rooms(_build: Path, _folder: Path) -> str:
    """Return the table; each size in a process of its own, whose memory is read at its end."""
    rows = []
    for live in LIVE:
        result = subprocess.run(
            [sys.executable, "-m", "benchmarks.reconciler", str(live), str(ORPHANS)],
            capture_output=True,
            text=True,
            check=True,
        )
        found = json.loads(result.stdout)
        assert found["deleted"] == ORPHANS, found
        rows.append(
            (
                f"{live:,}",
                str(found["deleted"]),
                f"{found['pages']:,}",
                f"{found['reads']:,}",
                f"{found['most_at_once']:,}",
                f"{found['kilobytes']:,.0f}",
                f"{found['seconds']:.1f}",
            )
        )
    head = (
        "live rooms",
        "orphans found and deleted",
        "pages read",
        "reads of the table",
        "records held at once, at most",
        "peak memory, KB",
        "own time, s",
    )
    return table(head, rows)
