"""One logger and one set of metrics for the process, as Powertools wants them; GET has `plain_observability`.

Log messages are constants and facts are keys; a name, a link, a token or anything a user sent is never one of
them.
"""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

type Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]

SERVICE = "teleconsultation"
NAMESPACE = "Teleconsultation"

logger = Logger(service=SERVICE, utc=True)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)


def observed(handler: Handler) -> Handler:
    """Name each request on its log lines, and write its metrics when it ends."""
    wrapped: Handler = metrics.log_metrics(logger.inject_lambda_context(handler, clear_state=True))
    return wrapped
