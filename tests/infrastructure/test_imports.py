"""What each function loads: a patient waits for the cold start of GET."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.api_gateway import http_event

ROOT = Path(__file__).parents[2]
CORE = ROOT / "layers/core"
ENVIRONMENT = {
    "TABLE_NAME": "teleconsultations",
    "USER_ID_CLAIM": "sub",
    "EARLY_JOIN_SECONDS": "600",
    "LATE_JOIN_SECONDS": "900",
    "JOIN_LINKS": "true",
    "RETENTION_DAYS": "365",
    "BANDYER_BASE_URL": "https://provider.test",
    "BANDYER_SECRET_ARN": "bandyer",
}
REQUEST = """
import json, sys
from types import SimpleNamespace
from functions.{name} import app
context = SimpleNamespace(
    function_name="f", memory_limit_in_mb=512, invoked_function_arn="arn:f", aws_request_id="id"
)
answer = app.lambda_handler(json.loads(sys.argv[1]), context)
print(json.dumps({{"status": answer["statusCode"], "modules": sorted(sys.modules)}}))
"""
START = """
import json, sys
from functions.{name} import app
app.bootstrap.teleconsultations(remaining_seconds=lambda: 0.0)
app.bootstrap.video_rooms(remaining_seconds=lambda: 0.0)
print(json.dumps({{"modules": sorted(sys.modules)}}))
"""


def after_one_request(name: str, event: dict[str, Any]) -> tuple[int, set[str]]:
    """Run a function in a fresh process; return its status and the modules loaded by then."""
    result = output_of(REQUEST.format(name=name), json.dumps(event))
    return result["status"], set(result["modules"])


def once_it_has_its_ports(name: str) -> set[str]:
    """Start a function that writes in a fresh process; return the modules loaded by then."""
    return set(output_of(START.format(name=name))["modules"])


def output_of(program: str, *arguments: str) -> Any:
    completed = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env={
            **os.environ,
            **ENVIRONMENT,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(CORE)]),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(completed.stdout.splitlines()[-1])


@pytest.mark.parametrize(("join", "expected"), [(False, 404), (True, 403)], ids=["by token", "by join link"])
def test_get_answers_without_the_libraries_of_the_writers(*, join: bool, expected: int) -> None:
    headers = {"authorization": "Bearer secret"}
    event = http_event(teleconsultation_id="nonsense", join=join, headers=headers)

    status, modules = after_one_request("get_teleconsultation", event)

    assert status == expected
    libraries = {"aws_lambda_powertools", "boto3", "botocore", "pydantic", "pydantic_core", "requests"}
    assert not modules & {*libraries, "bandyer"}
    assert "typing" not in modules  # only annotations need it
    ours = {
        *("domain.idempotency", "domain.people", "domain.policy", "domain.ports", "domain.room_plan"),
        *("domain.texts", "domain.walk", "edge.body_fields", "edge.powertools_log"),
        *("provider.rooms", "provider.secret", "provider.settings", "storage.boto3_transport"),
    }
    for name in ours:
        assert (CORE / "teleconsultation" / f"{name.replace('.', '/')}.py").exists()
    assert not modules & {f"teleconsultation.{name}" for name in ours}


@pytest.mark.parametrize(
    ("name", "libraries"),
    [
        ("create_teleconsultation", {"aws_lambda_powertools", "boto3", "botocore", "bandyer", "pydantic"}),
        ("update_teleconsultation", {"aws_lambda_powertools", "boto3", "botocore", "bandyer", "pydantic"}),
        ("delete_teleconsultation", {"aws_lambda_powertools", "boto3", "botocore", "bandyer"}),
        ("delete_uploads", {"aws_lambda_powertools", "boto3", "botocore", "bandyer"}),
        ("add_participant", {"aws_lambda_powertools", "boto3", "botocore", "bandyer", "pydantic"}),
        ("request_erasure", {"aws_lambda_powertools", "boto3", "botocore"}),
        ("introduce_person", {"aws_lambda_powertools", "boto3", "botocore", "pydantic"}),
        ("remove_participant", {"aws_lambda_powertools", "boto3", "botocore", "bandyer"}),
        ("get_details", {"aws_lambda_powertools", "boto3", "botocore", "bandyer"}),
        ("get_recording", {"aws_lambda_powertools", "boto3", "botocore", "bandyer"}),
        ("issue_credentials", {"aws_lambda_powertools", "boto3", "botocore", "bandyer", "pydantic"}),
        ("read_settings", {"aws_lambda_powertools", "boto3", "botocore", "bandyer"}),
        ("update_settings", {"aws_lambda_powertools", "boto3", "botocore", "bandyer", "pydantic"}),
        ("add_background", {"aws_lambda_powertools", "boto3", "botocore", "bandyer"}),
        ("list_sessions", {"aws_lambda_powertools", "boto3", "botocore", "bandyer"}),
        ("check_room", {"aws_lambda_powertools", "boto3", "botocore", "bandyer"}),
        ("list_teleconsultations", {"aws_lambda_powertools", "boto3", "botocore"}),
        ("reconcile_rooms", {"aws_lambda_powertools", "boto3", "botocore", "bandyer"}),
        ("erase_person", {"aws_lambda_powertools", "boto3", "botocore", "bandyer"}),
    ],
)
def test_every_other_function_uses_the_usual_libraries(name: str, libraries: set[str]) -> None:
    # Also shows that the test above looks at the right thing.
    modules = once_it_has_its_ports(name)

    assert libraries <= modules
    assert ("pydantic" in modules) == ("pydantic" in libraries)
