"""Puts each fault of this folder back and runs its test: `python -m tests.regressions [NUMBER ...]`.

Works in a copy of the project, so nothing here changes. The exit code is 1 if a test stays green.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.regressions.fault import Fault, load_faults

PROJECT: Final = Path(__file__).parents[2]
ENVIRONMENTS: Final = (".venv", ".tools")
_FAILED: Final = re.compile(r"\b[1-9]\d* failed\b")


def copy_project(source: Path, target: Path) -> None:
    """Copy what git knows or would add; the environments are linked."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=source,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    for name in filter(None, names):
        if (source / name).is_file() and name not in ENVIRONMENTS:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, target / name)
    for name in ENVIRONMENTS:
        if (source / name).exists():
            (target / name).symlink_to((source / name).resolve())


def is_caught(fault: Fault, project: Path) -> bool:
    """Tell if the fault's test fails while the fault is there. The file is as before afterwards."""
    file = project / fault.file
    before = file.read_bytes()
    fault.put_back(project)
    try:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-x",
                "--quiet",
                "--tb=no",
                "-p",
                "no:cacheprovider",
                fault.test,
            ],
            check=False,
            cwd=project,
            env=_environment(project),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
    finally:
        file.write_bytes(before)
    # Exit code 1 is also that of an error in a fixture.
    return done.returncode == 1 and bool(_FAILED.search(done.stdout))


def _environment(project: Path) -> Mapping[str, str]:
    """Import the copy's layer before the one that the environment names."""
    kept = {name: value for name, value in os.environ.items() if name != "TEST_DEPTH"}
    return {**kept, "PYTHONPATH": str(project / "layers/core")}


def main(numbers: Sequence[str]) -> int:
    """Put the faults with these numbers back, or all of them, one after the other."""
    faults = [fault for fault in load_faults() if not numbers or fault.number in numbers]
    missed = 0
    with TemporaryDirectory() as folder:
        project = Path(folder).resolve()
        copy_project(PROJECT, project)
        for fault in faults:
            begun = time.monotonic()
            caught = is_caught(fault, project)
            missed += not caught
            seconds = time.monotonic() - begun
            verdict = f"red after {seconds:4.1f} s" if caught else f"MISSED by {fault.test}"
            print(f"{fault.number:6} {verdict}  {fault.what}", flush=True)
    print(f"{len(faults) - missed} of {len(faults)} faults are caught")
    return 1 if missed or not faults else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
