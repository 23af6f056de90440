"""One logger and one set of metrics for the process, as Powertools wants them.

Log messages are constants and facts are keys; a name, a link, a token or anything a user sent is never one of
them.
"""

import logging

from aws_lambda_powertools import Logger, Metrics

SERVICE = "teleconsultation"
NAMESPACE = "Teleconsultation"

# At WARNING urllib3 writes the address of an answer whose headers it cannot read, and what it could not read;
# Lambda's runtime would keep both. https://github.com/urllib3/urllib3/blob/main/src/urllib3/connection.py
logging.getLogger("urllib3").setLevel(logging.ERROR)

logger = Logger(service=SERVICE, utc=True)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)
