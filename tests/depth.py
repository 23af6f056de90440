"""How much is tried: `make test` tries what finds most mistakes in minutes, `make test-deep` all there is.

`TEST_DEPTH=deep` before pytest does the same for a part: more random cases, other ones each time, every order
of recovery, and the tests marked `deep`, which are left out otherwise.
"""

import os
from types import ModuleType
from typing import Final

import pytest

from tests.canaries.on_import import OnImport

_DEPTHS: Final = {"": False, "usual": False, "deep": True}

IS_DEEP: Final = _DEPTHS[os.environ.get("TEST_DEPTH", "")]


def by_depth[T](usual: T, *, deep: T) -> T:
    """Choose between two sizes of a test."""
    return deep if IS_DEEP else usual


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "deep: takes long, or needs a network; runs with TEST_DEPTH=deep")
    on_import = OnImport()
    on_import.add(lambda name: name == "hypothesis", _load_profile)
    on_import.install()
    config.add_cleanup(on_import.remove)


def _load_profile(hypothesis: ModuleType) -> None:
    """Give random cases no deadline, which a loaded machine misses; deep runs draw other ones each time."""
    hypothesis.settings.register_profile(
        "by depth",
        derandomize=not IS_DEEP,
        deadline=None,
        database=None,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
    hypothesis.settings.load_profile("by depth")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the deep tests; pytest counts them as deselected."""
    if IS_DEEP:
        return
    deep = [item for item in items if item.get_closest_marker("deep")]
    if deep:
        config.hook.pytest_deselected(items=deep)
        items[:] = [item for item in items if not item.get_closest_marker("deep")]
