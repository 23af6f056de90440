from typing import cast

import boto3
import pytest
from botocore.stub import Stubber

from deployment.concurrency import check_concurrency
from deployment.errors import DeploymentError


class _Session:
    """A session whose Lambda client returns only the account's limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def client(self, name: str) -> object:
        client = boto3.client(name)  # type: ignore[call-overload]
        stubber = Stubber(client)
        stubber.add_response("get_account_settings", {"AccountLimit": {"ConcurrentExecutions": self._limit}})
        stubber.activate()
        return client


def _check(*, limit: int, each: int, kept_ready: int = 0) -> None:
    parameters = {"WriteConcurrency": str(each), "ReadProvisionedConcurrency": str(kept_ready)}
    check_concurrency(parameters, session=cast("boto3.Session", _Session(limit)))


@pytest.mark.parametrize(("limit", "kept_ready"), [(10, 0), (205, 0), (215, 10)])
def test_an_account_that_is_too_small_is_refused(limit: int, kept_ready: int) -> None:
    with pytest.raises(DeploymentError, match=f"concurrency is {limit}, but WriteConcurrency=30 needs"):
        _check(limit=limit, each=30, kept_ready=kept_ready)


@pytest.mark.parametrize(("limit", "kept_ready"), [(206, 0), (1000, 100)])
def test_an_account_with_enough_concurrency_is_accepted(limit: int, kept_ready: int) -> None:
    _check(limit=limit, each=30, kept_ready=kept_ready)


def test_without_reservation_every_account_is_accepted() -> None:
    _check(limit=10, each=0)
