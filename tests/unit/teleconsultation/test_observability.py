"""What the logger and the metrics are called, and what is written by others on our behalf."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bandyer import BandyerClient, StaticApiKey
from teleconsultation.observability import logger

CORE = Path(__file__).parents[3] / "layers/core"
PRINT = """
from teleconsultation import observability, plain_observability
print(observability.logger.service, observability.metrics.service, plain_observability.SERVICE)
"""
UNREADABLE_HEADERS = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n: nameless\r\n\r\n{}"


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


@pytest.fixture
def provider_url() -> Iterator[str]:
    """The address of a provider whose one answer has headers that cannot be read."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(UNREADABLE_HEADERS)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_the_http_library_does_not_log_whom_the_provider_was_asked_about(
    provider_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    bandyer = BandyerClient(base_url=provider_url, api_key=StaticApiKey("ak_canary"))

    bandyer.delete_user(user_id="usr_1")

    assert logger.handlers  # the service has set up its logging
    assert caplog.text == ""
