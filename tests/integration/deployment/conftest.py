from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from tests.unit.deployment.conftest import BUCKET, outputs

__all__ = ["outputs"]


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    """AWS in memory, with the page's empty bucket."""
    with mock_aws():
        session = boto3.Session()
        session.client("s3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        yield session
