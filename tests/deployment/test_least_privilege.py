"""Each role grants exactly the rights that its function needs.

Enough: with the rights of its role alone every deployed function answers every event (test_deploy.py). Not
more: here each action of each role is taken away, and then something must come out otherwise than before. A
right without use fails its test: remove it, or add a scene that needs it to scenes.py.
"""

from collections.abc import Callable
from itertools import chain

import pytest

from tests.deployment.cloud import DeployedStack, InvocationError, actions, elsewhere, without
from tests.deployment.samples import Json, Outcome, Stage, functions, resources
from tests.deployment.scenes import Trial, trials

# The Lambda service uses these rights for logs and traces; our code and the emulator do not.
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSXrayWriteOnlyAccess.html
OF_EVERY_FUNCTION = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
# Lambda reads the stream and the queues for the functions, AWS holds the passing of a role against its own
# rights, and whether a message can be hidden is no matter of its receiver's result.
OF_THE_LAMBDA_SERVICE = OF_EVERY_FUNCTION | {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "iam:PassRole",
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
}
# Its key makes of the caller what the log has of it, which no outcome shows; tests of edge/http.py do.
OF_THE_LOG = {"IntroducePersonFunction": {"secretsmanager:GetSecretValue"}}
# Without it an event waits in a queue, which no outcome shows; tests of publishing/put_aside.py do.
OF_THE_QUEUE = {"PublishEventsFunction": {"secretsmanager:GetSecretValue"}}
# The emulator holds them against schedules of the group `default`, whatever the group; AWS alone shows them.
OF_ANOTHER_GROUP = {"scheduler:CreateSchedule"}
DEPLOYED_CONDITIONS = {"HasProbe", "PublishesEvents", "HasEventBus", "HasEndpoints"}
MANAGED_POLICIES = {"AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess"}


def _policies(function: str) -> list[Json]:
    """Return a function's policies in the source template, from the function or its role."""
    properties = functions()[function]
    if "Role" not in properties:
        return list(properties["Policies"])
    role = resources()[properties["Role"]["Fn::GetAtt"][0]]
    statements = [policy["PolicyDocument"]["Statement"] for policy in role["Properties"]["Policies"]]
    return [{"Statement": [kept for one in policy if (kept := _deployed(one))]} for policy in statements]


def _deployed(statement: Json) -> Json | None:
    """Return a statement of the template; None for one of a parameter that this deployment does not set."""
    if "Fn::If" not in statement:
        return statement
    condition, with_it, _ = statement["Fn::If"]
    return with_it if condition in DEPLOYED_CONDITIONS else None


def _granted(function: str) -> set[str]:
    return set(chain.from_iterable(map(actions, _policies(function)))) - OF_THE_LAMBDA_SERVICE


@pytest.fixture(scope="module")
def usual(deployed_stage: Stage) -> Callable[[Trial], Outcome]:
    """Run a trial of a function with all its rights and return the result."""

    known: dict[str, Outcome] = {}

    def outcome(trial: Trial) -> Outcome:
        if trial.name not in known:
            trial.scene(deployed_stage)
            known[trial.name] = deployed_stage.play(trial.sample)
        return known[trial.name]

    return outcome


@pytest.mark.parametrize(
    ("function", "action"),
    [
        (function, action)
        for function in functions()
        for action in sorted(
            _granted(function)
            - OF_ANOTHER_GROUP
            - OF_THE_LOG.get(function, set())
            - OF_THE_QUEUE.get(function, set())
        )
    ],
)
def test_each_removed_right_makes_a_scene_fail(
    deployed: DeployedStack,
    deployed_stage: Stage,
    usual: Callable[[Trial], Outcome],
    function: str,
    action: str,
) -> None:
    def suffers(trial: Trial) -> bool:
        expected = usual(trial)
        trial.scene(deployed_stage)
        with deployed.role(function).changed(lambda policy: without(policy, action)):
            # Drop the cached values that the function read with the removed right.
            deployed.restart(function)
            try:
                return deployed_stage.play(trial.sample) != expected
            except InvocationError:
                return True

    assert any(suffers(trial) for trial in trials(function)), f"nothing needs {action}"


@pytest.mark.parametrize(
    "trial",
    [trials(function)[0] for function in functions()],
    ids=lambda trial: trial.name,
)
def test_a_right_on_another_resource_makes_a_scene_fail(
    deployed: DeployedStack, deployed_stage: Stage, usual: Callable[[Trial], Outcome], trial: Trial
) -> None:
    expected = usual(trial)
    trial.scene(deployed_stage)

    with deployed.role(trial.sample.function).changed(elsewhere):
        deployed.restart(trial.sample.function)
        try:
            outcome = deployed_stage.play(trial.sample)
        except InvocationError:
            return

    assert outcome != expected


@pytest.mark.parametrize("function", functions())
def test_the_deployed_role_grants_exactly_the_templates_rights(
    deployed: DeployedStack, function: str
) -> None:
    role = deployed.role(function)

    granted = set(chain.from_iterable(map(actions, role.policies().values())))
    attached = deployed.aws.client("iam").list_attached_role_policies(RoleName=role.name)["AttachedPolicies"]

    assert granted - OF_THE_LAMBDA_SERVICE == _granted(function)
    # The Lambda service's rights are either in the role's policy or in the policies that SAM attaches.
    if granted & OF_EVERY_FUNCTION:
        assert granted >= OF_EVERY_FUNCTION
        assert attached == []
    else:
        assert {policy["PolicyName"] for policy in attached} == MANAGED_POLICIES
