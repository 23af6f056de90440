"""Each role grants what its function needs and nothing else, seen from both sides.

Enough: with the rights of its role alone every deployed function answers every event (test_deploy.py). Not
more: here each action of each role is taken away, and then something must come out otherwise than before. A
right that no event and no mishap below needs fails its test: drop it, or show here what needs it.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import chain

import pytest

from tests.deployment.cloud import DeployedStack, InvocationError, actions
from tests.deployment.samples import Mishap, Outcome, Sample, functions, play, samples, set_the_scene
from tests.integration.api.client import World

# Who uses these is the Lambda service, not our code, and no emulator does: for log lines and for traces.
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSXrayWriteOnlyAccess.html
OF_THE_LAMBDA_SERVICE = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
MANAGED_POLICIES = {"AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess"}

# What the events do not bring about: nobody is known yet, so people are remembered, and the provider refuses
# the room, so what was begun is taken back.
MISHAPS = {"create_teleconsultation": Mishap("POST", "/room/create", "status:422")}


def _granted() -> list[tuple[str, str]]:
    """Read every function's own rights from the template, as they are written."""
    return [
        (function, action)
        for function, properties in functions().items()
        for action in sorted(chain.from_iterable(map(actions, properties["Policies"])))
        if action not in OF_THE_LAMBDA_SERVICE
    ]


def _trials(function: str) -> list[Sample]:
    """Give all that the function is put through: events that meet a mishap, then all its events."""
    events = [sample for sample in samples() if sample.function == function]
    spoilt = [replace(sample, mishap=MISHAPS[sample.name]) for sample in events if sample.name in MISHAPS]
    # The mishaps first: they need more rights.
    return spoilt + events


@pytest.fixture(scope="module")
def usual(deployed: DeployedStack, deployed_world: World) -> Callable[[Sample], Outcome]:
    """Play a sample with all rights, and keep what came of it."""
    known: dict[tuple[str, Mishap | None], Outcome] = {}

    def outcome(sample: Sample) -> Outcome:
        key = (sample.name, sample.mishap)
        if key not in known:
            set_the_scene(sample, world=deployed_world, invoke=deployed.invoke)
            known[key] = play(sample, world=deployed_world, invoke=deployed.invoke)
        return known[key]

    return outcome


@pytest.mark.parametrize(("function", "action"), _granted())
def test_without_the_right_something_goes_wrong(
    deployed: DeployedStack,
    deployed_world: World,
    usual: Callable[[Sample], Outcome],
    function: str,
    action: str,
) -> None:
    def suffers(sample: Sample) -> bool:
        expected = usual(sample)
        set_the_scene(sample, world=deployed_world, invoke=deployed.invoke)
        with deployed.role(function).without(action):
            # What the function read with the right it had, it must not remember.
            deployed.restart(function)
            try:
                return play(sample, world=deployed_world, invoke=deployed.invoke) != expected
            except InvocationError:
                return True

    assert any(suffers(sample) for sample in _trials(function)), f"nothing needs {action}"


@pytest.mark.parametrize("function", functions())
def test_the_deployed_role_grants_what_the_template_says_and_no_more(
    deployed: DeployedStack, function: str
) -> None:
    role = deployed.role(function)

    granted = set(chain.from_iterable(map(actions, role.policies().values())))
    attached = deployed.aws.client("iam").list_attached_role_policies(RoleName=role.name)

    written = {action for name, action in _granted() if name == function}
    assert granted - OF_THE_LAMBDA_SERVICE == written
    assert {policy["PolicyName"] for policy in attached["AttachedPolicies"]} <= MANAGED_POLICIES
