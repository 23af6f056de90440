from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from deployment.stack import Outputs

BUCKET = "the-page"


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    """AWS in memory, with the page's empty bucket."""
    with mock_aws():
        session = boto3.Session()
        session.client("s3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        yield session


@pytest.fixture
def outputs() -> Outputs:
    return Outputs(
        page_url="https://site.example",
        api_url="https://site.example/api",
        bucket=BUCKET,
        distribution_id="E1",
        frame_origins=("https://one.example", "https://two.example"),
        table_name="table",
        secret_arn="arn:aws:secretsmanager:eu-west-1:123456789012:secret:bandyer-AbCdEf",
        dashboard="Dashboard",
    )
