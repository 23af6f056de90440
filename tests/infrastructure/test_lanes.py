"""Lanes run side by side and are read line by line; one that fails fails the run."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infrastructure.conftest import PROJECT
from tests.lanes import DEEP_LANES, LANES, Outcome, run_lanes

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
    outcomes = run_lanes({"good": _python(""), "bad": _python("raise SystemExit(3)")})

    assert outcomes == {"good": Outcome(0), "bad": Outcome(3)}


def test_the_verdict_of_a_lane_names_the_tests_that_failed() -> None:
    """The first lines of a long run may be lost, as where only the end of a log is kept."""
    summary = (
        "print('ERROR of a program'.lower()); "
        "print('\\x1b[31mFAILED\\x1b[0m tests/test_a.py::test_b - assert 1 == 2'); "
        "print('ERROR tests/test_c.py'); raise SystemExit(1)"
    )

    outcome = run_lanes({"one": _python(summary)})["one"]

    assert outcome.describe("one").splitlines() == [
        "one: FAILED (exit code 1)",
        "  FAILED tests/test_a.py::test_b - assert 1 == 2",
        "  ERROR tests/test_c.py",
    ]


def test_the_commands_of_a_lane_run_in_order_also_after_one_that_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    outcomes = run_lanes({"one": _python("print('a'); raise SystemExit(4)", "print('b')")})

    assert outcomes == {"one": Outcome(4)}
    assert capsys.readouterr().out.splitlines() == ["one | a", "one | b"]


def test_lanes_run_at_the_same_time(tmp_path: Path) -> None:
    """Each waits for a pipe that only the other opens."""
    there, back = tmp_path / "there", tmp_path / "back"
    os.mkfifo(there)
    os.mkfifo(back)

    outcomes = run_lanes(
        {
            "one": _python(f"open({str(there)!r}, 'w'); open({str(back)!r})"),
            "other": _python(f"open({str(there)!r}); open({str(back)!r}, 'w')"),
        }
    )

    assert outcomes == {"one": Outcome(0), "other": Outcome(0)}


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


def test_a_deep_run_has_the_same_folders_and_the_hostile_requests_in_lanes_of_their_own() -> None:
    [schema] = DEEP_LANES["schema"]
    hostile, ignored = DEEP_LANES["hostile"]

    assert (PROJECT / hostile).is_dir()
    assert (PROJECT / schema).is_file()
    assert ignored == f"--ignore={schema}"
    assert DEEP_LANES["integration"] == (*LANES["integration"], f"--ignore={hostile}")
    assert {name: DEEP_LANES[name] for name in ("browser", "rest")} == {
        name: LANES[name] for name in ("browser", "rest")
    }
