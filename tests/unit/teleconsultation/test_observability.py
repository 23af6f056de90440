"""What is written by others on our behalf."""

import socket
import threading
from collections.abc import Iterator

import pytest

from bandyer import BandyerClient, StaticApiKey
from teleconsultation.observability import logger

UNREADABLE_HEADERS = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n: nameless\r\n\r\n{}"


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
