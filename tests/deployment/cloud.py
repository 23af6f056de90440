"""An emulated AWS account: SAM CLI deploys stacks, and IAM's policies are enforced.

MiniStack unpacks the deployed zip and the layer's, and runs the handler in a new process of its interpreter.
The process has the function's variables, and credentials of a session of the function's role, which MiniStack
holds with every call against the role's policies as they are at that moment.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Final

from deployment.template.intrinsics import parse_template
from local.emulator import AwsEmulator, running_aws_emulator
from local.ports import Ports
from tests.deployment.sam import ARCHITECTURE, PROJECT, sam

API_KEY: Final = "ak_deployed"
# The parameters without a default, the built processor, and what a function needs its rights for.
PARAMETERS: Final = {
    "Architecture": ARCHITECTURE,
    "ConsentVersion": "2026-11",
    "ConsentUrl": "https://clinic.example/consent",
    "DeleteUploads": "true",
    "OidcIssuer": "https://issuer.example.com/",
    "OidcAudience": "teleconsultation",
    "FrameOrigins": "https://sandbox.bandyer.com",
}
# The account's owner with all rights: the emulator was started with this key.
ROOT: Final = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}

# The qualifier without an alias, and the alias that the API uses for the reading function.
LATEST: Final = "$LATEST"
LIVE: Final = "live"

type Json = Any


class InvocationError(Exception):
    """A deployed function raised or timed out; the text is Lambda's report."""


