"""What `sam build` ships, for both architectures."""

import importlib.metadata
import re
from collections.abc import Iterable
from importlib.util import MAGIC_NUMBER, cache_from_source, source_hash
from pathlib import Path

import certifi
import pytest

from deployment.template.intrinsics import parse_template
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
    for package in ("aws_json", "bandyer", "probe", "teleconsultation"):
        ours = PROJECT / "layers/core" / package
        written = {path.relative_to(ours) for path in ours.rglob("*.py")}

        assert written <= {path.relative_to(layer / package) for path in _files(layer / package)}


def test_the_layer_holds_the_versions_that_are_tested(layer: Path) -> None:
    shipped = {
        distribution.metadata["Name"].replace("-", "_"): distribution.version
        for distribution in importlib.metadata.distributions(path=[str(layer)])
    }

    assert shipped.keys() >= {"aws_lambda_powertools", "boto3", "botocore", "pydantic", "requests"}
    assert shipped == {name: importlib.metadata.version(name) for name in shipped}


def test_the_layers_extensions_fit_the_processor(layer: Path, architecture: str) -> None:
    extensions = [path for path in _files(layer) if path.suffix == ".so"]

    assert any(path.parent.name == "pydantic_core" for path in extensions)
    assert all(path.name.endswith(EXTENSION_TAG[architecture]) for path in extensions), extensions


@pytest.mark.parametrize("package", ["aws_xray_sdk", "pytest", "moto", "tests", "local"])
def test_the_layer_leaves_out(layer: Path, package: str) -> None:
    assert not list(layer.glob(f"{package}*"))


def test_botocore_ships_with_the_data_of_the_services_that_are_called(layer: Path) -> None:
    data = {path.name for path in (layer / "botocore/data").iterdir()}

    assert {name for name in data if not name.endswith(".json")} == {
        "cognito-idp",
        "dynamodb",
        "events",
        "scheduler",
        "secretsmanager",
        "sqs",
    }
    # What every client reads: how to repeat, where the services are, what the modes of the SDK stand for.
    assert {"_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json"} <= data


def test_the_layer_is_small(layer: Path) -> None:
    size_bytes = sum(path.stat().st_size for path in _files(layer))

    assert size_bytes < MAX_LAYER_BYTES


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_ships_its_handler_and_nothing_else(built: Path, function: str) -> None:
    shipped = {path.relative_to(built / function) for path in _files(built / function)}

    assert shipped == {Path("app.py"), Path("__pycache__/app.cpython-313.pyc")}


@pytest.mark.parametrize("folder", [*FUNCTIONS, "CoreLayer"])
def test_everything_ships_compiled_and_nothing_asks_whether_it_is_up_to_date(
    built: Path, folder: str
) -> None:
    sources = list((built / folder).rglob("*.py"))
    headers = {source: Path(cache_from_source(source)).read_bytes()[:16] for source in sources}

    assert sources
    # PEP 552: the version's number, then 1 for "by hash, unchecked", then the source's hash.
    wrong = [
        source
        for source, header in headers.items()
        if header != MAGIC_NUMBER + (1).to_bytes(4, "little") + source_hash(source.read_bytes())
    ]
    assert wrong == []


def test_tracebacks_will_name_the_files_where_lambda_has_them(built: Path) -> None:
    for name, place in (
        ("CoreLayer/python/teleconsultation/edge/http.py", "/opt/python/teleconsultation/edge/http.py"),
        ("GetTeleconsultationFunction/app.py", "/var/task/app.py"),
    ):
        assert place.encode() in Path(cache_from_source(built / name)).read_bytes()


def test_the_roots_of_trust_ship_one_file_each(layer: Path) -> None:
    roots = list((layer / "aws_json/roots").iterdir())

    assert len(roots) == certifi.contents().count("BEGIN CERTIFICATE")
    assert all(re.fullmatch(r"[0-9a-f]{8}\.[0-9]", root.name) for root in roots)


def test_the_built_template_points_at_what_was_built(built: Path) -> None:
    resources = parse_template((built / "template.yaml").read_text(encoding="utf-8"))["Resources"]

    assert resources["CoreLayer"]["Properties"]["ContentUri"] == "CoreLayer"
    for function in FUNCTIONS:
        assert resources[function]["Properties"]["CodeUri"] == function
