"""Every test run is searched for personal data and secrets where they do not belong; a find fails the run.

`places` says what is looked for and where it may be, `taps` where the recorder listens.
`python -m tests.canaries` checks that the lanes of a whole run have together come by every channel.
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
        self._imports = install(self._recorder, patch=self._patch)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        temporary: Path = session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
        self._logs.read(self._recorder, temporary=temporary)
        self._problems = self._recorder.verdict()
        if file := session.config.getoption(_FILE):
            self._recorder.readings().save(file)
        if self._problems and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("personal data where it does not belong" if self._problems else "canaries")
        for problem in self._problems:
            terminalreporter.write_line(f"ERROR {problem}", red=True)
        terminalreporter.write_line(self._recorder.summary())

    def pytest_unconfigure(self) -> None:
        self._imports.remove()
        self._patch.undo()


_NAME: Final = "canaries"
_FILE: Final = "--canaries-file"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(_FILE, type=Path, help="leave here what was read, for `python -m tests.canaries FOLDER`")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(CanaryCheck(), _NAME)
