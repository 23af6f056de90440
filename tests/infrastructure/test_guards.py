"""The guards of tests/conftest.py and pyproject.toml hold."""

import socket

import boto3
import pytest
from pytest_socket import SocketConnectBlockedError

# https://www.rfc-editor.org/rfc/rfc5737 keeps this address for documentation: nobody is there.
NOBODY = "192.0.2.1"


def test_a_connection_past_loopback_is_refused() -> None:
    with socket.socket() as connection:
        connection.settimeout(0.1)

        with pytest.raises(SocketConnectBlockedError):
            connection.connect((NOBODY, 443))


def test_a_connection_on_loopback_is_allowed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as connection:
        connection.connect(server.getsockname())

        assert connection.getpeername() == server.getsockname()


def test_aws_clients_know_no_account() -> None:
    credentials = boto3.Session().get_credentials()

    assert credentials is not None
    assert (credentials.access_key, credentials.method) == ("testing", "env")
