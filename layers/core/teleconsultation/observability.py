"""One logger and one set of metrics for the process, as Powertools wants them.

Log messages are constants and facts are keys; a name, a link, a token or anything a user sent is never one of
them.
"""

import os

from aws_lambda_powertools import Logger, Metrics

# The template gives the stack's name, so that two stacks in one account keep their metrics apart.
SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "teleconsultation")
NAMESPACE = "Teleconsultation"

logger = Logger(service=SERVICE, utc=True)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)
