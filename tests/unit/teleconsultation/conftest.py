"""The product in memory."""

from collections.abc import Iterator

import pytest

from tests.fakes.lambda_output import LambdaOutput, captured_output
from tests.fakes.service import Service


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[LambdaOutput]:
    with captured_output(capsys) as output:
        yield output
