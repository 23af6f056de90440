"""Runs the tests in lanes side by side, one of them the browser's: `python -m tests.lanes`.

In a deep run the browser's tests load the page as it is published; those of its single modules follow.

Each line is printed as it comes, after the name of its lane. A lane that fails fails the run, but the other
ones go on; Ctrl-C stops all. The last lines name every test that failed. When all have passed, what the
canary check has read in them is added up.
"""

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Never

from tests.canaries.__main__ import main as check_canaries
from tests.depth import IS_DEEP

type Commands = Sequence[Sequence[str]]

LANES: Final[Mapping[str, Sequence[str]]] = {
    "browser": ("tests/e2e",),
    "integration": ("tests/integration",),
    "rest": (
        "tests",
        *(f"--ignore={folder}" for folder in ("tests/deployment", "tests/e2e", "tests/integration")),
    ),
}
"""Arguments of pytest; each lane takes about as long. tests/deployment is `make test-deploy`."""
_HOSTILE: Final = "tests/integration/api/hostile"
_SCHEMA: Final = f"{_HOSTILE}/test_schemathesis.py"
DEEP_LANES: Final[Mapping[str, Sequence[str]]] = {
    **LANES,
    "integration": (*LANES["integration"], f"--ignore={_HOSTILE}"),
    "hostile": (_HOSTILE, f"--ignore={_SCHEMA}"),
    "schema": (_SCHEMA,),
}
"""The same for a deep run, in which the hostile requests take longer than all other integration tests. Those
drawn from the OpenAPI document take about half of their time.
"""

_FAILURE: Final = re.compile(r"(?:FAILED|ERROR) \S")
"""How pytest begins a line of its summary about a test that did not pass, and the check of the canaries one
about a leak.
"""
_COLOR: Final = re.compile(r"\x1b\[[0-9;]*m")
_MAX_FAILURE_CHARACTERS: Final = 400


@dataclass(frozen=True)
class Outcome:
    """How a lane ended: its exit code, and pytest's line about each test that did not pass."""

    code: int
    failures: tuple[str, ...] = ()

    def describe(self, name: str) -> str:
        """Return the lane's verdict, a line a failed test after it."""
        verdict = "passed" if self.code == 0 else f"FAILED (exit code {self.code})"
        return "\n  ".join([f"{name}: {verdict}", *self.failures])


def run_lanes(lanes: Mapping[str, Commands]) -> Mapping[str, Outcome]:
    """Run lanes side by side, print what they print, and give how each ended.

    The commands of a lane run one after the other, whether they fail or not; its exit code is the last one
    that is not 0.
    """
    width = max(map(len, lanes))
    running = [_Lane(commands, prefix=f"{name:{width}} | ") for name, commands in lanes.items()]
    for lane in running:
        lane.start()
    try:
        for lane in running:
            lane.join()
    finally:
        for lane in running:
            lane.stop()
        for lane in running:
            lane.join()
    return {name: lane.outcome for name, lane in zip(lanes, running, strict=True)}


class _Lane(threading.Thread):
    """Runs commands one after the other and prints each of their lines after a prefix."""

    def __init__(self, commands: Commands, *, prefix: str) -> None:
        super().__init__()
        self._code = 0
        self._failures: list[str] = []
        self._commands = commands
        self._prefix = prefix
        self._process: subprocess.Popen[str] | None = None
        self._is_stopped = False
        self._lock = threading.Lock()

    @property
    def outcome(self) -> Outcome:
        return Outcome(self._code, tuple(self._failures))

    def run(self) -> None:
        for command in self._commands:
            if (process := self._begin(command)) is None:
                return
            assert process.stdout is not None
            with process.stdout as lines:
                for line in lines:
                    print(self._prefix + line, end="", flush=True)
                    if _FAILURE.match(text := _COLOR.sub("", line)):
                        self._failures.append(text.rstrip()[:_MAX_FAILURE_CHARACTERS])
            self._code = process.wait() or self._code

    def stop(self) -> None:
        """End the command that runs, and start no other one."""
        with self._lock:
            self._is_stopped = True
            if self._process is not None:
                self._process.terminate()

    def _begin(self, command: Sequence[str]) -> subprocess.Popen[str] | None:
        with self._lock:
            if self._is_stopped:
                return None
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
            return self._process


def catch_interruptions() -> None:
    """Let SIGINT and SIGTERM end this process like Ctrl-C, even if a shell started it with SIGINT ignored."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)


def _interrupt(*_: object) -> Never:
    raise KeyboardInterrupt


def main() -> int:
    """Run the lanes and then the verdict of the canaries."""
    catch_interruptions()
    with TemporaryDirectory() as folder:
        color = "yes" if sys.stdout.isatty() else "no"

        def tests(name: str, arguments: Sequence[str]) -> Sequence[str]:
            return [
                *(sys.executable, "-u", "-m", "pytest", f"--color={color}"),
                *(f"--canaries-file={Path(folder, name)}.json", *arguments),
            ]

        lanes = DEEP_LANES if IS_DEEP else LANES
        commands = {name: [tests(name, arguments)] for name, arguments in lanes.items()}
        if IS_DEEP:
            commands["browser"] = [
                ["env", "BUILT=1", *tests("browser", lanes["browser"])],
                tests("modules", ["-m", "sources", *lanes["browser"]]),
            ]
        outcomes = run_lanes(commands)
        for name, outcome in outcomes.items():
            print(outcome.describe(name))
        return 1 if any(outcome.code for outcome in outcomes.values()) else check_canaries(Path(folder))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        raise SystemExit(main())
    raise SystemExit(130)
