"""The pinned versions: one truth for what ships and what is tested, exact, hashed, from no given index."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.infrastructure.conftest import PROJECT

LAYER = "layers/core/requirements.txt"
GROUPS = (
    "run",
    "dev",
    "adapter",
    "audit",
    "bench",
    "checkov",
    "emulator",
    "lock",
    "node",
    "node20",
    "peers",
    "runtime",
    "sam",
    "transports",
)
FILES = [LAYER, *(f"requirements/{name}.txt" for name in GROUPS)]

# What renders the API's page, what checks the patient's page, and what the benchmark compares with.
NPM_PROJECTS = ("requirements/bundle", "requirements/openapi", "requirements/page", "requirements/peers")
NPM_FILES = [
    f"{project}/{name}" for project in NPM_PROJECTS for name in ("package.json", "package-lock.json")
]


def _pins(text: str) -> dict[str, str]:
    """Read names and exact versions; the markers after them count too."""
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==(.+?) *\\$", text, flags=re.MULTILINE))


def _read(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def _environment() -> dict[str, str]:
    """Leave out what an outer `make test` tells its children."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}


@pytest.fixture(scope="module")
def recompiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project's dependency files after another `make lock`."""
    folder = tmp_path_factory.mktemp("lock")
    for name in ("Makefile", "pyproject.toml", *NPM_FILES, *FILES):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / name, folder / name)
    (folder / ".tools").symlink_to(PROJECT / ".tools")
    subprocess.run(
        ["make", "lock"], cwd=folder, env=_environment(), capture_output=True, timeout=240, check=True
    )
    return folder


def test_what_ships_is_the_project_itself_and_nothing_of_the_runtime() -> None:
    asked = tomllib.loads(_read("pyproject.toml"))["project"]["dependencies"]

    names = {pin.partition("==")[0] for pin in asked}
    assert names == {"aws-lambda-powertools", "boto3", "botocore", "multipart", "pydantic", "requests"}
    assert "aws-xray-sdk" not in _pins(_read(LAYER))


def test_what_ships_runs_and_what_runs_is_tested() -> None:
    ships, runs, tested = (
        _pins(_read(name)) for name in (LAYER, "requirements/run.txt", "requirements/dev.txt")
    )

    assert ships
    assert ships.items() <= runs.items() <= tested.items()


def test_an_adapter_runs_in_the_versions_it_is_tested_in() -> None:
    pins, tested = (_pins(_read(f"requirements/{name}.txt")) for name in ("adapter", "dev"))

    # Not the markers: with fewer packages there are fewer reasons for one.
    assert {name: pin.partition(" ")[0] for name, pin in pins.items()}.items() <= {
        name: pin.partition(" ")[0] for name, pin in tested.items()
    }.items()


@pytest.mark.parametrize("name", [LAYER, "requirements/run.txt", "requirements/adapter.txt"])
def test_what_ships_and_runs_is_compared_with_advisories(name: str) -> None:
    command = subprocess.run(
        ["make", "--dry-run", "audit"],
        cwd=PROJECT,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout

    _, audit = command.split("pip-audit --strict")
    assert f"--requirement {name}" in audit


@pytest.mark.parametrize("name", FILES)
def test_every_pin_has_hashes_and_no_address(name: str) -> None:
    lines = [line for line in _read(name).splitlines() if not line.lstrip().startswith("#")]

    requirements = [line for line in lines if not line.startswith(" ")]
    hashes = [line for line in lines if line.startswith(" ")]

    assert requirements
    assert all(re.fullmatch(r"[a-z0-9-]+==\S+( ; .+)? \\", line) for line in requirements)
    assert all(re.fullmatch(r" +--hash=sha256:[0-9a-f]{64}( \\)?", line) for line in hashes)


@pytest.mark.deep
@pytest.mark.parametrize("name", FILES)
def test_the_pins_are_what_the_project_asks_for(recompiled: Path, name: str) -> None:
    # Not the hashes: a release may gain a wheel for one more platform any day.
    assert _pins((recompiled / name).read_text(encoding="utf-8")) == _pins(_read(name))


@pytest.mark.parametrize("project", NPM_PROJECTS)
def test_npms_packages_are_exact_and_hashed_and_have_no_address(project: str) -> None:
    asked = json.loads(_read(f"{project}/package.json"))["devDependencies"]
    packages = json.loads(_read(f"{project}/package-lock.json"))["packages"]

    pinned = {name.removeprefix("node_modules/"): package for name, package in packages.items() if name}

    assert asked == {name: pinned[name]["version"] for name in asked}
    assert all(re.fullmatch(r"sha512-[\w+/]{86}==", package["integrity"]) for package in pinned.values())
    assert not any("resolved" in package for package in pinned.values())


@pytest.mark.deep
@pytest.mark.parametrize("project", NPM_PROJECTS)
def test_npms_packages_are_what_the_project_asks_for(recompiled: Path, project: str) -> None:
    lock = f"{project}/package-lock.json"

    assert json.loads((recompiled / lock).read_text(encoding="utf-8")) == json.loads(_read(lock))


@pytest.fixture
def bare_project(tmp_path: Path) -> Path:
    """What make needs to begin with, and nothing installed."""
    shutil.copytree(PROJECT / "requirements", tmp_path / "requirements")
    shutil.copy2(PROJECT / "Makefile", tmp_path)
    return tmp_path


def _make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    make = shutil.which("make")
    assert make is not None
    nothing = folder / "nothing"
    nothing.mkdir()
    return subprocess.run(
        [make, *arguments],
        cwd=folder,
        env=_environment() | {"PATH": str(nothing)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_python_3_13_make_says_in_one_line_how_to_get_it(bare_project: Path) -> None:
    result = _make(bare_project, "run", "PYTHON=")

    assert result.returncode == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert "Python 3.13 with venv is needed" in result.stderr


def test_make_takes_the_python_it_is_given(bare_project: Path) -> None:
    result = _make(bare_project, "--dry-run", ".venv/.installed-run", f"PYTHON={sys.executable}")

    assert result.returncode == 0, result.stderr
    assert f"{sys.executable} -m venv .venv" in result.stdout
