"""Checks the account's Lambda concurrency before the build: Lambda refuses to reserve more than it has.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""

from collections.abc import Mapping
from typing import Final

import boto3

from deployment.errors import DeploymentError
from deployment.stack import explained

_UNRESERVED: Final = 100
_WRITERS: Final = 3
_RECONCILER: Final = 2
_ROOM_CHECK: Final = 5
_RARE: Final = 3 * 2
"""Of the functions that add and take off one participant, and that delete uploads."""
_WEBHOOKS: Final = 3


def check_concurrency(parameters: Mapping[str, str], *, session: boto3.Session) -> None:
    """Compare what the stack reserves with the account's limit; other stacks' reservations are not counted.

    Raises:
        DeploymentError: the limit is too low, or Lambda does not return it.
    """
    each = int(parameters["WriteConcurrency"])
    if each == 0:
        return
    needed = (
        _WRITERS * each
        + _RECONCILER
        + _ROOM_CHECK
        + _RARE
        + _WEBHOOKS
        + int(parameters["ReadProvisionedConcurrency"])
        + _UNRESERVED
    )
    with explained():
        limit = session.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    if limit < needed:
        raise DeploymentError(
            f"The account's Lambda concurrency is {limit}, but WriteConcurrency={each} needs {needed}: "
            "request 1000 from AWS, and set WriteConcurrency=0 until then."
        )
