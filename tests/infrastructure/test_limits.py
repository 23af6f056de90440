"""Limits of shared resources: the functions' concurrency, the routes' rates, the secret's key, the logs."""

import json
from typing import Any

import pytest

from deployment.template.intrinsics import Resolver, ResourceValue
from probe.web import TIMEOUT_SECONDS
from tests.infrastructure.conftest import FUNCTIONS, Template, properties_of, resources_of, stage_called

WRITERS = [
    "CreateTeleconsultationFunction",
    "UpdateTeleconsultationFunction",
    "DeleteTeleconsultationFunction",
]
ROOM_CHECK = "CheckRoomFunction"
# Each of these calls the provider on somebody's request, and few come at a time.
RARE = ["AddParticipantFunction", "DeleteUploadsFunction", "RemoveParticipantFunction"]
EVENTS = "ReceiveEventFunction"
# These read the table, and have no right to the secret.
ATTENDANCE = "ReadAttendanceFunction"
HISTORY = "ReadHistoryFunction"
PRESENCE = "NotePresenceFunction"
CONSENT = "GiveConsentFunction"
RECONCILER = "ReconcileRoomsFunction"
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
STACK_LIMITS = {"Resources": 500, "Parameters": 200, "Outputs": 200}
MAX_TEMPLATE_BYTES = 1_000_000
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
ACCOUNT_CONCURRENCY = 1000
UNRESERVED_CONCURRENCY = 100
# Of the regions with least (Milan, Spain, Zurich and more); a route may not have more than the account.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
SMALLEST_ACCOUNT_RATE = 2500
SMALLEST_ACCOUNT_BURST = 1250
# Each POST writes two entries of the index Unsettled. One of its partitions takes 1 000 writes a second; the
# entries are in sixteen, and the limit leaves room for a skewed moment.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
INDEX_WRITES_PER_SECOND = 1000
INDEX_WRITES_OF_A_POST = 2

SECRET_KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"
PROBE = "ProbeFunction"
PUBLISHER = "PublishEventsFunction"
SENDER = "DeliverWebhookFunction"
WITHOUT_THE_SECRET = [
    "GetCalendarFileFunction",
    "GetErasureFunction",
    "GetTeleconsultationFunction",
    "GetTranscriptionFunction",
    "ListTeleconsultationsFunction",
    ATTENDANCE,
    CONSENT,
    HISTORY,
    PRESENCE,
    PROBE,
    PUBLISHER,
    SENDER,
]
VISITORS = [name for name in FUNCTIONS if name not in WITHOUT_THE_SECRET]


def _resolved(expanded: Template, node: Any, **parameters: str) -> Any:
    resolver = Resolver(
        expanded,
        parameters=parameters,
        resources={
            name: ResourceValue(name, attributes={"Arn": f"arn:{name}", "Id": f"id:{name}"})
            for name in expanded["Resources"]
        },
        pseudo_parameters={
            "AWS::AccountId": "123456789012",
            "AWS::StackName": "clinic",
            "AWS::Region": "eu-west-1",
            "AWS::Partition": "aws",
            "AWS::StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/clinic/0",
        },
    )
    return resolver.value(node, at="test")


def _reserved(expanded: Template, **parameters: str) -> dict[str, int]:
    """Give the reserved concurrency of each function that reserves some."""
    nodes = {
        function: properties_of(expanded, function).get(
            "ReservedConcurrentExecutions", {"Ref": "AWS::NoValue"}
        )
        for function in FUNCTIONS
    }
    resolved: dict[str, Any] = _resolved(expanded, nodes, **parameters)
    return {function: int(value) for function, value in resolved.items()}


# ── The stack ──


def test_the_stack_fits_into_cloudformation(expanded: Template) -> None:
    sizes = {kind: len(expanded[kind]) for kind in STACK_LIMITS}

    assert {kind: size for kind, size in sizes.items() if size > STACK_LIMITS[kind]} == {}
    assert len(json.dumps(expanded)) <= MAX_TEMPLATE_BYTES


# ── Functions ──


def test_a_slow_provider_takes_no_environment_from_the_readers(expanded: Template) -> None:
    reserved = _reserved(expanded, WriteConcurrency="25")

    assert reserved == dict.fromkeys(WRITERS, 25) | dict.fromkeys(RARE, 2) | {
        RECONCILER: 2,
        ROOM_CHECK: 5,
        EVENTS: 3,
    }


def test_an_account_that_is_too_small_reserves_nothing(expanded: Template) -> None:
    assert _reserved(expanded, WriteConcurrency="0") == {}


def test_the_default_reservation_fits_into_an_ordinary_account(expanded: Template) -> None:
    readers = int(expanded["Parameters"]["ReadProvisionedConcurrency"]["MaxValue"])
    most = int(expanded["Parameters"]["WriteConcurrency"]["MaxValue"])

    unasked = sum(_reserved(expanded).values())
    at_most = sum(_reserved(expanded, WriteConcurrency=str(most)).values())

    assert 0 < unasked <= 120
    assert at_most + readers + UNRESERVED_CONCURRENCY <= ACCOUNT_CONCURRENCY


def test_the_reservation_serves_the_rate_of_changes(expanded: Template) -> None:
    seconds_of_a_change = 1.5
    rate = int(expanded["Parameters"]["WritesPerSecond"]["Default"])

    assert rate * seconds_of_a_change <= int(expanded["Parameters"]["WriteConcurrency"]["Default"])


# ── Routes ──


