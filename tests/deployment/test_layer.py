"""Unwanted files and the size of the built layer."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

from tests.deployment.sam import ARCHITECTURE
from tests.deployment.samples import functions

# PEP 3149 tag of CPython 3.13 on Linux, for the build's processor.
EXTENSION: Final = {
    "arm64": ".cpython-313-aarch64-linux-gnu.so",
    "x86_64": ".cpython-313-x86_64-linux-gnu.so",
}[ARCHITECTURE]
# Packages of the runtime. One of them in a layer shadows the runtime's version and breaks the others.
# Without jmespath, which Powertools needs too.
OF_THE_RUNTIME: Final = ("awslambdaric",)
OF_THE_PROJECT: Final = ("local", "tests", "functions", "docs", "events")
# Part of the 250 MB that AWS allows unzipped for function and layers.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_LAYER_BYTES: Final = 30_000_000


@pytest.fixture(scope="module")
def layer(built_template: Path) -> Path:
    """The layer's folder /opt/python."""
    return built_template.parent / "CoreLayer" / "python"


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _weight(folder: Path) -> int:
    return sum(path.stat().st_size for path in _files(folder))


@pytest.mark.parametrize("name", [*OF_THE_RUNTIME, *OF_THE_PROJECT])
def test_the_layer_has_neither_the_package_nor_its_metadata(layer: Path, name: str) -> None:
    assert not [path for path in layer.iterdir() if re.fullmatch(rf"{name}(-.+\.dist-info|\.py)?", path.name)]


def test_the_layer_has_no_tests_except_two_from_wheels(layer: Path) -> None:
    tests = re.compile(r"tests?|test_.*|.*_test\.py|conftest\.py")

    found = {
        path.relative_to(layer)
        for path in layer.rglob("*")
        if tests.fullmatch(path.name) and path.parent.name != "__pycache__"
    }

    assert {"/".join(path.parts[:2]) for path in found} <= {"annotated_types/test_cases.py", "certifi/tests"}


def test_extensions_are_for_this_processor_and_python(layer: Path) -> None:
    extensions = [path for path in _files(layer) if path.suffix in {".so", ".pyd", ".dylib"}]

    assert extensions
    assert all(path.name.endswith(EXTENSION) for path in extensions), extensions


def test_byte_code_belongs_to_a_module_and_this_python(layer: Path) -> None:
    compiled = [path for path in _files(layer) if path.suffix == ".pyc"]

    strays = [
        path
        for path in compiled
        if path.parent.name != "__pycache__"
        or not (path.parents[1] / re.sub(r"\.cpython-313(\.opt-[12])?\.pyc$", ".py", path.name)).exists()
    ]
    assert not strays


def test_the_layer_stays_below_its_size_limit(
    layer: Path, built_template: Path, request: pytest.FixtureRequest
) -> None:
    weights = {"CoreLayer": _weight(layer)} | {
        function: _weight(built_template.parent / function) for function in functions()
    }

    report = request.config.pluginmanager.get_plugin("terminalreporter")
    if report is not None:
        report.ensure_newline()
        report.write_line(", ".join(f"{name} {size:,} B" for name, size in weights.items()))
    assert weights["CoreLayer"] < MAX_LAYER_BYTES
    assert all(size < 50_000 for name, size in weights.items() if name != "CoreLayer"), weights
