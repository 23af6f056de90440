"""What `observability` writes, written by hand: for GET, whose cold start a patient waits for.

Powertools' logger and metrics add a hundred modules and about 35 ms to a cold start. The lines are the same
but for `location`, and a test compares them. The rules of `observability` hold here too.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

type Handler = Callable[[dict[str, Any], "LambdaContext"], dict[str, Any]]

SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "teleconsultation")
NAMESPACE = "Teleconsultation"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class PlainLogger:
    """Writes one JSON object a line; `POWERTOOLS_LOG_LEVEL` says from which level on."""

    def __init__(self) -> None:
        """Start with no request."""
        self._is_cold_start = True
        self._keys: dict[str, object] = {}

    def begin(self, context: "LambdaContext") -> None:
        """Forget the last request, and name this one on every line from now on."""
        self._keys = {
            "service": SERVICE,
            "cold_start": self._is_cold_start,
            "function_name": context.function_name,
            "function_memory_size": int(context.memory_limit_in_mb),
            "function_arn": context.invoked_function_arn,
            "function_request_id": context.aws_request_id,
        }
        self._is_cold_start = False

    def append_keys(self, **facts: object) -> None:
        """Add facts to every line of this request."""
        self._keys |= facts

    def info(self, msg: str, **facts: object) -> None:
        """Write what happens when all is well."""
        self._write("INFO", msg, facts)

    def warning(self, msg: str, **facts: object) -> None:
        """Write what somebody may have to look at."""
        self._write("WARNING", msg, facts)

    def error(self, msg: str, **facts: object) -> None:
        """Write what somebody has to look at."""
        self._write("ERROR", msg, facts)

    def _write(self, level: str, message: str, facts: dict[str, object]) -> None:
        threshold = os.environ.get("POWERTOOLS_LOG_LEVEL", "INFO").upper()
        if threshold in LEVELS and LEVELS.index(level) < LEVELS.index(threshold):
            return
        now = datetime.now(UTC)
        line: dict[str, object] = {
            "level": level,
            "message": message,
            "timestamp": f"{now:%Y-%m-%d %H:%M:%S},{now.microsecond // 1000:03}+0000",
            **self._keys,
            **{name: value for name, value in facts.items() if value is not None},
        }
        # Lambda's own variable, renewed with each request: `Root=1-…;Parent=…;Sampled=…`.
        if trace := os.environ.get("_X_AMZN_TRACE_ID"):
            line["xray_trace_id"] = trace.partition(";")[0].removeprefix("Root=")
        _print(line)


class PlainMetrics:
    """Counts; the counts of a request leave together, in CloudWatch's embedded metric format."""

    def __init__(self) -> None:
        """Start with none."""
        self._values: dict[str, tuple[str, list[float]]] = {}

    def add_metric(self, name: str, unit: str, value: float) -> None:
        """Add a value to a metric."""
        self._values.setdefault(name, (unit, []))[1].append(float(value))

    def flush(self) -> None:
        """Write and forget what was counted."""
        values, self._values = self._values, {}
        if not values:
            return
        directive = {
            "Namespace": NAMESPACE,
            "Dimensions": [["service"]],
            "Metrics": [{"Name": name, "Unit": unit} for name, (unit, _) in values.items()],
        }
        _print(
            {
                "_aws": {
                    "Timestamp": int(datetime.now(UTC).timestamp() * 1000),
                    "CloudWatchMetrics": [directive],
                },
                "service": SERVICE,
                **{name: numbers for name, (_, numbers) in values.items()},
            }
        )


logger = PlainLogger()
metrics = PlainMetrics()


def observed(handler: Handler) -> Handler:
    """Name each request on its log lines, and write its metrics when it ends."""

    def wrapped(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
        logger.begin(context)
        try:
            return handler(event, context)
        finally:
            metrics.flush()

    return wrapped


def _print(line: dict[str, object]) -> None:
    # One write, so that lines of two threads do not mix.
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