@dataclass(frozen=True)
class Cloud:
    """An emulated account."""

    aws: AwsEmulator
    template: Path

    def deploy(self, stack: str, **parameters: str) -> CompletedProcess[str]:
        """Run `sam deploy` on the built template, with the project's samconfig.toml."""
        return self._sam(
            "deploy",
            *("--template-file", str(self.template)),
            *("--config-file", str(PROJECT / "samconfig.toml")),
            *("--stack-name", stack),
            *("--s3-prefix", stack),
            "--no-progressbar",
            "--parameter-overrides",
            *(f"{name}={value}" for name, value in (PARAMETERS | parameters).items()),
        )

    def delete(self, stack: str) -> CompletedProcess[str]:
        """Run `sam delete`."""
        return self._sam("delete", "--stack-name", stack, "--s3-prefix", stack, "--no-prompts")

    def _sam(self, *arguments: str) -> CompletedProcess[str]:
        result = sam(
            *arguments,
            environment={
                **ROOT,
                "AWS_ENDPOINT_URL": self.aws.url,
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                "SAM_CLI_POLL_DELAY": "0.2",
            },
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result

    def stack(self, name: str) -> "DeployedStack":
        """Return the deployed stack of that name."""
        formation = self.aws.client("cloudformation")
        resources = formation.describe_stack_resources(StackName=name)["StackResources"]
        [description] = formation.describe_stacks(StackName=name)["Stacks"]
        return DeployedStack(
            aws=self.aws,
            physical_ids={item["LogicalResourceId"]: item["PhysicalResourceId"] for item in resources},
            outputs={item["OutputKey"]: item["OutputValue"] for item in description["Outputs"]},
        )

    def stack_names(self) -> set[str]:
        """Return the names of the existing stacks."""
        stacks = self.aws.client("cloudformation").describe_stacks()["Stacks"]
        return {stack["StackName"] for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"}


@dataclass(frozen=True)
class DeployedStack:
    """A deployed stack."""

    aws: AwsEmulator
    physical_ids: Mapping[str, str]
    outputs: Mapping[str, str]

    def configuration(self, function: str, *, version: str = LATEST) -> dict[str, Any]:
        """Return a function's configuration by its name in the template."""
        configuration: dict[str, Any] = self.aws.client("lambda").get_function_configuration(
            FunctionName=self.physical_ids[function], Qualifier=version
        )
        del configuration["ResponseMetadata"]
        return configuration

    def kept_ready(self, function: str) -> int:
        """Return the provisioned concurrency of the live version, if any."""
        configuration = self.aws.client("lambda").get_provisioned_concurrency_config(
            FunctionName=self.physical_ids[function], Qualifier=LIVE
        )
        return int(configuration["RequestedProvisionedConcurrentExecutions"])

    def invoke(self, function: str, event: Json, *, version: str = LATEST) -> Json:
        """Call a function by its name in the template and return its result.

        Raises:
            InvocationError: it raised or timed out.
        """
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.physical_ids[function], Qualifier=version, Payload=json.dumps(event)
        )
        payload = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise InvocationError(payload)
        return payload

    def set_environment(self, function: str, **variables: str) -> None:
        """Change existing variables of a function; its processes restart."""
        present = self.configuration(function)["Environment"]["Variables"]
        changed = {name: variables.get(name, value) for name, value in present.items()}
        self.aws.client("lambda").update_function_configuration(
            FunctionName=self.physical_ids[function], Environment={"Variables": changed}
        )

    def restart(self, function: str) -> None:
        """Make the next call start a new process."""
        self.set_environment(function)

    def write_secret(self, **values: str) -> None:
        """Set values of the secret, as the operator does, and keep the others."""
        client = self.aws.client("secretsmanager")
        arn = self.outputs["SecretArn"]
        kept = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
        client.put_secret_value(SecretId=arn, SecretString=json.dumps(kept | values))

    def role(self, function: str) -> "Role":
        """Return a function's role."""
        return Role(aws=self.aws, name=self.configuration(function)["Role"].rpartition("/")[2])


@dataclass(frozen=True)
class Role:
    """An execution role."""

    aws: AwsEmulator
    name: str

    def policies(self) -> dict[str, Json]:
        """Return the inline policies by name."""
        client = self.aws.client("iam")
        return {
            name: client.get_role_policy(RoleName=self.name, PolicyName=name)["PolicyDocument"]
            for name in client.list_role_policies(RoleName=self.name)["PolicyNames"]
        }

    @contextmanager
    def changed(self, change: Callable[[Json], Json]) -> Iterator[None]:
        """Change every inline policy until the block ends."""
        before = self.policies()
        for name, policy in before.items():
            self._put(name, change(policy))
        try:
            yield
        finally:
            for name, policy in before.items():
                self._put(name, policy)

    def _put(self, name: str, policy: Json) -> None:
        client = self.aws.client("iam")
        if policy["Statement"]:
            client.put_role_policy(RoleName=self.name, PolicyName=name, PolicyDocument=json.dumps(policy))
        else:
            client.delete_role_policy(RoleName=self.name, PolicyName=name)


def actions(policy: Json) -> set[str]:
    """Return the actions that a policy grants."""
    return {action for statement in policy["Statement"] for action in _listed(statement["Action"])}


def without(policy: Json, action: str) -> Json:
    """Return a policy without one action; a statement that grants nothing else is removed."""
    kept = [
        {**statement, "Action": [one for one in _listed(statement["Action"]) if one != action]}
        for statement in policy["Statement"]
    ]
    return {**policy, "Statement": [statement for statement in kept if statement["Action"]]}


def elsewhere(policy: Json) -> Json:
    """Return a policy with the same rights on other resources of the same kind."""
    moved = [
        {**statement, "Resource": [f"{one}-other" for one in _listed(statement["Resource"])]}
        for statement in policy["Statement"]
    ]
    return {**policy, "Statement": moved}


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def deployable(template: Path) -> Path:
    """Return the built template, or a copy next to it that the emulator accepts.

    The emulator refuses alarms on metric math; in the copy these alarms watch one metric.
    """
    document = parse_template(template.read_text(encoding="utf-8"))
    alarms = [
        resource["Properties"]
        for resource in document["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]
    ]
    if not alarms:
        return template
    for alarm in alarms:
        del alarm["Metrics"]
        alarm |= {"Namespace": "AWS/Lambda", "MetricName": "Errors", "Statistic": "Sum", "Period": 300}
    copy = template.with_name("deployable.json")
    copy.write_text(json.dumps(document), encoding="utf-8")
    return copy


@contextmanager
def running_cloud(*, template: Path, folder: Path) -> Iterator[Cloud]:
    """Run an empty account until the block ends; `template` is the built one, `folder` gets what is left."""
    scratch = folder / "scratch"
    scratch.mkdir()
    settings = {**ROOT, "AUTH": "true", "SERVICES": "", "TMPDIR": str(scratch)}
    with running_aws_emulator(port=Ports.free().aws, log=folder / "cloud.log", settings=settings) as aws:
        yield Cloud(aws=aws, template=deployable(template))
