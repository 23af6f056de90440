"""Prints at the end of a run how long the tests of each folder took."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import pytest


class SecondsPerFolder:
    """Adds up set-up, call and tear-down of every test."""

    def __init__(self) -> None:
        self._seconds: Counter[str] = Counter()
        self._tests: dict[str, set[str]] = {}

    def add(self, nodeid: str, *, seconds: float) -> None:
        """Count a part of one test."""
        folder = nodeid.partition("::")[0].rpartition("/")[0]
        self._seconds[folder] += seconds  # type: ignore[assignment] # typeshed's counters hold integers
        self._tests.setdefault(folder, set()).add(nodeid)

    def lines(self) -> Iterator[str]:
        """Give one line for each folder, the slowest first."""
        for folder, seconds in self._seconds.most_common():
            yield f"{seconds:7.1f} s {len(self._tests[folder]):5} tests in {folder or '.'}"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.add(report.nodeid, seconds=report.duration)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("seconds per folder")
        for line in self.lines():
            terminalreporter.write_line(line)


_NAME: Final = "seconds-per-folder"


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(SecondsPerFolder(), _NAME)
