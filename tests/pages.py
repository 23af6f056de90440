"""Which page the browser's tests load: the sources, or with BUILT=1 what `make deploy` publishes.

Tests marked `sources` import or change single modules; with BUILT=1 they are left out.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from deployment.bundle import build_page

SOURCES: Final = Path(__file__).parents[1] / "frontend_static"
IS_BUILT: Final = {"": False, "1": True}[os.environ.get("BUILT", "")]


@contextmanager
def built_page() -> Iterator[Path]:
    """Build the page into a folder that exists until the block ends."""
    with TemporaryDirectory() as folder:
        build_page(SOURCES, into=Path(folder))
        yield Path(folder)


@contextmanager
def chosen_page() -> Iterator[Path]:
    """Yield the folder of the page that these tests are about."""
    if not IS_BUILT:
        yield SOURCES
        return
    with built_page() as folder:
        yield folder


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sources: imports or changes single modules; not with BUILT=1")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of single modules; pytest counts them as deselected."""
    if not IS_BUILT:
        return
    left_out = [item for item in items if item.get_closest_marker("sources")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("sources")]
