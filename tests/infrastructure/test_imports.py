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
ENVIRONMENT = {
    "TABLE_NAME": "teleconsultations",
    "USER_ID_CLAIM": "sub",
    "EARLY_JOIN_SECONDS": "600",
    "LATE_JOIN_SECONDS": "900",
    "JOIN_LINKS": "true",
    "RETENTION_DAYS": "365",
}
PROGRAM = """
import json, sys
from functions.{name} import app
from tests.fakes.api_gateway import lambda_context
answer = app.lambda_handler(json.loads(sys.argv[1]), lambda_context())
print(json.dumps({{"status": answer["statusCode"], "modules": sorted(sys.modules)}}))
"""


def after_one_request(name: str, event: dict[str, Any]) -> tuple[int, set[str]]:
    """Run a function in a fresh process; return its status and the modules loaded by then."""
    completed = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(name=name), json.dumps(event)],
        cwd=ROOT,
        env={
            **os.environ,
            **ENVIRONMENT,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers/core")]),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    result = json.loads(completed.stdout.splitlines()[-1])
    return result["status"], set(result["modules"])


@pytest.mark.parametrize(("join", "expected"), [(False, 404), (True, 403)], ids=["by token", "by join link"])
def test_get_answers_without_the_providers_client_and_without_pydantic(*, join: bool, expected: int) -> None:
    headers = {"authorization": "Bearer secret"}
    event = http_event(teleconsultation_id="nonsense", join=join, headers=headers)

    status, modules = after_one_request("get_teleconsultation", event)

    assert status == expected
    assert not modules & {"requests", "pydantic", "pydantic_core", "bandyer"}
    ours = ("edge.create_body", "domain.policy", "domain.room_plan", "provider")
    assert not modules & {f"teleconsultation.{name}" for name in ours}


@pytest.mark.parametrize("name", ["create_teleconsultation", "update_teleconsultation"])
def test_a_function_that_reads_bodies_loads_pydantic(name: str) -> None:
    # Also shows that the test above looks at the right thing.
    status, modules = after_one_request(name, http_event("POST", claims={}))

    assert status == 403
    assert "pydantic" in modules
    assert "bandyer" not in modules
