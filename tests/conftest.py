"""What every test stands on: a machine that knows no account, no proxy and, by pytest-socket, no network."""

import os
from collections.abc import Iterator

import pytest

pytest_plugins = ["tests.canaries.plugin", "tests.depth", "tests.pages", "tests.seconds"]

# Made-up credentials: a client without any fails before it sends anything, which hides what a test is after.
_AWS_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_REGION": "eu-west-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="session", autouse=True)
def clean_environment() -> Iterator[None]:
    """Take from the environment whatever points at somebody's account, services or network.

    For the whole session, so that servers and clients that live longer than one test see the same.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in tuple(os.environ):
            if name.startswith(("AWS_", "POWERTOOLS_")) or name.lower().endswith("_proxy"):
                patch.delenv(name)
        for name, value in _AWS_ENVIRONMENT.items():
            patch.setenv(name, value)
        yield
