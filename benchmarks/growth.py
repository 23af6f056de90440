"""`make bench-growth`: how cost grows, in items, participants, rooms, visits and callers.

`.venv/bin/python -m benchmarks.growth [--only items participants rooms visits callers]`. No part of CI.
"""

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.growth_callers import measure_callers
from benchmarks.growth_items import measure_items
from benchmarks.growth_participants import measure_participants
from benchmarks.growth_rooms import measure_rooms
from benchmarks.growth_visits import measure_visits
from benchmarks.report import when, write_section
from tests.deployment.sam import build

# Each takes what `sam build` made and a folder for its own, and returns Markdown.
SUBJECTS: Final[dict[str, Callable[[Path, Path], str]]] = {
    "items": measure_items,
    "participants": measure_participants,
    "rooms": measure_rooms,
    "visits": measure_visits,
    "callers": measure_callers,
}


def main() -> None:
    """Measure one after the other and write each one's section."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=SUBJECTS, default=list(SUBJECTS))
    parser.add_argument("--built", type=Path, help="what `sam build` has made already, for this processor")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build_folder = options.built or build(folder / "build").parent
        for subject in options.only:
            load = os.getloadavg()[0]
            text = SUBJECTS[subject](build_folder, folder)
            print(text)
            note = f"{when()}. Load average before and after: {load:.1f}, {os.getloadavg()[0]:.1f}."
            write_section(f"growth with {subject}", f"{text}\n\n{note}")


if __name__ == "__main__":
    main()
