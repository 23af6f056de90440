"""Every test run is searched for personal data and secrets where they do not belong; a find fails the run.

`places` says what is looked for and where it may be, `taps` where the recorder listens.
"""

from pathlib import Path
from typing import Final

import pytest

from tests.canaries.recorder import Recorder
from tests.canaries.taps import FunctionLogs, install


class CanaryCheck:
    """The check of one run."""

    def __init__(self) -> None:
        self._recorder = Recorder()
        self._patch = pytest.MonkeyPatch()
        self._logs = FunctionLogs()
        self._problems: list[str] = []
        self._deselected = False
        self._imports = install(self._recorder, patch=self._patch)

    def pytest_deselected(self) -> None:
        self._deselected = True

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        temporary: Path = session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
        self._logs.read(self._recorder, temporary=temporary)
        whole_run = (
            session.config.args_source is pytest.Config.ArgsSource.TESTPATHS
            and not self._deselected
            and exitstatus == pytest.ExitCode.OK
        )
        self._problems = self._recorder.verdict(whole_run=whole_run)
        if self._problems and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("personal data where it does not belong" if self._problems else "canaries")
        for problem in self._problems:
            terminalreporter.write_line(problem, red=True)
        terminalreporter.write_line(self._recorder.summary())

    def pytest_unconfigure(self) -> None:
        self._imports.remove()
        self._patch.undo()


_NAME: Final = "canaries"


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(CanaryCheck(), _NAME)
