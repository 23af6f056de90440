"""The transport of all functions that write: boto3's client, with a deadline.

boto3's own retries are off (see `bootstrap`), because they have no deadline: four attempts with their pauses
may take 19 seconds, and Lambda would end the request between the making of a room and its commit.
"""

import math
import random
import time
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from aws_json import is_passing
from teleconsultation.aws_clients import ANSWER_SECONDS, CONNECT_SECONDS
from teleconsultation.domain.errors import StorageUnavailableError
from teleconsultation.storage.dynamodb import ConditionFailedError, DynamoDBError, JsonObject

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ATTEMPTS = 4
REPEATED_FOR_SECONDS = 4.0
"""A table that is throttled refuses within milliseconds, so that `ATTEMPTS` would soon be used up. More are
made until so long after the first.
"""
FIRST_PAUSE_SECONDS = 0.1
"""Doubled each time; the pause is a random part of it.
https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""
MAXIMUM_PAUSE_SECONDS = 1.0
RESERVE_SECONDS = 1.0
"""Kept back of the request's time, to answer the caller."""

_WITHOUT_ANSWER = (NoConnectionError, HTTPClientError)


class Boto3Transport:
    """The transport (`DynamoDB`) over a boto3 client, for one request. It repeats what may be repeated, and
    sends nothing whose answer might come too late.

    Args:
        client: Makes one attempt, with the time limits of `aws_clients`.
        remaining_seconds: The time until the request ends.
        monotonic: Replaced by tests, as `sleep`.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        *,
        remaining_seconds: Callable[[], float] = lambda: math.inf,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Keep the client, and with it its connections."""
        self._client = client
        self._remaining_seconds = remaining_seconds
        self._monotonic = monotonic
        self._sleep = sleep

    def send(self, operation: str, request: JsonObject) -> JsonObject:
        """As `DynamoDB.send`.

        Raises:
            StorageUnavailableError: also if the request's time does not suffice for an attempt.
        """
        failure = StorageUnavailableError("no time left")
        began, longest_pause_seconds = self._monotonic(), FIRST_PAUSE_SECONDS
        for attempt in count(1):
            if self._remaining_seconds() < CONNECT_SECONDS + ANSWER_SECONDS + RESERVE_SECONDS:
                break
            try:
                return self._attempt(operation, request)
            except StorageUnavailableError as error:
                failure = error
            if attempt >= ATTEMPTS and self._monotonic() - began >= REPEATED_FOR_SECONDS:
                break
            self._sleep(random.uniform(0, longest_pause_seconds))  # noqa: S311 - nothing secret
            longest_pause_seconds = min(longest_pause_seconds * 2, MAXIMUM_PAUSE_SECONDS)
        raise failure

    def _attempt(self, operation: str, request: JsonObject) -> JsonObject:
        call = getattr(self._client, xform_name(operation))
        # Texts of botocore's errors may quote the request, so none of them is kept as a cause.
        try:
            response: JsonObject = call(**request)
        except ClientError as error:
            raise _refusal({**error.response}) from None
        except _WITHOUT_ANSWER as error:
            raise StorageUnavailableError(type(error).__name__) from None
        except BotoCoreError as error:
            raise DynamoDBError(type(error).__name__) from None
        return response


def _refusal(response: dict[str, Any]) -> DynamoDBError | StorageUnavailableError:
    code: str = response["Error"]["Code"]
    if code == "ConditionalCheckFailedException":
        return ConditionFailedError(response.get("Item"))
    if is_passing(code, status=response["ResponseMetadata"]["HTTPStatusCode"]):
        return StorageUnavailableError(code)
    return DynamoDBError(code)
