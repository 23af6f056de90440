"""What `sam build` ships, for both architectures."""

import importlib.metadata
from collections.abc import Iterable
from pathlib import Path

import pytest

from local.intrinsics import parse_template
from tests.infrastructure.conftest import FUNCTIONS, PROJECT

# PEP 3149 tags of CPython 3.13 on Linux.
EXTENSION_TAG = {
    "arm64": ".cpython-313-aarch64-linux-gnu.so",
    "x86_64": ".cpython-313-x86_64-linux-gnu.so",
}
# Of the 250 MB that a function and its layers may take unzipped; what is loaded from it costs cold starts.
MAX_LAYER_BYTES = 30_000_000


@pytest.fixture(scope="session")
def layer(built: Path) -> Path:
    # Layers are unpacked into /opt, and the runtime imports from /opt/python.
    return built / "CoreLayer/python"


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def test_the_layer_holds_our_packages_whole(layer: Path) -> None:
    for package in ("bandyer", "teleconsultation"):
        ours = PROJECT / "layers/core" / package
        written = {path.relative_to(ours) for path in ours.rglob("*.py")}

        assert written <= {path.relative_to(layer / package) for path in _files(layer / package)}


def test_the_layer_holds_the_versions_that_are_tested(layer: Path) -> None:
    shipped = {
        distribution.metadata["Name"].replace("-", "_"): distribution.version
        for distribution in importlib.metadata.distributions(path=[str(layer)])
    }

    assert shipped.keys() >= {"aws_lambda_powertools", "pydantic", "pydantic_core", "requests"}
    assert shipped == {name: importlib.metadata.version(name) for name in shipped}


def test_the_layers_extensions_fit_the_processor(layer: Path, architecture: str) -> None:
    extensions = [path for path in _files(layer) if path.suffix == ".so"]

    assert any(path.parent.name == "pydantic_core" for path in extensions)
    assert all(path.name.endswith(EXTENSION_TAG[architecture]) for path in extensions), extensions


@pytest.mark.parametrize("package", ["boto3", "botocore", "aws_xray_sdk", "pytest", "moto", "tests", "local"])
def test_the_layer_leaves_out(layer: Path, package: str) -> None:
    assert not list(layer.glob(f"{package}*"))


def test_the_layer_is_small(layer: Path) -> None:
    size_bytes = sum(path.stat().st_size for path in _files(layer))

    assert size_bytes < MAX_LAYER_BYTES


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_ships_its_handler_and_nothing_else(built: Path, function: str) -> None:
    assert [path.relative_to(built / function) for path in _files(built / function)] == [Path("app.py")]


def test_the_built_template_points_at_what_was_built(built: Path) -> None:
    resources = parse_template((built / "template.yaml").read_text(encoding="utf-8"))["Resources"]

    assert resources["CoreLayer"]["Properties"]["ContentUri"] == "CoreLayer"
    for function in FUNCTIONS:
        assert resources[function]["Properties"]["CodeUri"] == function
