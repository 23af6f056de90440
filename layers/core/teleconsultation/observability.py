"""Powertools' logger and metrics, for functions that nobody waits for.

Routes have `request_log`, whose rules hold here too.
"""

from aws_lambda_powertools import Logger, Metrics

from teleconsultation.request_log import NAMESPACE, SERVICE

logger = Logger(service=SERVICE, utc=True)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)
