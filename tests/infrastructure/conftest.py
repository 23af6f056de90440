"""SAM CLI and what it makes of the template: expanded once, built once for each architecture."""

import copy
import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deployment.template.intrinsics import parse_template

PROJECT = Path(__file__).parents[2]
TOOLS = PROJECT / ".tools"
# The build downloads wheels, on some networks only through a proxy, so it gets the environment as it
# is before the tests clean it.
_ENVIRONMENT = dict(os.environ)

type Template = dict[str, Any]

_SOURCE = parse_template((PROJECT / "template.yaml").read_text(encoding="utf-8"))
# Read, not listed: a function that somebody adds is checked like the others.
FUNCTIONS = [
    name for name, resource in _SOURCE["Resources"].items() if resource["Type"] == "AWS::Serverless::Function"
]


def properties_of(template: Template, name: str) -> dict[str, Any]:
    """Give the properties of one resource."""
    properties: dict[str, Any] = template["Resources"][name]["Properties"]
    return properties


def resources_of(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Give the resources of one type by their names."""
    return {name: value for name, value in template["Resources"].items() if value["Type"] == kind}


def stage_called(expanded: Template, name: str) -> str:
    """Give the resource of the API's stage with a name."""
    [resource] = [
        resource
        for resource, stage in resources_of(expanded, "AWS::ApiGatewayV2::Stage").items()
        if stage["Properties"]["StageName"] == name
    ]
    return resource


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the check of one template says."""

    expanded: Template | None
    problems: Sequence[str]


@pytest.fixture(scope="session")
def sam() -> Callable[..., subprocess.CompletedProcess[str]]:
    """SAM CLI in the project's folder, with the Python that the runtime names in front."""
    environment = _ENVIRONMENT | {
        "PATH": f"{TOOLS / 'sam/bin'}{os.pathsep}{_ENVIRONMENT['PATH']}",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_CHECK_UPDATES": "0",
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [TOOLS / "sam/bin/sam", *arguments],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def source() -> Template:
    """The template as written; to be copied before it is changed."""
    return _SOURCE


@pytest.fixture(scope="session")
def check() -> Callable[[Mapping[str, Template]], Mapping[str, Verdict]]:
    """Expand and lint templates. To lint one takes about twenty seconds: put faults together."""
    return _checked


@pytest.fixture(scope="session")
def expand() -> Callable[[Mapping[str, Template]], Mapping[str, Verdict]]:
    """Only expand them: to expand one takes about a second."""
    return lambda templates: _checked(templates, "--expand-only")


def _checked(templates: Mapping[str, Template], *options: str) -> Mapping[str, Verdict]:
    result = subprocess.run(
        [TOOLS / "sam/bin/python", Path(__file__).with_name("template_check.py"), *options],
        input=json.dumps(list(templates.values())),
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    verdicts = json.loads(result.stdout)
    return {name: Verdict(**verdict) for name, verdict in zip(templates, verdicts, strict=True)}


@pytest.fixture(scope="session")
def expanded(expand: Callable[[Mapping[str, Template]], Mapping[str, Verdict]], source: Template) -> Template:
    """The template as CloudFormation gets it, with no AWS::Serverless::* left."""
    verdict = expand({"template": copy.deepcopy(source)})["template"]
    assert verdict.expanded is not None, verdict.problems
    return verdict.expanded


@pytest.fixture(scope="session", params=["arm64", "x86_64"])
def architecture(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def built(
    architecture: str,
    sam: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """What `sam build` makes for one architecture: a folder for each function and the layer, a template."""
    folder = tmp_path_factory.mktemp(f"build-{architecture}") / "build"
    result = sam(
        "build",
        "--no-cached",
        "--build-dir",
        str(folder),
        "--parameter-overrides",
        f"Architecture={architecture}",
    )
    assert result.returncode == 0, result.stderr
    return folder
