"""What a function writes where CloudWatch reads it."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import pytest

from teleconsultation.edge.powertools_log import logger


class LambdaOutput:
    """What was written so far: log lines and metrics, every line of them JSON."""

    def __init__(self, *, log: io.StringIO, printed: pytest.CaptureFixture[str]) -> None:
        self._log = log
        self._printed = printed
        self._stdout = ""

    @property
    def text(self) -> str:
        self._stdout += self._printed.readouterr().out
        return self._log.getvalue() + self._stdout

    @property
    def logs(self) -> list[dict[str, Any]]:
        return [line for line in self._lines() if "_aws" not in line]

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """CloudWatch's embedded metric format, one object for each flush."""
        return [line for line in self._lines() if "_aws" in line]

    def _lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@contextmanager
def powertools_stream(stream: TextIO) -> Iterator[None]:
    """Let Powertools' logger write to another stream than that of its creation while the block runs."""
    handler = logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(stream)
    try:
        yield
    finally:
        handler.setStream(before)


@contextmanager
def captured_output(printed: pytest.CaptureFixture[str]) -> Iterator[LambdaOutput]:
    """Catch log lines and metrics while the block runs; metrics and GET's log lines are printed."""
    log = io.StringIO()
    with powertools_stream(log):
        yield LambdaOutput(log=log, printed=printed)
