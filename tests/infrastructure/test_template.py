"""What the expanded template promises, and no emulator or other test would miss.

Routes, environments, keys and the index are those of the template in every test that runs the product. Which
rights a function needs, and that it has no other, tests/deployment/test_least_privilege.py shows.
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from teleconsultation.domain.delivery import ATTEMPT_OFFSETS
from teleconsultation.edge.http import ORIGINAL_ADDRESS, ORIGINAL_STAGE
from teleconsultation.provider.settings import ProviderSettings, read_frame_origins, read_policy
from teleconsultation.publishing.webhook_client import TIMEOUT_SECONDS as WEBHOOK_TIMEOUT_SECONDS
from teleconsultation.settings import Settings
from teleconsultation.storage.changes import NEWS_OF
from teleconsultation.storage.consents import consents_key
from teleconsultation.storage.items import alias_key, teleconsultation_key, user_key
from tests.infrastructure.conftest import FUNCTIONS, Template, properties_of, resources_of, stage_called

ROUTES = {
    "POST /teleconsultation": "CreateTeleconsultationFunction",
    "PATCH /teleconsultation/{id}": "UpdateTeleconsultationFunction",
    "DELETE /teleconsultation/{id}": "DeleteTeleconsultationFunction",
    "DELETE /teleconsultation/{id}/uploads": "DeleteUploadsFunction",
    "POST /credentials": "IssueCredentialsFunction",
    "GET /settings": "ReadSettingsFunction",
    "PATCH /settings/update": "UpdateSettingsFunction",
    "POST /settings/background-image": "AddBackgroundFunction",
    "GET /teleconsultation/{id}/details": "GetDetailsFunction",
    "GET /teleconsultation/{id}/sessions": "ListSessionsFunction",
    "GET /teleconsultation/{id}/recordings/{sessionId}": "GetRecordingFunction",
    "GET /transcription/{id}/{sessionId}": "GetTranscriptionFunction",
    "GET /teleconsultation/{id}": "GetTeleconsultationFunction",
    "GET /teleconsultation/{id}/join": "GetTeleconsultationFunction",
    "POST /teleconsultation/{id}/participants/data": "AddParticipantFunction",
    "DELETE /teleconsultation/{id}/participants/{userExternalId+}": "RemoveParticipantFunction",
    "PUT /users/{userExternalId+}": "IntroducePersonFunction",
    "DELETE /users/{userExternalId+}": "RequestErasureFunction",
    "GET /erasures/{erasureId}": "GetErasureFunction",
    "GET /teleconsultation": "ListTeleconsultationsFunction",
    "GET /teleconsultation/{id}/invitation.ics": "GetCalendarFileFunction",
    "GET /teleconsultation/{id}/join/invitation.ics": "GetCalendarFileFunction",
    "POST /teleconsultation/{id}/room": "CheckRoomFunction",
    "POST /teleconsultation/{id}/join/room": "CheckRoomFunction",
    "GET /teleconsultation/{id}/attendance": "ReadAttendanceFunction",
    "POST /teleconsultation/{id}/consent": "GiveConsentFunction",
    "POST /teleconsultation/{id}/join/consent": "GiveConsentFunction",
    "GET /teleconsultation/{id}/history": "ReadHistoryFunction",
    "POST /teleconsultation/{id}/presence": "NotePresenceFunction",
    "POST /teleconsultation/{id}/join/presence": "NotePresenceFunction",
    "POST /webhooks/bandyer": "ReceiveEventFunction",
}
# Nobody polls these: they have the stage's low limits, which leave the others their share of the account's.
WITHOUT_OWN_RATE = {
    "GET /erasures/{erasureId}",
    "GET /teleconsultation",
    "GET /teleconsultation/{id}/invitation.ics",
    "GET /teleconsultation/{id}/join/invitation.ics",
}
# Few of these requests come at a time.
RARE_ROUTES = {
    "DELETE /teleconsultation/{id}/uploads": (5, 5),
    "POST /teleconsultation/{id}/participants/data": (5, 5),
    "DELETE /teleconsultation/{id}/participants/{userExternalId+}": (5, 5),
    "PUT /users/{userExternalId+}": (5, 5),
    "DELETE /users/{userExternalId+}": (1, 5),
    "GET /teleconsultation/{id}/attendance": (5, 5),
    "POST /teleconsultation/{id}/consent": (2, 200),
    "POST /teleconsultation/{id}/join/consent": (2, 200),
    "GET /teleconsultation/{id}/history": (5, 5),
    "POST /teleconsultation/{id}/presence": (20, 200),
    "POST /teleconsultation/{id}/join/presence": (20, 200),
    "POST /webhooks/bandyer": (30, 60),
    "POST /credentials": (5, 5),
    "GET /settings": (1, 5),
    "PATCH /settings/update": (1, 5),
    "POST /settings/background-image": (1, 5),
    "GET /teleconsultation/{id}/details": (5, 5),
    "GET /teleconsultation/{id}/sessions": (5, 5),
    "GET /teleconsultation/{id}/recordings/{sessionId}": (5, 5),
    "GET /transcription/{id}/{sessionId}": (5, 5),
}
# Lambda itself reads a stream and queues for them.
READS = {"DeliverWebhookFunction", "PublishEventsFunction"}
# The service that may use a role which is no function's.
SERVICE_ROLES = {"DoorSchedulesRole": "scheduler.amazonaws.com"}
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
API_GATEWAY_WAITS_SECONDS = 30

# The actions without a resource of their own, and the only ones that may be allowed on all: see
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
ACTIONS_ON_EVERYTHING = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
CONDITIONS_OF_RIGHTS = {
    *("HasDirectorySecret", "HasEndpoints", "HasEventBus", "HasProbe", "HasSecretKey", "HasUserPool"),
    *("EndpointsMayHaveKey", "ProbeMayHaveKey", "PublishesEvents"),
}
# Those on what is made while the service runs: a schedule has the name of its visit and of its instant.
ACTIONS_IN_A_GROUP = {"scheduler:CreateSchedule"}

ASK_THE_DIRECTORY = {
    *("CreateTeleconsultationFunction", "UpdateTeleconsultationFunction", "IssueCredentialsFunction"),
}
DIRECTORY_VARIABLES = (
    *("USERS_API_ENDPOINT", "CUSTOM_USER_ID_SOURCE", "CUSTOM_USER_ID_TARGET", "COGNITO_USER_POOL_ARN"),
    *("AUTH0_DOMAIN", "DIRECTORY_SECRET_ARN", "PROFILE_MAX_AGE_DAYS"),
)
DIRECTORY_RIGHTS = {
    "HasDirectorySecret": (["secretsmanager:GetSecretValue"], "DirectorySecretArn"),
    "HasUserPool": (
        ["cognito-idp:AdminGetUser", "cognito-idp:AdminListGroupsForUser"],
        "CognitoUserPoolArn",
    ),
}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _statements(template: Template, role: str) -> Iterator[dict[str, Any]]:
    """Give what a role allows in any case; the conditional statements are looked at in test_limits.py."""
    for policy in properties_of(template, role)["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if "Fn::If" not in statement:
                yield statement
            else:
                assert statement["Fn::If"][0] in CONDITIONS_OF_RIGHTS


def _rule(template: Template, function: str) -> dict[str, Any]:
    """Give the properties of the rule that calls a function on a schedule."""
    rule: dict[str, Any]
    [rule] = [
        rule["Properties"]
        for rule in resources_of(template, "AWS::Events::Rule").values()
        if rule["Properties"]["Targets"][0]["Arn"] == {"Fn::GetAtt": [function, "Arn"]}
    ]
    return rule


# ── Functions ──


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_runs_where_its_layer_runs(expanded: Template, function: str) -> None:
    [(layer_name, layer)] = resources_of(expanded, "AWS::Lambda::LayerVersion").items()

    properties = properties_of(expanded, function)

    assert properties["Runtime"] == "python3.13"
    assert properties["Layers"] == [{"Ref": layer_name}]
    assert properties["Architectures"] == [{"Ref": "Architecture"}]
    assert layer["Properties"]["CompatibleRuntimes"] == ["python3.13"]
    assert layer["Properties"]["CompatibleArchitectures"] == [{"Ref": "Architecture"}]
    assert expanded["Parameters"]["Architecture"]["Default"] == "arm64"


def test_the_layer_is_built_for_where_it_runs(source: Template) -> None:
    metadata = source["Resources"]["CoreLayer"]["Metadata"]

    assert metadata == {
        "BuildMethod": "makefile",
        "BuildArchitecture": {"Ref": "Architecture"},
        "ContextPath": {"Fn::Sub": "deployment/build/${Architecture}"},
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_traced(expanded: Template, function: str) -> None:
    assert properties_of(expanded, function)["TracingConfig"] == {"Mode": "Active"}


@pytest.mark.parametrize("function", sorted(set(ROUTES.values())))
def test_a_routes_function_ends_before_api_gateway_gives_up(expanded: Template, function: str) -> None:
    assert properties_of(expanded, function)["Timeout"] < API_GATEWAY_WAITS_SECONDS


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_logs_to_its_own_group_with_retention(expanded: Template, function: str) -> None:
    group = properties_of(expanded, function)["LoggingConfig"]["LogGroup"]["Ref"]

    assert group == f"{function.removesuffix('Function')}LogGroup"
    assert properties_of(expanded, group)["RetentionInDays"]["Ref"].endswith("LogRetentionDays")


def test_a_function_and_its_log_group_stand_together(source: Template) -> None:
    names = list(source["Resources"])

    for function in FUNCTIONS:
        following = names[names.index(function) + 1]

        assert following == f"{function.removesuffix('Function')}LogGroup"


def test_the_defaults_make_settings_that_the_functions_accept(expanded: Template) -> None:
    variables = properties_of(expanded, "CreateTeleconsultationFunction")["Environment"]["Variables"]
    defaults = {name: parameter.get("Default", "given") for name, parameter in expanded["Parameters"].items()}
    resources = {
        "TABLE_NAME": "table",
        "BANDYER_SECRET_ARN": "arn",
        "POWERTOOLS_SERVICE_NAME": "stack",
        "FRAME_ORIGINS": "https://one.example,https://two.example",
    }
    environment = resources | {
        name: str(defaults[value["Ref"]])
        for name, value in variables.items()
        if name not in resources and isinstance(value, dict)
    }

    settings = Settings.from_environment(environment)
    provider = ProviderSettings.from_environment(environment)
    policy = read_policy(environment, door=settings.door)
    frame_origins = read_frame_origins(environment)

    assert (settings.door.early_join_seconds, settings.door.late_join_seconds) == (600, 900)
    assert settings.retention == timedelta(days=365)
    assert (provider.base_url, provider.path_prefix) == ("https://api.sandbox.eu.bandyer.com", "/rest")
    assert policy.privileges.plus.groups == {"doctor"}
    assert policy.privileges.basic.groups == {"patient"}
    assert frame_origins == {"https://one.example", "https://two.example"}
    assert (policy.unlimited, policy.live, policy.recording_type) == (False, True, "none")


@pytest.mark.parametrize("function", ["CreateTeleconsultationFunction", "UpdateTeleconsultationFunction"])
def test_a_function_that_makes_rooms_knows_the_origins_of_the_pages_frame(
    expanded: Template, function: str
) -> None:
    variables = properties_of(expanded, function)["Environment"]["Variables"]

    assert variables["FRAME_ORIGINS"] == {"Fn::Join": [",", {"Ref": "FrameOrigins"}]}


# ── Rights ──


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_a_role_of_its_own_and_no_policy_of_aws(expanded: Template, function: str) -> None:
    role = properties_of(expanded, f"{function}Role")

    assert properties_of(expanded, function)["Role"] == {"Fn::GetAtt": [f"{function}Role", "Arn"]}
    assert role.keys() == {"AssumeRolePolicyDocument", "Policies"}
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_that_is_given_the_directory_may_ask_it_and_no_other(
    expanded: Template, function: str
) -> None:
    variables = properties_of(expanded, function).get("Environment", {}).get("Variables", {})
    rights = {
        statement["Fn::If"][0]: statement["Fn::If"][1]
        for policy in properties_of(expanded, f"{function}Role")["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if "Fn::If" in statement
    }

    asks = function in ASK_THE_DIRECTORY
    assert set(DIRECTORY_VARIABLES) & variables.keys() == (set(DIRECTORY_VARIABLES) if asks else set())
    assert rights.keys() & DIRECTORY_RIGHTS.keys() == (DIRECTORY_RIGHTS.keys() if asks else set())
    for condition, (actions, parameter) in DIRECTORY_RIGHTS.items() if asks else ():
        assert _listed(rights[condition]["Action"]) == actions
        assert rights[condition]["Resource"] == {"Ref": parameter}


def test_there_are_no_other_roles(expanded: Template) -> None:
    roles = resources_of(expanded, "AWS::IAM::Role")

    assert roles.keys() == {f"{function}Role" for function in FUNCTIONS} | SERVICE_ROLES.keys()
    for name, service in SERVICE_ROLES.items():
        [statement] = roles[name]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": service}
        # Nobody else's schedule may use it.
        assert statement["Condition"]["StringEquals"].keys() == {"aws:SourceAccount", "aws:SourceArn"}
    assert not [
        kind
        for resource in expanded["Resources"].values()
        if (kind := resource["Type"]) in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
    ]


def test_a_wildcard_stands_only_where_aws_knows_no_resource(expanded: Template) -> None:
    wide = {
        (action, json.dumps(statement["Resource"]) == '"*"')
        for role in resources_of(expanded, "AWS::IAM::Role")
        for statement in _statements(expanded, role)
        if "*" in json.dumps(statement["Resource"])
        for action in _listed(statement["Action"])
    }

    assert {action for action, is_everything in wide if is_everything} == ACTIONS_ON_EVERYTHING
    assert {action for action, is_everything in wide if not is_everything} == ACTIONS_IN_A_GROUP


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_called_by_what_calls_it_alone(expanded: Template, function: str) -> None:
    permissions = [
        permission["Properties"]
        for permission in resources_of(expanded, "AWS::Lambda::Permission").values()
        if permission["Properties"]["FunctionName"] in ({"Ref": function}, {"Ref": f"{function}Aliaslive"})
    ]

    assert bool(permissions) == (function not in READS)
    assert all(permission["Action"] == "lambda:InvokeFunction" for permission in permissions)
    # Without a source anybody's API or rule could call it.
    assert all("SourceArn" in permission for permission in permissions)
    callers = {permission["Principal"] for permission in permissions}
    assert callers <= {"apigateway.amazonaws.com" if function in ROUTES.values() else "events.amazonaws.com"}


# ── Routes ──


def test_a_route_that_api_gateway_understands_only_in_part_fails_the_deployment(expanded: Template) -> None:
    assert properties_of(expanded, "Api")["FailOnWarnings"] is True


def test_every_route_that_is_polled_or_writes_has_a_rate_of_its_own(expanded: Template) -> None:
    stage = properties_of(expanded, stage_called(expanded, "api"))

    rates = {
        route: (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"])
        for route, settings in stage["RouteSettings"].items()
    }

    reads, writes = ({"Ref": "ReadsPerSecond"}, {"Ref": "ReadsAtOnce"}), ({"Ref": "WritesPerSecond"},) * 2
    assert rates == {
        route: RARE_ROUTES.get(route, reads if route.startswith("GET ") else writes)
        for route in ROUTES.keys() - WITHOUT_OWN_RATE
    }
    assert stage["DefaultRouteSettings"] == {"ThrottlingRateLimit": 10, "ThrottlingBurstLimit": 10}


def test_a_route_for_callers_of_the_original_needs_no_rate_of_its_own(expanded: Template) -> None:
    stage = properties_of(expanded, "OriginalStage")

    # As the rare routes have in our own stage: nothing but its rate limits what a slow provider holds up.
    assert stage["DefaultRouteSettings"] == {"ThrottlingRateLimit": 5, "ThrottlingBurstLimit": 5}
    assert stage["RouteSettings"].keys() <= ROUTES.keys()


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_callers_of_the_original_book_at_the_same_rate(expanded: Template, method: str) -> None:
    route = "POST /teleconsultation" if method == "POST" else f"{method} /teleconsultation/{{id}}"

    own, original = (
        properties_of(expanded, stage_called(expanded, name))["RouteSettings"][route]
        for name in ("api", ORIGINAL_STAGE)
    )

    assert original == own


def test_the_stages_are_those_that_the_functions_know_and_differ_in_name_and_rates_alone(
    expanded: Template,
) -> None:
    own = properties_of(expanded, stage_called(expanded, "api"))
    original = properties_of(expanded, stage_called(expanded, ORIGINAL_STAGE))

    assert own["StageVariables"]["pageBaseUrl"] == expanded["Outputs"]["PageBaseUrl"]["Value"]
    for name in ("ApiId", "AccessLogSettings", "AutoDeploy", "StageVariables"):
        assert original[name] == own[name]


def test_the_site_leads_the_originals_address_to_its_stage(source: Template) -> None:
    behaviors = properties_of(source, "SiteDistribution")["DistributionConfig"]["CacheBehaviors"]

    [at] = [i for i, one in enumerate(behaviors) if one["PathPattern"] == f"{ORIGINAL_ADDRESS}/*"]
    own = behaviors[at + 1]

    assert own["PathPattern"] == "/api/*"
    assert behaviors[at] == {
        **own,
        "PathPattern": f"{ORIGINAL_ADDRESS}/*",
        "FunctionAssociations": [
            {
                "EventType": "viewer-request",
                "FunctionARN": {"Fn::GetAtt": ["OriginalAddressFunction", "FunctionARN"]},
            }
        ],
    }


def test_the_access_log_holds_nothing_of_the_caller(expanded: Template) -> None:
    log = properties_of(expanded, stage_called(expanded, "api"))["AccessLogSettings"]

    written = log["Format"]["Fn::Sub"]

    assert re.findall(r"\$\{.*?\}", written) == ["${AWS::StackName}"]
    assert set(re.findall(r"\$context[\w.]*", written)) == {
        "$context.requestId",
        "$context.requestTime",
        "$context.routeKey",
        "$context.status",
        "$context.responseLength",
        "$context.responseLatency",
        "$context.integration.status",
        "$context.integration.latency",
        "$context.error.responseType",
    }
    assert log["DestinationArn"] == {"Fn::GetAtt": ["ApiAccessLogGroup", "Arn"]}
    assert properties_of(expanded, "ApiAccessLogGroup")["RetentionInDays"] == {"Ref": "LogRetentionDays"}


# ── Data ──


def test_the_table_costs_nothing_when_idle(expanded: Template) -> None:
    assert properties_of(expanded, "TeleconsultationsTable")["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize("function", ["ReconcileRoomsFunction", "ErasePersonFunction"])
def test_the_reconciler_and_the_erasures_come_every_five_minutes(expanded: Template, function: str) -> None:
    rule = _rule(expanded, function)

    assert rule["ScheduleExpression"] == "rate(5 minutes)"
    assert "State" not in rule


def test_the_probe_comes_every_five_minutes_if_it_has_a_client(expanded: Template) -> None:
    rule = _rule(expanded, "ProbeFunction")

    assert rule["ScheduleExpression"] == "rate(5 minutes)"
    assert rule["State"] == {"Fn::If": ["HasProbe", "ENABLED", "DISABLED"]}
    assert expanded["Parameters"]["ProbeSecretArn"]["Default"] == ""


def test_a_scheduled_run_that_failed_is_not_repeated_by_lambda(expanded: Template) -> None:
    retries = {
        config["Properties"]["FunctionName"]["Ref"]: config["Properties"]["MaximumRetryAttempts"]
        for config in resources_of(expanded, "AWS::Lambda::EventInvokeConfig").values()
    }

    assert retries == {"ErasePersonFunction": 0, "ReconcileRoomsFunction": 0, "ProbeFunction": 0}


def test_the_probe_asks_the_page_that_the_service_names(expanded: Template) -> None:
    variables = properties_of(expanded, "ProbeFunction")["Environment"]["Variables"]

    assert variables["PAGE_BASE_URL"] == expanded["Outputs"]["PageBaseUrl"]["Value"]
    assert variables["FRAME_ORIGINS"] == expanded["Outputs"]["CallOrigins"]["Value"]


def test_the_table_is_encrypted_restorable_and_forgets_by_itself(expanded: Template) -> None:
    table = properties_of(expanded, "TeleconsultationsTable")

    assert table["SSESpecification"] == {
        "SSEEnabled": True,
        "SSEType": "KMS",
        "KMSMasterKeyId": {"Fn::If": ["HasTableKey", {"Ref": "TableKeyArn"}, {"Ref": "AWS::NoValue"}]},
    }
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}
    assert table["DeletionProtectionEnabled"] == {"Ref": "TableDeletionProtection"}


def test_the_stream_is_on_and_read_if_somebody_is_told_of_events(expanded: Template) -> None:
    table = properties_of(expanded, "TeleconsultationsTable")
    reader = properties_of(expanded, "TableStreamReader")

    assert table["StreamSpecification"] == {
        "Fn::If": ["PublishesEvents", {"StreamViewType": "NEW_AND_OLD_IMAGES"}, {"Ref": "AWS::NoValue"}]
    }
    assert expanded["Resources"]["TableStreamReader"]["Condition"] == "PublishesEvents"
    # A failure keeps its place until it is published, and nothing is left out when events are turned on.
    assert (reader["MaximumRetryAttempts"], reader["StartingPosition"]) == (-1, "TRIM_HORIZON")
    assert reader["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_stream_wakes_the_function_for_the_kinds_of_items_that_it_reads(expanded: Template) -> None:
    [pattern] = properties_of(expanded, "TableStreamReader")["FilterCriteria"]["Filters"]

    prefixes = json.loads(pattern["Pattern"])["dynamodb"]["Keys"]["pk"]["S"]

    assert [one["prefix"] for one in prefixes] == [f"{kind}#" for kind in NEWS_OF]


def test_without_anybody_who_is_told_nothing_of_events_costs(expanded: Template) -> None:
    charged = {"AWS::CloudWatch::Alarm", "AWS::Lambda::EventSourceMapping"}

    for name, resource in expanded["Resources"].items():
        if resource["Type"] in charged and re.match(r"Publish|Events|Unreadable|TableS|DoorQ|Deliver", name):
            assert resource["Condition"] in ("PublishesEvents", "HasEndpoints"), name


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        ("DeliverWebhookFunction", "ENDPOINT"),
        ("GetErasureFunction", "ERASURE"),
        ("RequestErasureFunction", "ERASURE"),
    ],
)
def test_a_function_that_needs_one_kind_of_item_reaches_no_other(
    expanded: Template, function: str, kind: str
) -> None:
    [statement] = [
        one for one in _statements(expanded, f"{function}Role") if "dynamodb" in str(one["Action"])
    ]

    assert statement["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{kind}#*"]}}


def test_who_agrees_reads_visits_and_writes_consents_alone(expanded: Template) -> None:
    reached = {
        one["Action"]: one["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        for one in _statements(expanded, "GiveConsentFunctionRole")
        if "dynamodb" in str(one["Action"])
    }

    assert reached == {
        "dynamodb:GetItem": [f"{teleconsultation_key('')['pk']['S']}*"],
        "dynamodb:UpdateItem": [f"{consents_key('')['pk']['S']}*"],
    }


def test_a_list_reads_its_index_and_of_the_records_visits_and_users_alone(expanded: Template) -> None:
    statements = [
        one
        for one in _statements(expanded, "ListTeleconsultationsFunctionRole")
        if "dynamodb" in str(one["Action"])
    ]

    assert {one["Action"]: one.get("Condition") for one in statements} == {
        "dynamodb:Query": None,
        "dynamodb:BatchGetItem": {
            "ForAllValues:StringLike": {
                "dynamodb:LeadingKeys": [
                    f"{key('')['pk']['S']}*" for key in (alias_key, teleconsultation_key, user_key)
                ]
            }
        },
    }


def test_every_queue_is_encrypted_with_a_key_of_sqs(expanded: Template) -> None:
    queues = resources_of(expanded, "AWS::SQS::Queue")

    encrypted = {
        name for name, queue in queues.items() if queue["Properties"].get("SqsManagedSseEnabled") is True
    }

    assert encrypted == queues.keys() != set()
    # With a key of KMS, each sender and each reader would need rights on the key.
    assert not any("KmsMasterKeyId" in queue["Properties"] for queue in queues.values())


def test_a_message_of_the_sender_has_an_invocation_of_its_own_and_a_place_afterwards(
    expanded: Template,
) -> None:
    queue, reader = (properties_of(expanded, name) for name in ("DeliveryQueue", "DeliveryQueueReader"))
    timeout = properties_of(expanded, "DeliverWebhookFunction")["Timeout"]

    assert reader["BatchSize"] == 1
    assert WEBHOOK_TIMEOUT_SECONDS * 2 <= timeout <= queue["VisibilityTimeout"] / 6
    # The last attempt is made after three days; a queue keeps what it has for longer.
    assert queue["MessageRetentionPeriod"] > ATTEMPT_OFFSETS[-1].total_seconds() * 2
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["ParkedEventsQueue", "Arn"]}


def test_the_functions_work_on_the_table_they_are_given(expanded: Template) -> None:
    given = {"Fn::If": ["MakesTable", {"Ref": "TeleconsultationsTable"}, {"Ref": "ExistingTableName"}]}

    assert expanded["Resources"]["TeleconsultationsTable"]["Condition"] == "MakesTable"
    assert expanded["Outputs"]["TableName"]["Value"] == given
    for function in FUNCTIONS:
        assert properties_of(expanded, function)["Environment"]["Variables"]["TABLE_NAME"] == given


@pytest.mark.parametrize("name", ["TeleconsultationsTable", "BandyerSecret"])
def test_what_cannot_be_made_again_outlives_the_stack(expanded: Template, name: str) -> None:
    resource = expanded["Resources"][name]

    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"


def test_the_secret_is_made_with_a_random_key_and_no_value_passes_through_the_template(
    expanded: Template,
) -> None:
    secret = expanded["Resources"]["BandyerSecret"]
    generated = secret["Properties"]["GenerateSecretString"]

    assert secret["Condition"] == "MakesSecret"
    assert json.loads(generated["SecretStringTemplate"]) == {"apiKey": ""}
    assert (generated["GenerateStringKey"], generated["PasswordLength"]) == ("userIdKey", 64)
    assert "SecretString" not in secret["Properties"]


# ── Site ──


def test_the_bucket_is_private_and_read_by_the_distribution_alone(expanded: Template) -> None:
    block = properties_of(expanded, "SiteBucket")["PublicAccessBlockConfiguration"]
    allowed = [
        statement
        for statement in properties_of(expanded, "SiteBucketPolicy")["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]

    assert len(block) == 4
    assert all(block.values())
    [statement] = allowed
    assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert statement["Action"] == "s3:GetObject"
    assert "${SiteDistribution}" in statement["Condition"]["StringEquals"]["AWS:SourceArn"]["Fn::Sub"]


def test_the_distribution_serves_the_page_and_passes_the_api_on_uncached(expanded: Template) -> None:
    distribution = properties_of(expanded, "SiteDistribution")["DistributionConfig"]
    api = distribution["CacheBehaviors"][-1]
    origins = {origin["Id"]: origin for origin in distribution["Origins"]}

    assert distribution["DefaultCacheBehavior"]["TargetOriginId"] == "site"
    assert origins["site"]["OriginAccessControlId"] == {"Fn::GetAtt": ["SiteAccessControl", "Id"]}
    assert (api["PathPattern"], api["TargetOriginId"]) == ("/api/*", "api")
    assert set(api["AllowedMethods"]) >= {"GET", "POST", "PATCH", "DELETE"}
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
    assert api["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
    assert api["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"


def test_nothing_travels_in_the_clear(expanded: Template) -> None:
    distribution = properties_of(expanded, "SiteDistribution")["DistributionConfig"]
    *page, original, api = distribution["CacheBehaviors"]
    [origin] = [origin for origin in distribution["Origins"] if origin["Id"] == "api"]
    own_certificate = distribution["ViewerCertificate"]["Fn::If"][1]

    for behavior in (distribution["DefaultCacheBehavior"], *page):
        assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
    assert original["ViewerProtocolPolicy"] == api["ViewerProtocolPolicy"] == "https-only"
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert origin["CustomOriginConfig"]["OriginSSLProtocols"] == ["TLSv1.2"]
    assert own_certificate["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert distribution["HttpVersion"] == "http2and3"


def test_a_web_acl_and_an_own_domain_are_the_operators_choice(expanded: Template) -> None:
    distribution = properties_of(expanded, "SiteDistribution")["DistributionConfig"]
    nothing = {"Ref": "AWS::NoValue"}

    assert distribution["WebACLId"] == {"Fn::If": ["HasWebAcl", {"Ref": "WebAclArn"}, nothing]}
    assert distribution["Aliases"] == {"Fn::If": ["HasOwnDomain", [{"Ref": "SiteDomainName"}], nothing]}
    assert distribution["ViewerCertificate"]["Fn::If"][2] == {"CloudFrontDefaultCertificate": True}


def test_no_answer_of_the_api_is_shown_framed_or_kept(expanded: Template) -> None:
    api = properties_of(expanded, "SiteDistribution")["DistributionConfig"]["CacheBehaviors"][-1]
    config = properties_of(expanded, "ApiHeaders")["ResponseHeadersPolicyConfig"]
    security = config["SecurityHeadersConfig"]

    assert api["ResponseHeadersPolicyId"] == {"Ref": "ApiHeaders"}
    assert security["ContentSecurityPolicy"]["ContentSecurityPolicy"] == (
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] == 63_072_000
    assert {item["Header"]: item["Value"] for item in config["CustomHeadersConfig"]["Items"]} == {
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store, no-transform",
    }
    assert all(
        setting["Override"] for setting in (*security.values(), *config["CustomHeadersConfig"]["Items"])
    )


# ── Parameters and outputs ──


def test_every_parameter_is_described_bounded_and_grouped(expanded: Template) -> None:
    groups = expanded["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]

    assert sorted(grouped) == sorted(expanded["Parameters"])
    for name, parameter in expanded["Parameters"].items():
        assert parameter["Description"].endswith("."), name
        assert parameter.keys() & {"AllowedPattern", "AllowedValues", "MaxValue"}, name
        if "AllowedPattern" in parameter:
            assert "ConstraintDescription" in parameter, name


def test_defaults_keep_to_their_own_patterns(expanded: Template) -> None:
    for name, parameter in expanded["Parameters"].items():
        if "Default" in parameter and "AllowedPattern" in parameter:
            assert re.search(parameter["AllowedPattern"], parameter["Default"]), name


def test_the_consents_output_is_json_of_every_parameter(source: Template) -> None:
    written = source["Outputs"]["PageConsent"]["Value"]["Fn::Base64"]["Fn::Sub"]
    values = {"ConsentVersion": "2026-11", "ConsentUrl": "https://clinic.example/{language}"}
    values["ConsentTexts"] = '{"en": "I agree."}'

    filled = json.loads(re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], written))

    assert filled == {
        "version": "2026-11",
        "url": "https://clinic.example/{language}",
        "texts": {"en": "I agree."},
    }


def test_the_clinics_output_is_json_of_every_parameter(source: Template) -> None:
    written = source["Outputs"]["PageClinic"]["Value"]["Fn::Base64"]["Fn::Sub"]
    names = re.findall(r"\$\{(\w+)\}", written)

    filled = json.loads(re.sub(r"\$\{(\w+)\}", r"\1", written))

    # The quotation mark and the backslash would end the text or change it.
    groups = source["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    [group] = [each["Parameters"] for each in groups if "ClinicName" in each["Parameters"]]
    assert names == group
    assert filled["clinic"]["name"] == "ClinicName"
    assert filled["links"]["afterVisit"] == "AfterVisitUrl"
    for name in names:
        for character in ('"', "\\", "<", "\n"):
            assert not re.fullmatch(source["Parameters"][name]["AllowedPattern"], f"https://a{character}"), (
                name
            )
            assert not re.fullmatch(source["Parameters"][name]["AllowedPattern"], f"/a{character}"), name


def test_the_sign_ins_output_is_json_of_its_parameters(source: Template) -> None:
    written = source["Outputs"]["PageSignIn"]["Value"]["Fn::Sub"]

    filled = json.loads(re.sub(r"\$\{(\w+)\}", r"\1", written))

    assert filled == {
        "url": "SignInUrl",
        "clientId": "SignInClientId",
        "authorizationEndpoint": "SignInAuthorizationEndpoint",
        "tokenEndpoint": "SignInTokenEndpoint",
        "scope": "openid ParticipantScope",
    }
    # In a policy a space or a semicolon would widen it.
    hostile = {
        "SignInTokenEndpoint": "\"\\<\n ;,'*",
        "PageFrameAncestors": '"\n ;*/',
        "AllowedOrigins": "\n *",
    }
    for name in (*re.findall(r"\$\{(SignIn\w+)\}", written), *hostile):
        pattern = source["Parameters"][name]["AllowedPattern"]
        for character in hostile.get(name, '"\\<\n'):
            assert not re.fullmatch(pattern, f"https://a{character}"), name
            assert not re.fullmatch(pattern, f"https://a/{character}"), name


def test_by_default_nobody_signs_in_on_the_page_or_calls_from_another_site(source: Template) -> None:
    defaults = {name: parameter.get("Default") for name, parameter in source["Parameters"].items()}

    assert {name: value for name, value in defaults.items() if name.startswith("SignIn")} == dict.fromkeys(
        ("SignInClientId", "SignInAuthorizationEndpoint", "SignInTokenEndpoint", "SignInUrl"), ""
    )
    assert defaults["PageFrameAncestors"] == "'none'"
    # The top-level domain belongs to nobody (RFC 2606).
    assert defaults["AllowedOrigins"] == "https://none.invalid"


def test_other_sites_may_only_read(expanded: Template) -> None:
    [api] = resources_of(expanded, "AWS::ApiGatewayV2::Api").values()

    cors = dict(api["Properties"]["Body"]["x-amazon-apigateway-cors"])
    assert cors.pop("allowOrigins") == expanded["Parameters"]["AllowedOrigins"]["Default"]
    assert cors == {
        "allowMethods": ["GET"],
        "allowHeaders": ["authorization"],
        "exposeHeaders": ["etag", "retry-after"],
        "maxAge": 3600,
    }


def test_every_output_is_described(expanded: Template) -> None:
    assert all(output["Description"] for output in expanded["Outputs"].values())
