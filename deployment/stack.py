"""The stack on AWS: who we are there, and what the stack says of itself."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)

from deployment.errors import DeploymentError
from deployment.target import Target

_EXPIRED: Final = (
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
)


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """What the template gives out, as far as the deployment needs it."""

    page_url: str
    api_url: str
    bucket: str
    distribution_id: str
    frame_origins: tuple[str, ...]
    table_name: str
    secret_arn: str
    dashboard: str

    @property
    def api_path(self) -> str:
        """Where the page finds the API: a path, for both have one origin."""
        return urlsplit(self.api_url).path


@contextmanager
def explained() -> Iterator[None]:
    """Turn what AWS or its client says into one line.

    Raises:
        DeploymentError: the block failed.
    """
    try:
        yield
    except NoCredentialsError as error:
        raise DeploymentError(
            "No AWS credentials: sign in (aws sso login) or set AWS_PROFILE, then try again."
        ) from error
    except ProfileNotFound as error:
        raise DeploymentError(f"{error}: correct AWS_PROFILE, or samconfig.toml's profile.") from error
    except NoRegionError as error:
        raise DeploymentError("No AWS region: set AWS_REGION, or region in samconfig.toml.") from error
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        if code in _EXPIRED:
            raise DeploymentError("The AWS credentials are no longer valid: sign in again.") from error
        raise DeploymentError(f"AWS refused {error.operation_name}: {code}: {message}") from error
    except BotoCoreError as error:
        raise DeploymentError(f"AWS cannot be reached: {error}") from error


def session_for(target: Target) -> boto3.Session:
    """Make the session that all clients come from.

    Raises:
        DeploymentError: there are no credentials, or no region.
    """
    with explained():
        session = boto3.Session(profile_name=target.profile, region_name=target.region)
        if session.region_name is None:
            raise NoRegionError
        session.client("sts").get_caller_identity()
        return session


def read_outputs(session: boto3.Session, *, stack_name: str) -> Outputs:
    """Read the outputs of a stack that is there.

    Raises:
        DeploymentError: there is no such stack, or it is not ours.
    """
    with explained():
        values = _outputs(session.client("cloudformation").describe_stacks(StackName=stack_name))
    try:
        return Outputs(
            page_url=values["PageBaseUrl"],
            api_url=values["ApiUrl"],
            bucket=values["SiteBucketName"],
            distribution_id=values["SiteDistributionId"],
            frame_origins=tuple(values["CallOrigins"].split(",")),
            table_name=values["TableName"],
            secret_arn=values["SecretArn"],
            dashboard=values["DashboardName"],
        )
    except KeyError as error:
        raise DeploymentError(
            f"The stack {stack_name} has no output {error}: is it this service's?"
        ) from error


def _outputs(answer: Mapping[str, Any]) -> dict[str, str]:
    [stack] = answer["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def has_never_been_filled(session: boto3.Session, *, secret_arn: str) -> bool:
    """Say whether a secret still is as it was made: without an earlier version. Its value is not read.

    Raises:
        DeploymentError: it cannot be described.
    """
    with explained():
        secret = session.client("secretsmanager").describe_secret(SecretId=secret_arn)
    stages = {stage for each in secret.get("VersionIdsToStages", {}).values() for stage in each}
    return "AWSPREVIOUS" not in stages
