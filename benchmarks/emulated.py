"""One variant under the runtime interface emulator, and what can be read off it from outside."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.variants import Variant
from local.child_process import supervised
from local.ports import HOST
from tests.deployment.runtime import EMULATOR, START_TIMEOUT_SECONDS, LambdaRuntime, free_port

# The first one's holds the start of the runtime and the function's init too: our share of a cold start.
_DURATION: Final = re.compile(rb"REPORT RequestId: [^\n]*?\tDuration: ([\d.]+) ms")


@dataclass(frozen=True)
class Emulated:
    """A variant that is ready to be started by its first event."""

    runtime: LambdaRuntime
    emulator_pid: int
    log: Path

    def answer(self, event: Any) -> Any:
        """Send one event and return what came of it."""
        return self.runtime.invoke(event)

    def durations_ms(self, number: int) -> list[float]:
        """Return how long each of that many invocations took, by the emulator's clock."""
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while len(found := _DURATION.findall(self.log.read_bytes())) < number:
            assert time.monotonic() < deadline, f"the emulator did not report {number} times; see {self.log}"
            time.sleep(0.01)
        return [float(text) for text in found]

    def peak_megabytes(self) -> float:
        """Return the most memory that the function's process had; Linux only.

        https://man7.org/linux/man-pages/man5/proc_pid_status.5.html (VmHWM)
        """
        pid = self.emulator_pid
        while children := _children(pid):
            [pid] = children
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        [peak] = [line for line in status.splitlines() if line.startswith("VmHWM")]
        return int(peak.split()[1]) / 1024


@contextmanager
def emulated(variant: Variant, *, log: Path) -> Iterator[Emulated]:
    """Run the emulator until the block ends; it starts the variant's process when the first event comes."""
    api, invocations = free_port(), free_port()
    command = [
        *("env", f"--chdir={variant.folder}"),
        *(str(EMULATOR), "--log-level", "error"),
        *("--runtime-api-address", f"{HOST}:{api}"),
        *("--runtime-interface-emulator-address", f"{HOST}:{invocations}"),
        *variant.command,
    ]
    with log.open("wb") as file, supervised(command, environment=variant.environment, log=file) as process:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not _listens(invocations):
            assert process.poll() is None, f"the runtime emulator ended; see {log}"
            assert time.monotonic() < deadline, f"the runtime emulator was not ready in time; see {log}"
            time.sleep(0.01)
        runtime = LambdaRuntime(url=f"http://{HOST}:{invocations}", lock=threading.Lock())
        yield Emulated(runtime, process.pid, log)


def _children(pid: int) -> list[int]:
    """Name a process's children; each of its threads has its own."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in lists for child in path.read_text(encoding="utf-8").split()]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
