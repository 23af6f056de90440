import pytest

from local.stack import Stack
from tests.integration.api.contract import Contract
from tests.integration.api.hostile.functions import Functions
from tests.integration.api.hostile.tally import Tally

TALLY = pytest.StashKey[Tally]()


def pytest_configure(config: pytest.Config) -> None:
    """Load the plugin that collects what `schema.parametrize` makes; by its name it is switched off."""
    config.pluginmanager.import_plugin("schemathesis.pytest.plugin")


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Tally:
    return pytestconfig.stash.setdefault(TALLY, Tally())


@pytest.fixture
def functions(stack: Stack, contract: Contract, tally: Tally, monkeypatch: pytest.MonkeyPatch) -> Functions:
    return Functions(stack.application, contract=contract, tally=tally, patch=monkeypatch)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if TALLY in config.stash:
        terminalreporter.write_line(str(config.stash[TALLY]))
