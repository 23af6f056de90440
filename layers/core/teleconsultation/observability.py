"""One logger and one set of metrics for the process, as Powertools wants them; GET has `plain_observability`.

Log messages are constants and facts are keys; a name, a link, a token or anything a user sent is never one of
them.
"""

import logging
import os
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

type Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]

# The template gives the stack's name, so that two stacks in one account keep their metrics apart.
SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "teleconsultation")
NAMESPACE = "Teleconsultation"

# At WARNING urllib3 writes the address of an answer whose headers it cannot read, and what it could not read;
# Lambda's runtime would keep both. https://github.com/urllib3/urllib3/blob/main/src/urllib3/connection.py
logging.getLogger("urllib3").setLevel(logging.ERROR)

logger = Logger(service=SERVICE, utc=True)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)


def observed(handler: Handler) -> Handler:
    """Name each request on its log lines, and write its metrics when it ends."""
    wrapped: Handler = metrics.log_metrics(logger.inject_lambda_context(handler, clear_state=True))
    return wrapped
