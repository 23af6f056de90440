"""The AWS session, the outputs of the deployed stack, and its secret."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
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

from deployment.consent import check_texts, read_json
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
    """The outputs of the template that the deployment needs."""

    page_url: str
    api_url: str
    bucket: str
    distribution_id: str
    frame_origins: tuple[str, ...]
    enters_directly: bool
    clinic: Mapping[str, Mapping[str, str]]
    """config.json's members `clinic` and `links`."""
    sign_in: Mapping[str, str]
    """config.json's member `signIn`."""
    table_name: str
    secret_arn: str
    dashboard: str
    consent: Mapping[str, Any] = field(default_factory=dict)
    """config.json's member `consent`; empty in a stack of a version without it."""
    delivery_queue_url: str = ""
    """Empty in a stack of a version without events, as the next."""
    parked_queue_url: str = ""

    @property
    def api_path(self) -> str:
        """The path of the API; page and API have one origin."""
        return urlsplit(self.api_url).path


@contextmanager
def explained() -> Iterator[None]:
    """Convert an error of AWS or boto3 into one line.

    Raises:
        DeploymentError: the block raised such an error.
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
    """Return the boto3 session for all clients.

    Raises:
        DeploymentError: credentials or region are missing.
    """
    with explained():
        session = boto3.Session(profile_name=target.profile, region_name=target.region)
        if session.region_name is None:
            raise NoRegionError
        session.client("sts").get_caller_identity()
        return session


def read_outputs(session: boto3.Session, *, stack_name: str) -> Outputs:
    """Return the outputs of a deployed stack.

    Raises:
        DeploymentError: the stack does not exist, or is of another service.
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
            enters_directly=values["PageEntersDirectly"] == "true",
            clinic=json.loads(base64.b64decode(values["PageClinic"])),
            sign_in=json.loads(values["PageSignIn"]),
            table_name=values["TableName"],
            secret_arn=values["SecretArn"],
            dashboard=values["DashboardName"],
            consent=_consent(values["PageConsent"]) if "PageConsent" in values else {},
            delivery_queue_url=values.get("DeliveryQueueUrl", ""),
            parked_queue_url=values.get("ParkedEventsQueueUrl", ""),
        )
    except KeyError as error:
        raise DeploymentError(
            f"The stack {stack_name} has no output {error}: is it this service's?"
        ) from error


def _consent(output: str) -> Mapping[str, Any]:
    consent: Mapping[str, Any] = read_json(base64.b64decode(output))
    check_texts(consent["texts"])
    return consent


def _outputs(answer: Mapping[str, Any]) -> dict[str, str]:
    [stack] = answer["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def has_never_been_filled(session: boto3.Session, *, secret_arn: str) -> bool:
    """Return whether a secret still has its first version; its value is not read.

    Raises:
        DeploymentError: the secret cannot be described.
    """
    with explained():
        secret = session.client("secretsmanager").describe_secret(SecretId=secret_arn)
    stages = {stage for each in secret.get("VersionIdsToStages", {}).values() for stage in each}
    return "AWSPREVIOUS" not in stages


def read_api_key(session: boto3.Session, *, secret_arn: str) -> str:
    """Return Bandyer's API key; never print it.

    Raises:
        DeploymentError: the secret cannot be read, or has no key yet.
    """
    with explained():
        answer = session.client("secretsmanager").get_secret_value(SecretId=secret_arn)
    # The cause of an error would quote the secret.
    try:
        values = json.loads(answer.get("SecretString", ""))
    except ValueError:
        values = None
    key = values.get("apiKey") if isinstance(values, dict) else None
    if not isinstance(key, str) or not key:
        raise DeploymentError(
            f"The secret {secret_arn} has no apiKey yet: docs/operations.md, step 8, shows how to set it."
        )
    return key
