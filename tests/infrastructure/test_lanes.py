"""Lanes run side by side and are read line by line; one that fails fails the run."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infrastructure.conftest import PROJECT
from tests.lanes import DEEP_LANES, LANES, run_lanes

PROGRAM = """
import sys
from tests.lanes import catch_interruptions, run_lanes
catch_interruptions()
wait = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
run_lanes({name: [[sys.executable, "-c", wait]] * 2 for name in ("a", "b")})
"""


def _python(*codes: str) -> list[list[str]]:
    return [[sys.executable, "-c", code] for code in codes]


def test_every_line_has_the_name_of_its_lane(capsys: pytest.CaptureFixture[str]) -> None:
    run_lanes({"one": _python("print('a'); print('b')"), "other": _python("import os; os.write(2, b'c\\n')")})

    assert sorted(capsys.readouterr().out.splitlines()) == ["one   | a", "one   | b", "other | c"]


def test_each_lane_keeps_its_exit_code() -> None:
    codes = run_lanes({"good": _python(""), "bad": _python("raise SystemExit(3)")})

    assert codes == {"good": 0, "bad": 3}


def test_the_commands_of_a_lane_run_in_order_also_after_one_that_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    codes = run_lanes({"one": _python("print('a'); raise SystemExit(4)", "print('b')")})

    assert codes == {"one": 4}
    assert capsys.readouterr().out.splitlines() == ["one | a", "one | b"]


def test_lanes_run_at_the_same_time(tmp_path: Path) -> None:
    """Each waits for a pipe that only the other opens."""
    there, back = tmp_path / "there", tmp_path / "back"
    os.mkfifo(there)
    os.mkfifo(back)

    codes = run_lanes(
        {
            "one": _python(f"open({str(there)!r}, 'w'); open({str(back)!r})"),
            "other": _python(f"open({str(there)!r}); open({str(back)!r}, 'w')"),
        }
    )

    assert codes == {"one": 0, "other": 0}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_all_lanes(number: signal.Signals) -> None:
    with subprocess.Popen(
        _python(PROGRAM)[0], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        lanes = [int(process.stdout.readline().rpartition(" ")[2]) for _ in range(2)]

        process.send_signal(number)

    assert process.returncode != 0
    for lane in lanes:
        with pytest.raises(ProcessLookupError):
            os.kill(lane, 0)


def test_together_the_lanes_run_every_folder_but_what_needs_a_deployment() -> None:
    everything, *ignored = LANES["rest"]
    elsewhere = [folder for name, folders in LANES.items() if name != "rest" for folder in folders]

    assert everything == "tests"
    assert sorted(ignored) == sorted(f"--ignore={folder}" for folder in [*elsewhere, "tests/deployment"])


def test_a_deep_run_has_the_same_folders_and_the_hostile_requests_in_a_lane_of_their_own() -> None:
    [hostile] = DEEP_LANES["hostile"]

    assert (PROJECT / hostile).is_dir()
    assert DEEP_LANES["integration"] == (*LANES["integration"], f"--ignore={hostile}")
    assert {name: DEEP_LANES[name] for name in ("browser", "rest")} == {
        name: LANES[name] for name in ("browser", "rest")
    }
