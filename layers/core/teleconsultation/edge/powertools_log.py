"""What every function but GET writes of its work: Powertools' Logger and Metrics.

Messages are constants and facts are keys; a name, a link, a token or anything a caller sent is never one of
them.
"""

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsultation.deadline import deadline
from teleconsultation.edge.http import Event, Handler
from teleconsultation.edge.request_log import NAMESPACE, SERVICE

logger = Logger(service=SERVICE, utc=True)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)


class PowertoolsLog:
    """The log of a route that writes (`http.RouteLog`)."""

    def watching(self, handler: Handler) -> Handler:
        """As `RouteLog.watching`; the clients of AWS learn when the request ends. The event is never logged,
        whatever POWERTOOLS_LOGGER_LOG_EVENT says.
        """

        def in_time(event: Event, context: LambdaContext) -> Event:
            with deadline.of(lambda: context.get_remaining_time_in_millis() / 1000):
                return handler(event, context)

        named: Handler = logger.inject_lambda_context(in_time, clear_state=True, log_event=False)
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
