"""An action runs on each module it waits for, before anybody has a name of it."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.canaries.on_import import OnImport


@pytest.fixture
def imports() -> Iterator[OnImport]:
    imports = OnImport()
    imports.install()
    yield imports
    imports.remove()


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two modules, of which the second takes a name of the first."""
    (tmp_path / "tapped_source.py").write_text("answer = 1\n", encoding="utf-8")
    (tmp_path / "tapped_user.py").write_text("from tapped_source import answer\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("tapped_source", "tapped_user"):
        sys.modules.pop(name, None)


def test_who_imports_a_name_gets_what_the_action_made_of_it(imports: OnImport) -> None:
    imports.add("tapped_source".__eq__, lambda module: setattr(module, "answer", 2))

    assert importlib.import_module("tapped_user").answer == 2


def test_a_module_that_is_loaded_is_acted_on_at_once(imports: OnImport) -> None:
    module = importlib.import_module("tapped_source")

    imports.add("tapped_source".__eq__, lambda module: setattr(module, "answer", 2))

    assert module.answer == 2


def test_an_action_runs_once_and_on_no_other_module(imports: OnImport) -> None:
    seen: list[str] = []
    imports.add("tapped_source".__eq__, lambda module: seen.append(module.__name__))

    importlib.import_module("tapped_user")
    importlib.import_module("tapped_source")

    assert seen == ["tapped_source"]