def test_rates_can_be_deployed_in_every_region(expanded: Template) -> None:
    parameters = expanded["Parameters"]

    assert parameters["ReadsPerSecond"]["MaxValue"] <= SMALLEST_ACCOUNT_RATE
    assert parameters["ReadsAtOnce"]["MaxValue"] <= SMALLEST_ACCOUNT_BURST


def test_changes_stay_below_the_limit_of_the_reconcilers_index(expanded: Template) -> None:
    most = expanded["Parameters"]["WritesPerSecond"]["MaxValue"]

    assert most * INDEX_WRITES_OF_A_POST <= INDEX_WRITES_PER_SECOND


def test_all_routes_fit_into_the_smallest_account(expanded: Template) -> None:
    stage = properties_of(expanded, stage_called(expanded, "api"))

    settings = stage["RouteSettings"].values()
    # The rare routes have fixed rates. If all routes are used up at once, they take a sixteenth at most.
    rare = [one["ThrottlingRateLimit"] for one in settings if isinstance(one["ThrottlingRateLimit"], int)]
    frequent = [int(_resolved(expanded, one)["ThrottlingRateLimit"]) for one in settings]

    assert rare
    assert sum(frequent) - sum(rare) <= SMALLEST_ACCOUNT_RATE
    assert sum(rare) <= SMALLEST_ACCOUNT_RATE // 16


# ── A secret under a key of its own ──


def _key_statements(expanded: Template, function: str, **parameters: str) -> list[Any]:
    [policy] = properties_of(expanded, f"{function}Role")["Policies"]
    statements = _resolved(expanded, policy["PolicyDocument"]["Statement"], **parameters)
    return [one for one in statements if "kms" in str(one["Action"])]


@pytest.mark.parametrize("function", VISITORS)
def test_functions_with_the_secret_may_use_its_key_through_secrets_manager_only(
    expanded: Template, function: str
) -> None:
    assert _key_statements(expanded, function) == []
    assert _key_statements(expanded, function, SecretKeyArn=SECRET_KEY) == [
        {
            "Sid": "SecretKey",
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": SECRET_KEY,
            "Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}},
        }
    ]


@pytest.mark.parametrize(
    ("function", "secret"),
    [
        ("PublishEventsFunction", "EventEndpointsSecretArn"),
        ("DeliverWebhookFunction", "EventEndpointsSecretArn"),
        ("ProbeFunction", "ProbeSecretArn"),
    ],
)
def test_functions_with_another_secret_may_use_the_key_if_there_is_one(
    expanded: Template, function: str, secret: str
) -> None:
    given = {
        secret: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x",
        "SecretKeyArn": SECRET_KEY,
        # The resolver knows no stream of the stack's own table.
        "ExistingTableName": "visits",
        "ExistingTableStreamArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/visits/stream/1",
    }

    [statement] = _key_statements(expanded, function, **given)

    assert (statement["Action"], statement["Resource"]) == ("kms:Decrypt", SECRET_KEY)


@pytest.mark.parametrize("function", WITHOUT_THE_SECRET)
def test_functions_without_the_secret_have_no_key(expanded: Template, function: str) -> None:
    assert _key_statements(expanded, function, SecretKeyArn=SECRET_KEY) == []


# ── The probe ──


def test_the_probe_may_read_its_own_secret_and_nothing_else(expanded: Template) -> None:
    [policy] = properties_of(expanded, f"{PROBE}Role")["Policies"]

    with_client = _resolved(expanded, policy["PolicyDocument"]["Statement"], ProbeSecretArn="arn:client")
    without = _resolved(expanded, policy["PolicyDocument"]["Statement"])

    assert [one["Sid"] for one in without] == ["Log", "Trace"]
    assert with_client == [
        {
            "Sid": "Client",
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": "arn:client",
        },
        *without,
    ]


def test_only_the_probe_knows_its_client(expanded: Template) -> None:
    knowing = [
        function
        for function in FUNCTIONS
        if "PROBE_SECRET_ARN" in properties_of(expanded, function)["Environment"]["Variables"]
    ]

    assert knowing == [PROBE]


def test_a_run_of_the_probe_ends_before_the_next_one_begins(expanded: Template) -> None:
    requests = 6  # discovery, token, and the four of the visit

    timeout = properties_of(expanded, PROBE)["Timeout"]

    assert requests * sum(TIMEOUT_SECONDS) < timeout < 300


# ── Logs ──


CHANGES = [
    *WRITERS,
    *RARE,
    ROOM_CHECK,
    "ErasePersonFunction",
    "GetRecordingFunction",
    "IntroducePersonFunction",
    "RequestErasureFunction",
    "IssueCredentialsFunction",
    "AddBackgroundFunction",
    "UpdateSettingsFunction",
]


def test_logs_are_kept_with_the_stack_deleted_and_a_new_stack_can_be_created(expanded: Template) -> None:
    groups = resources_of(expanded, "AWS::Logs::LogGroup")

    assert len(groups) == len(FUNCTIONS) + 1
    for name, group in groups.items():
        assert group["DeletionPolicy"] == group["UpdateReplacePolicy"] == "Retain", name
        # A new stack of the same name makes groups of other names.
        assert _resolved(expanded, group["Properties"]["LogGroupName"]).endswith("/0"), name


@pytest.mark.parametrize("function", FUNCTIONS)
def test_logs_of_changes_have_their_own_retention(expanded: Template, function: str) -> None:
    group = properties_of(expanded, f"{function.removesuffix('Function')}LogGroup")

    retention = _resolved(
        expanded, group["RetentionInDays"], LogRetentionDays="7", ChangeLogRetentionDays="400"
    )

    assert retention == ("400" if function in CHANGES else "7")
