"""The product in memory."""

import pytest

from tests.fakes.service import Service


@pytest.fixture
def service() -> Service:
    return Service()
