import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.child_process import supervised
from tests.conditions import wait_until

ROOT = Path(__file__).resolve().parents[3]
# Writes its process id, then waits; STUBBORN also ignores SIGTERM.
PATIENT = (
    "import os, pathlib, sys, time; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(60)"
)
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {PATIENT}"
HOLDER = """
import pathlib, sys, time
from local.child_process import supervised
from tests.conditions import wait_until
with open("/dev/null", "ab") as log, supervised(sys.argv[1:], environment={}, log=log):
    time.sleep(60)
"""


@contextmanager
def held(*command: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as file, supervised(command, environment={}, log=file) as process:
        yield process


def said(note: Path) -> int:
    assert wait_until(lambda: note.exists() and note.read_text(encoding="utf-8") != "")
    return int(note.read_text(encoding="utf-8"))


def is_gone(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return True
    # A zombie has ended too.
    return Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"


def test_the_command_ends_with_the_block(tmp_path: Path) -> None:
    note = tmp_path / "process.txt"

    with held(sys.executable, "-c", PATIENT, str(note), log=tmp_path / "log"):
        process_id = said(note)
        assert not is_gone(process_id)

    assert is_gone(process_id)


def test_a_command_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "process.txt"

    with held(sys.executable, "-c", STUBBORN, str(note), log=tmp_path / "log"):
        process_id = said(note)

    assert is_gone(process_id)


def test_the_command_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "process.txt"
    command = [sys.executable, "-c", HOLDER, sys.executable, "-c", PATIENT, str(note)]
    with subprocess.Popen(command, cwd=ROOT) as holder:
        process_id = said(note)

        holder.send_signal(signal.SIGKILL)

    assert wait_until(lambda: is_gone(process_id))


def test_output_goes_to_the_log_and_the_end_of_the_command_is_seen(tmp_path: Path) -> None:
    with held(sys.executable, "-c", "print('hello'); raise SystemExit(7)", log=tmp_path / "log") as process:
        code = process.wait(5)

    assert code == 7
    assert (tmp_path / "log").read_text(encoding="utf-8") == "hello\n"
