"""Each fault can be put back, and the runner tells a test that catches its fault from one that does not."""

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.regressions.__main__ import PROJECT, is_caught
from tests.regressions.fault import Fault, StaleFaultError, load_faults

FAULTS = load_faults()

type Project = Callable[[str], Path]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.number} {fault.what}")
def test_the_text_of_each_fault_is_once_in_its_file_and_its_test_is_there(fault: Fault) -> None:
    file, *_, name = fault.test.partition("[")[0].split("::")

    assert (PROJECT / fault.file).read_text(encoding="utf-8").count(fault.cured) == 1
    assert f"def {name}(" in (PROJECT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "fault",
    [fault for fault in FAULTS if fault.file.endswith(".py")],
    ids=lambda fault: f"{fault.number} {fault.what}",
)
def test_each_fault_leaves_a_program(fault: Fault) -> None:
    ast.parse((PROJECT / fault.file).read_text(encoding="utf-8").replace(fault.cured, fault.broken))


def test_every_finding_has_a_fault() -> None:
    findings = {
        f"{letter}{number}"
        for letter, last in (("S", 20), ("B", 9), ("F", 22))
        for number in range(1, last + 1)
    }

    assert findings <= {fault.number for fault in FAULTS}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Write a project of one function and one test of it."""

    def write(test: str) -> Path:
        (tmp_path / "half.py").write_text("def half(x):\n    return x / 2\n")
        (tmp_path / "test_half.py").write_text(f"import pytest\nfrom half import half\n\n{test}")
        return tmp_path

    return write


def _fault(*, cured: str = "x / 2", test: str = "test_half.py::test_half") -> Fault:
    return Fault(number="X1", what="Twice", file="half.py", cured=cured, broken="x * 2", test=test)


def test_a_test_that_fails_with_the_fault_catches_it(project: Project) -> None:
    folder = project("def test_half():\n    assert half(4) == 2\n")

    assert is_caught(_fault(), folder)
    assert (folder / "half.py").read_text() == "def half(x):\n    return x / 2\n"


@pytest.mark.parametrize(
    "test",
    [
        pytest.param("def test_half():\n    assert half(0) == 0\n", id="green"),
        pytest.param("def test_other():\n    assert half(4) == 2\n", id="not there"),
        pytest.param(
            "@pytest.fixture\ndef four():\n    assert half(4) == 2\n\n\ndef test_half(four):\n    pass\n",
            id="its fixture fails",
        ),
    ],
)
def test_a_test_that_does_not_fail_by_itself_misses_the_fault(project: Project, test: str) -> None:
    assert not is_caught(_fault(), project(test))


@pytest.mark.parametrize("cured", ["x / 3", "x"])
def test_a_text_that_is_not_there_or_more_than_once_is_an_error(project: Project, cured: str) -> None:
    folder = project("")

    with pytest.raises(StaleFaultError, match=r"X1: half\.py has the text of `cured`"):
        _fault(cured=cured).put_back(folder)


def test_a_number_that_no_fault_has_is_an_error() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.regressions", "X9"],
        check=False,
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stdout) == (1, "0 of 0 faults are caught\n")
