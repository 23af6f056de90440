"""One logger and one set of metrics for the process, as Powertools wants them.

Log messages are constants and facts are keys; a name, a link, a token or anything a user sent is never one of
them.
"""

import logging
import os
from traceback import extract_tb

from aws_lambda_powertools import Logger, Metrics

# The template gives the stack's name, so that two stacks in one account keep their metrics apart.
SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "teleconsultation")
NAMESPACE = "Teleconsultation"

# At WARNING urllib3 writes the address of an answer whose headers it cannot read, and what it could not read;
# Lambda's runtime would keep both. https://github.com/urllib3/urllib3/blob/main/src/urllib3/connection.py
logging.getLogger("urllib3").setLevel(logging.ERROR)

logger = Logger(service=SERVICE, utc=True)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)


def log_unexpected(error: Exception, *, reason: str | None = None) -> None:
    """Record an exception nobody foresaw: its type and the places it passed.

    Its text may quote data, so it is left out; a `reason` is a text of our own.
    """
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)]
    logger.error("unexpected error", error_type=type(error).__name__, places=places, reason=reason)
