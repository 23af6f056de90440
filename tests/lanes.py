"""Runs the tests in lanes side by side, one of them the browser's: `python -m tests.lanes`.

In a deep run the browser's tests of the page follow once more, on the page as it is published.

Each line is printed as it comes, after the name of its lane. A lane that fails fails the run, but the other
ones go on; Ctrl-C stops all. When all have passed, what the canary check has read in them is added up.
"""

import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Never

from tests.canaries.__main__ import main as check_canaries
from tests.depth import IS_DEEP

LANES: Final[Mapping[str, Sequence[str]]] = {
    "browser": ("tests/e2e",),
    "integration": ("tests/integration",),
    "rest": (
        "tests",
        *(f"--ignore={folder}" for folder in ("tests/deployment", "tests/e2e", "tests/integration")),
    ),
}
"""Arguments of pytest; each lane takes about as long. tests/deployment is `make test-deploy`."""
BUILT_LANE: Final = ("tests/e2e/page", "tests/e2e/product")


def run_lanes(commands: Mapping[str, Sequence[str]]) -> Mapping[str, int]:
    """Run commands side by side, print what they print, and give their exit codes."""
    width = max(map(len, commands))
    processes = {
        name: subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        for name, command in commands.items()
    }
    printers = [
        threading.Thread(target=_print_lines, args=(process, f"{name:{width}} | "))
        for name, process in processes.items()
    ]
    for printer in printers:
        printer.start()
    try:
        return {name: process.wait() for name, process in processes.items()}
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            process.wait()
        for printer in printers:
            printer.join()


def _print_lines(process: subprocess.Popen[str], prefix: str) -> None:
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            print(prefix + line, end="", flush=True)


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

        codes = {**run_lanes({name: tests(name, arguments) for name, arguments in LANES.items()})}
        if IS_DEEP:
            codes |= run_lanes({"built": ["env", "BUILT=1", *tests("built", BUILT_LANE)]})
        for name, code in codes.items():
            print(f"{name}: {'passed' if code == 0 else f'FAILED (exit code {code})'}")
        return 1 if any(codes.values()) else check_canaries(Path(folder))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        raise SystemExit(main())
    raise SystemExit(130)
