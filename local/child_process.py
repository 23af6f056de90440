"""Run a command that ends with its parent, even on SIGKILL: `python -m local.child_process COMMAND...`.

The command runs until standard input ends. The parent holds the other end of that pipe, which closes when
the parent ends. (Linux's PR_SET_PDEATHSIG fires when the *thread* that started the child ends, and macOS has
no equivalent.)
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

GRACE_SECONDS: Final = 1.0
_STOP_TIMEOUT_SECONDS: Final = 3 * GRACE_SECONDS
_PROJECT_ROOT: Final = Path(__file__).resolve().parents[1]


@contextmanager
def supervised(
    command: Sequence[str], *, environment: Mapping[str, str], log: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` in its own session until the block ends; its output is appended to `log`.

    Raises:
        OSError: the process cannot be started.
    """
    process = subprocess.Popen(  # noqa: S603 - the caller's command
        [sys.executable, "-m", "local.child_process", *command],
        cwd=_PROJECT_ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        # Ctrl-C in the terminal must reach the parent only, which stops the command in order.
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def main(command: Sequence[str]) -> int:
    """Run the command until it or standard input ends; return its exit code."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - the caller's command

    def watch() -> None:
        # Not sys.stdin: the interpreter cannot shut down while a thread holds its lock.
        while os.read(0, 1024):
            pass
        child.terminate()
        try:
            child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()

    threading.Thread(target=watch, daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
