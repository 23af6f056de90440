"""What every function but GET writes of its work: Powertools' Logger and Metrics.

Messages are constants and facts are keys; a name, a link, a token or anything a caller sent is never one of
them.
"""

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from teleconsultation.edge.http import Handler
from teleconsultation.edge.request_log import NAMESPACE, SERVICE

logger = Logger(service=SERVICE, utc=True)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)


class PowertoolsLog:
    """The log of a route that writes (`http.RouteLog`)."""

    def watching(self, handler: Handler) -> Handler:
        """As `RouteLog.watching`. The event is never logged, whatever POWERTOOLS_LOGGER_LOG_EVENT says."""
        named: Handler = logger.inject_lambda_context(handler, clear_state=True, log_event=False)
        counted: Handler = metrics.log_metrics(named)
        return counted

    def append_keys(self, **facts: object) -> None:
        """As `RouteLog.append_keys`."""
        logger.append_keys(**facts)

    def warning(self, msg: str, **facts: object) -> None:
        """As `RouteLog.warning`."""
        logger.warning(msg, extra=facts)

    def error(self, msg: str, **facts: object) -> None:
        """As `RouteLog.error`."""
        logger.error(msg, extra=facts)

    def answered(self, *, status: int, outcome: str) -> None:
        """As `RouteLog.answered`."""
        logger.info("request answered", status=status, outcome=outcome)
        metrics.add_metric(name=outcome, unit=MetricUnit.Count, value=1)


log = PowertoolsLog()
"""The one of this process, which has one request at a time."""
