"""What a handler writes."""

from collections.abc import Iterator

import pytest

from tests.fakes.lambda_output import LambdaOutput, captured_output


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[LambdaOutput]:
    with captured_output(capsys) as output:
        yield output
