"""The AWS emulator: MiniStack on loopback in a child process, with the template's table and the secret."""

import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import boto3
import requests

from deployment.template.application import REGION
from deployment.template.intrinsics import as_text
from local.child_process import supervised

COMMAND: Final = Path(__file__).resolve().parents[1] / ".tools" / "emulator" / "bin" / "ministack"
START_TIMEOUT_SECONDS: Final = 20.0
# As boto3 names them in its variables.
SERVICES: Final = ("DYNAMODB", "EVENTBRIDGE", "SCHEDULER", "SECRETS_MANAGER", "SQS")
NO_SETTINGS: Final[Mapping[str, str]] = MappingProxyType({})
_HEALTH_PATH: Final = "/_ministack/health"
_POLL_SECONDS: Final = 0.02


class EmulatorError(Exception):
    """The AWS emulator did not start; the text names the remedy or the log."""


_CREATES_CLIENTS: Final = threading.Lock()
"""A session is shared by one thread at a time; its clients are safe to share."""


@cache
def _session() -> boto3.Session:
    # One for all: it keeps the descriptions of the services, and takes most of a client's time to read them.
    return boto3.Session(aws_access_key_id="local", aws_secret_access_key="local", region_name=REGION)


@dataclass(frozen=True)
class AwsEmulator:
    """A running emulator."""

    url: str

    def environment(self) -> dict[str, str]:
        """Return the variables that direct boto3 to the emulator; nothing else differs from AWS."""
        return {f"AWS_ENDPOINT_URL_{service}": self.url for service in SERVICES}

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes its classes at run time
        """Return a boto3 client for the emulator; it ignores the developer's own AWS settings."""
        with _CREATES_CLIENTS:
            return _session().client(service, endpoint_url=self.url)  # type: ignore[call-overload]

    def create_table(self, name: str, *, properties: Mapping[str, Any]) -> str:
        """Create a table from the properties of an AWS::DynamoDB::Table and return its ARN."""
        wanted = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
        given = {key: properties[key] for key in wanted if key in properties}
        if "StreamSpecification" in properties:
            given["StreamSpecification"] = {"StreamEnabled": True, **properties["StreamSpecification"]}
        client = self.client("dynamodb")
        table = client.create_table(TableName=name, **given)
        if "TimeToLiveSpecification" in properties:
            client.update_time_to_live(
                TableName=name, TimeToLiveSpecification=properties["TimeToLiveSpecification"]
            )
        return str(table["TableDescription"]["TableArn"])

    def create_queue(self, name: str, *, properties: Mapping[str, Any]) -> tuple[str, str]:
        """Create a queue from the properties of an AWS::SQS::Queue and return its URL and its ARN."""
        wanted = ("FifoQueue", "MessageRetentionPeriod", "VisibilityTimeout")
        attributes = {key: as_text(properties[key], at=name) for key in wanted if key in properties}
        client = self.client("sqs")
        url: str = client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        answer = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, str(answer["Attributes"]["QueueArn"])

    def create_schedule_group(self, name: str) -> None:
        """Create a group of schedules."""
        self.client("scheduler").create_schedule_group(Name=name)

    def create_secret(self, name: str, *, content: Mapping[str, Any]) -> str:
        """Create a secret with JSON content and return its ARN."""
        client = self.client("secretsmanager")
        return str(client.create_secret(Name=name, SecretString=json.dumps(content))["ARN"])


@contextmanager
def running_aws_emulator(
    *, port: int, log: Path, command: Path = COMMAND, settings: Mapping[str, str] = NO_SETTINGS
) -> Iterator[AwsEmulator]:
    """Run the emulator on that port of 127.0.0.1 until the block ends; it keeps its state in memory only.

    `settings` are environment variables of MiniStack; they override the defaults below.

    Raises:
        EmulatorError: it is not installed, or does not start.
    """
    if not command.exists():
        raise EmulatorError("The AWS emulator is not installed. `make run` installs it.")
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "SERVICES": "dynamodb,dynamodbstreams,events,scheduler,secretsmanager,sqs",
        "LOG_LEVEL": "WARNING",
        **settings,
    }
    url = f"http://127.0.0.1:{port}"
    with log.open("ab") as output, supervised([str(command)], environment=environment, log=output) as process:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not _is_ready(url):
            if process.poll() is not None:
                raise EmulatorError(f"The AWS emulator did not start; its log is {log}.")
            if time.monotonic() > deadline:
                raise EmulatorError(f"The AWS emulator was not ready in time; its log is {log}.")
            time.sleep(_POLL_SECONDS)
        yield AwsEmulator(url=url)


def _is_ready(url: str) -> bool:
    try:
        return requests.get(url + _HEALTH_PATH, timeout=1).status_code == 200
    except requests.RequestException:
        return False
