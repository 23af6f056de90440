"""One logger and one set of metrics for the process, as Powertools wants them.

Log messages are constants and facts are keys; a name, a link, a token or anything a user sent is never one of
them.
"""

from aws_lambda_powertools import Logger, Metrics

SERVICE = "teleconsultation"
NAMESPACE = "Teleconsultation"

logger = Logger(service=SERVICE, utc=True)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)
