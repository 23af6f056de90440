"""The edge for what no route leads to: an event that is plain JSON in, a report out."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsultation.deadline import deadline
from teleconsultation.edge.powertools_log import logger
from teleconsultation.edge.unexpected_errors import log_unexpected
from teleconsultation.settings import SettingsError

type Json = dict[str, Any]
type Handler = Callable[[Any, LambdaContext], Json]


class InvalidEventError(Exception):
    """The event is not what the function asks for; the message says what is, and repeats nothing of it."""


class InvocationFailedError(Exception):
    """Something went wrong that was not foreseen; the log says where."""


def invocation(run: Handler) -> Handler:
    """Make a Lambda handler whose failures say nothing of anybody, and whose clients of AWS end in time.

    Lambda logs the text of what a handler raises and gives it to the caller, and such a text may quote data:
    only those of ours get that far.
    """

    @logger.inject_lambda_context(clear_state=True, log_event=False)
    def lambda_handler(event: Any, context: LambdaContext) -> Json:  # noqa: ANN401 - whatever was sent
        try:
            with deadline.of(lambda: context.get_remaining_time_in_millis() / 1000):
                return run(event, context)
        except (InvalidEventError, SettingsError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, its text must not be written
            log_unexpected(error, logger=logger)
            raise InvocationFailedError(
                f"unexpected {type(error).__name__}; the function's log says where"
            ) from None

    return lambda_handler
