import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

import aws_json
import bandyer
import teleconsultation
from local.stack import Stack
from tests.integration.api.contract import Contract
from tests.integration.api.hostile.functions import Functions
from tests.integration.api.hostile.tally import Tally

FUNCTIONS: Final = Path(__file__).resolve().parents[4] / "functions"
TALLY = pytest.StashKey[Tally]()


def pytest_configure(config: pytest.Config) -> None:
    """Load the plugin that collects what `schema.parametrize` makes; by its name it is switched off."""
    config.pluginmanager.import_plugin("schemathesis.pytest.plugin")


@pytest.fixture(scope="session", autouse=True)
def whole_product() -> None:
    """Load all that ships before the first case.

    Hypothesis draws from the constants of the modules that are loaded, so none may come in the middle of a
    test; and what a function prepares when it is loaded is no part of a request.
    """
    for package in (aws_json, bandyer, teleconsultation):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    for app in FUNCTIONS.glob("*/app.py"):
        import_module(f"functions.{app.parent.name}.app")


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Tally:
    return pytestconfig.stash.setdefault(TALLY, Tally())


@pytest.fixture
def functions(stack: Stack, contract: Contract, tally: Tally, monkeypatch: pytest.MonkeyPatch) -> Functions:
    return Functions(stack.application, contract=contract, tally=tally, patch=monkeypatch)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if TALLY in config.stash:
        terminalreporter.write_line(str(config.stash[TALLY]))
