"""What the logger and the metrics are called."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "layers/core"
PRINT = """
from teleconsultation.edge import powertools_log
from teleconsultation.edge import request_log
print(powertools_log.logger.service, powertools_log.metrics.service, request_log.SERVICE)
"""


@pytest.mark.parametrize(
    ("variables", "service"),
    [({"POWERTOOLS_SERVICE_NAME": "clinic-dev"}, "clinic-dev"), ({}, "teleconsultation")],
)
def test_logs_and_metrics_bear_the_name_the_template_gives(variables: dict[str, str], service: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(CORE)} | variables

    result = subprocess.run(
        [sys.executable, "-c", PRINT], env=environment, capture_output=True, text=True, check=True
    )

    assert result.stdout.split() == [service, service, service]
