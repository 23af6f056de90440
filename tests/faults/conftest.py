"""The one emulator and the one process pool of the suite, and what it has counted, for the end of the run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.emulator import AwsEmulator, running_aws_emulator
from local.ports import Ports
from tests.faults.process_pool import ProcessPool
from tests.faults.world import World, running_world

COUNTS = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def counts(pytestconfig: pytest.Config) -> list[str]:
    """Lines for the summary at the end."""
    return pytestconfig.stash.setdefault(COUNTS, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what was counted: a matrix that shrank unnoticed proves less than it seems."""
    for line in config.stash.get(COUNTS, []):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def faults_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="session")
def emulator(faults_directory: Path) -> Iterator[AwsEmulator]:
    with running_aws_emulator(port=Ports.free().aws, log=faults_directory / "emulator.txt") as running:
        yield running


@pytest.fixture(scope="session")
def processes(faults_directory: Path) -> Iterator[ProcessPool]:
    processes = ProcessPool(log=faults_directory / "functions.txt")
    yield processes
    processes.close()


@pytest.fixture(scope="module")
def world(emulator: AwsEmulator, processes: ProcessPool) -> Iterator[World]:
    with running_world(emulator=emulator, processes=processes) as world:
        yield world
