"""The import rules: the contracts in pyproject.toml can tell, and what a contract cannot say."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The packages that the contracts speak of, side by side, to be broken."""
    for package in (
        "adapters",
        "layers/core/aws_json",
        "layers/core/bandyer",
        "layers/core/probe",
        "layers/core/teleconsultation",
        "functions",
        "local",
        "deployment",
        "migration",
    ):
        shutil.copytree(PROJECT / package, tmp_path / Path(package).name)
    return tmp_path


def _lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            Path(sys.executable).with_name("lint-imports"),
            "--config",
            PROJECT / "pyproject.toml",
            "--no-cache",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_what_decides_stands_on_the_standard_library_alone() -> None:
    graph = grimp.build_graph("teleconsultation", include_external_packages=True, cache_dir=None)

    imported = {
        module
        for package in ("teleconsultation.domain", "teleconsultation.use_cases")
        for name in graph.find_descendants(package)
        for module in graph.find_modules_directly_imported_by(name)
        if not module.startswith("teleconsultation")
    }

    assert imported
    assert imported <= sys.stdlib_module_names


def test_the_contracts_hold_for_an_untouched_copy(copy: Path) -> None:
    result = _lint_imports(copy)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("bandyer/fields.py", "teleconsultation.domain.model"),
        ("teleconsultation/domain/model.py", "teleconsultation.storage.repository"),
        ("teleconsultation/use_cases/create.py", "teleconsultation.provider.rooms"),
        ("teleconsultation/storage/repository.py", "teleconsultation.edge.http"),
        ("teleconsultation/a_newcomer_without_a_place.py", "teleconsultation.domain.model"),
        ("teleconsultation/edge/http.py", "local.ports"),
        ("functions/create_teleconsultation/app.py", "boto3"),
        ("teleconsultation/edge/bodies.py", "boto3"),
        ("teleconsultation/edge/http.py", "aws_lambda_powertools"),
        ("teleconsultation/use_cases/create.py", "botocore.config"),
        ("functions/get_teleconsultation/app.py", "functions.create_teleconsultation.app"),
        ("bandyer/client.py", "pydantic"),
        ("aws_json/client.py", "urllib3"),
        ("adapters/appointment_manager/client_token.py", "probe.token"),
        ("aws_json/client.py", "teleconsultation.domain.errors"),
    ],
)
def test_a_forbidden_import_breaks_a_contract(copy: Path, importer: str, imported: str) -> None:
    with (copy / importer).open("a") as module:
        module.write(f"\nimport {imported}\n")

    result = _lint_imports(copy)

    assert result.returncode != 0
    assert re.search(r"[1-9]\d* broken", result.stdout)


def test_get_starts_without_what_only_writers_need() -> None:
    program = """
import sys
import functions.get_teleconsultation.app
of_writers = {"aws_lambda_powertools", "bandyer", "boto3", "botocore", "pydantic", "requests"}
print(*{name.partition(".")[0] for name in sys.modules} & of_writers)
"""

    # A process of its own: in this one other tests have imported everything.
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=True
    )

    assert result.stdout.split() == []
