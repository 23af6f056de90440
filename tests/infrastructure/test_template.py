"""What the expanded template promises: rights, routes, environments, and what emulators silently drop."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from teleconsultation.settings import ProviderSettings, Settings, read_policy
from tests.infrastructure.conftest import Template

FUNCTIONS = {
    "CreateTeleconsultationFunction": "POST /teleconsultation",
    "UpdateTeleconsultationFunction": "PATCH /teleconsultation/{id}",
    "DeleteTeleconsultationFunction": "DELETE /teleconsultation/{id}",
    "GetTeleconsultationFunction": "GET /teleconsultation/{id}",
}
WRITERS = set(FUNCTIONS) - {"GetTeleconsultationFunction"}

COMMON_ENVIRONMENT = {
    "TABLE_NAME",
    "USER_ID_CLAIM",
    "EARLY_JOIN_SECONDS",
    "LATE_JOIN_SECONDS",
    "EDIT_FREEZE_SECONDS",
    "IMMUTABLE_PERIOD_MS",
    "JOIN_LINKS",
    "RETENTION_DAYS",
    "POWERTOOLS_SERVICE_NAME",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_LOG_LEVEL",
}
DELETE_ENVIRONMENT = COMMON_ENVIRONMENT | {
    "BANDYER_BASE_URL",
    "BANDYER_PATH_PREFIX",
    "BANDYER_SECRET_ARN",
}
ROOM_ENVIRONMENT = DELETE_ENVIRONMENT | {
    "PRIVILEGES",
    "UNLIMITED_TELECONSULTATION",
    "LIVE_TELECONSULTATION",
    "DEFAULT_RECORDING_TYPE",
}
ENVIRONMENTS = {
    "CreateTeleconsultationFunction": ROOM_ENVIRONMENT,
    "UpdateTeleconsultationFunction": ROOM_ENVIRONMENT,
    "DeleteTeleconsultationFunction": DELETE_ENVIRONMENT,
    "GetTeleconsultationFunction": COMMON_ENVIRONMENT,
}

TABLE_ACTIONS = {
    "CreateTeleconsultationFunction": {"BatchGetItem", "BatchWriteItem", "DeleteItem", "PutItem"},
    "UpdateTeleconsultationFunction": {"BatchGetItem", "BatchWriteItem", "GetItem", "PutItem", "UpdateItem"},
    "DeleteTeleconsultationFunction": {"GetItem", "PutItem", "UpdateItem"},
    "GetTeleconsultationFunction": {"GetItem"},
}
SECRET = {"Fn::If": ["MakesSecret", {"Fn::GetAtt": ["BandyerSecret", "Id"]}, {"Ref": "BandyerSecretArn"}]}


def _properties(template: Template, name: str) -> dict[str, Any]:
    properties: dict[str, Any] = template["Resources"][name]["Properties"]
    return properties


def _of_type(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    return {name: value for name, value in template["Resources"].items() if value["Type"] == kind}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _statements(template: Template, function: str) -> Iterator[dict[str, Any]]:
    for policy in _properties(template, f"{function}Role")["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


# ── Functions ──


def test_there_are_these_functions_and_no_others(expanded: Template) -> None:
    assert _of_type(expanded, "AWS::Lambda::Function").keys() == FUNCTIONS.keys()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_runs_where_its_layer_runs(expanded: Template, function: str) -> None:
    [(layer_name, layer)] = _of_type(expanded, "AWS::Lambda::LayerVersion").items()

    properties = _properties(expanded, function)

    assert properties["Runtime"] == "python3.13"
    assert properties["Layers"] == [{"Ref": layer_name}]
    assert properties["Architectures"] == [{"Ref": "Architecture"}]
    assert layer["Properties"]["CompatibleRuntimes"] == ["python3.13"]
    assert layer["Properties"]["CompatibleArchitectures"] == [{"Ref": "Architecture"}]
    assert expanded["Parameters"]["Architecture"]["Default"] == "arm64"


def test_the_layer_is_built_for_where_it_runs(source: Template) -> None:
    metadata = source["Resources"]["CoreLayer"]["Metadata"]

    assert metadata == {"BuildMethod": "python3.13", "BuildArchitecture": {"Ref": "Architecture"}}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_exactly_its_environment(expanded: Template, function: str) -> None:
    variables = _properties(expanded, function)["Environment"]["Variables"]

    assert variables.keys() == ENVIRONMENTS[function]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_traced_and_ends_before_api_gateway_gives_up(expanded: Template, function: str) -> None:
    properties = _properties(expanded, function)

    assert properties["TracingConfig"] == {"Mode": "Active"}
    assert properties["Timeout"] == (25 if function in WRITERS else 10)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_logs_to_its_own_group_with_retention(expanded: Template, function: str) -> None:
    group = _properties(expanded, function)["LoggingConfig"]["LogGroup"]["Ref"]

    assert group == f"{function.removesuffix('Function')}LogGroup"
    assert _properties(expanded, group)["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_a_function_and_its_log_group_stand_together(source: Template) -> None:
    names = list(source["Resources"])

    for function in FUNCTIONS:
        following = names[names.index(function) + 1]

        assert following == f"{function.removesuffix('Function')}LogGroup"


def test_the_defaults_make_settings_that_the_functions_accept(expanded: Template) -> None:
    variables = _properties(expanded, "CreateTeleconsultationFunction")["Environment"]["Variables"]
    defaults = {name: parameter.get("Default", "given") for name, parameter in expanded["Parameters"].items()}
    resources = {"TABLE_NAME": "table", "BANDYER_SECRET_ARN": "arn"}
    environment = resources | {
        name: str(defaults[value["Ref"]])
        for name, value in variables.items()
        if name not in resources and isinstance(value, dict)
    }

    settings = Settings.from_environment(environment)
    provider = ProviderSettings.from_environment(environment)
    policy = read_policy(environment, door=settings.door)

    assert (settings.door.early_join_seconds, settings.door.late_join_seconds) == (600, 900)
    assert settings.retention_days == 365
    assert (provider.base_url, provider.path_prefix) == ("https://api.sandbox.eu.bandyer.com", "/rest")
    assert policy.privileges.plus.groups == {"doctor"}
    assert policy.privileges.basic.groups == {"patient"}
    assert (policy.unlimited, policy.live, policy.recording_type) == (False, True, "none")


# ── Rights ──


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_on_the_table_what_it_does_and_no_more(expanded: Template, function: str) -> None:
    [statement] = [one for one in _statements(expanded, function) if one["Sid"] == "Table"]

    assert statement["Effect"] == "Allow"
    assert statement["Resource"] == {"Fn::GetAtt": ["TeleconsultationsTable", "Arn"]}
    assert set(_listed(statement["Action"])) == {f"dynamodb:{action}" for action in TABLE_ACTIONS[function]}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_writers_read_the_secret(expanded: Template, function: str) -> None:
    others = [one for one in _statements(expanded, function) if one["Sid"] != "Table"]

    if function in WRITERS:
        [statement] = others
        assert (statement["Effect"], statement["Action"]) == ("Allow", "secretsmanager:GetSecretValue")
        assert statement["Resource"] == SECRET
    else:
        assert others == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_right_has_a_wildcard(expanded: Template, function: str) -> None:
    for statement in _statements(expanded, function):
        assert "*" not in json.dumps([statement["Action"], statement["Resource"]])
        assert "NotAction" not in statement
        assert "NotResource" not in statement


@pytest.mark.parametrize("function", FUNCTIONS)
def test_managed_rights_are_logs_and_traces_only(expanded: Template, function: str) -> None:
    managed = _properties(expanded, f"{function}Role")["ManagedPolicyArns"]

    assert {arn.rsplit("/")[-1] for arn in managed} == {
        "AWSLambdaBasicExecutionRole",
        "AWSXrayWriteOnlyAccess",
    }


# ── Routes ──


def _routes(expanded: Template) -> Mapping[str, dict[str, Any]]:
    paths = _properties(expanded, "Api")["Body"]["paths"]
    return {
        f"{method.upper()} {path}": operation
        for path, operations in paths.items()
        for method, operation in operations.items()
    }


def test_each_route_leads_to_its_function(expanded: Template) -> None:
    routes = _routes(expanded)

    join = ("GetTeleconsultationFunction", "GET /teleconsultation/{id}/join")
    assert routes.keys() == {*FUNCTIONS.values(), join[1]}
    for function, route in (*FUNCTIONS.items(), join):
        integration = routes[route]["x-amazon-apigateway-integration"]
        assert f"${{{function}.Arn}}" in integration["uri"]["Fn::Sub"]
        assert integration["payloadFormatVersion"] == "2.0"


def test_every_route_but_the_join_links_needs_a_token_and_every_change_the_scope(expanded: Template) -> None:
    security = {route: operation["security"] for route, operation in _routes(expanded).items()}

    assert security == {
        "POST /teleconsultation": [{"Oidc": ["teleconsultation/manage"]}],
        "PATCH /teleconsultation/{id}": [{"Oidc": ["teleconsultation/manage"]}],
        "DELETE /teleconsultation/{id}": [{"Oidc": ["teleconsultation/manage"]}],
        "GET /teleconsultation/{id}": [{"Oidc": []}],
        # How SAM says that API Gateway checks nothing: the function checks the link's secret.
        "GET /teleconsultation/{id}/join": [{"NONE": []}],
    }


def test_tokens_are_judged_by_issuer_and_audience(expanded: Template) -> None:
    schemes = _properties(expanded, "Api")["Body"]["components"]["securitySchemes"]
    authorizer = schemes["Oidc"]["x-amazon-apigateway-authorizer"]

    assert authorizer == {
        "type": "jwt",
        "identitySource": "$request.header.Authorization",
        "jwtConfiguration": {"issuer": {"Ref": "OidcIssuer"}, "audience": [{"Ref": "OidcAudience"}]},
    }
    assert _properties(expanded, "Api")["FailOnWarnings"] is True


def test_the_stage_is_what_cloudfront_calls_and_knows_the_page(expanded: Template) -> None:
    [stage] = _of_type(expanded, "AWS::ApiGatewayV2::Stage").values()

    assert stage["Properties"]["StageName"] == "api"
    assert stage["Properties"]["StageVariables"]["pageBaseUrl"] == expanded["Outputs"]["PageBaseUrl"]["Value"]


def test_the_access_log_holds_nothing_of_the_caller(expanded: Template) -> None:
    [stage] = _of_type(expanded, "AWS::ApiGatewayV2::Stage").values()
    log = stage["Properties"]["AccessLogSettings"]

    record = json.loads(log["Format"])

    assert set(record.values()) == {
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
    assert _properties(expanded, "ApiAccessLogGroup")["RetentionInDays"] == {"Ref": "LogRetentionDays"}


# ── Data ──


def test_the_table_has_one_key_and_costs_nothing_when_idle(expanded: Template) -> None:
    table = _properties(expanded, "TeleconsultationsTable")

    assert table["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]
    assert table["AttributeDefinitions"] == [{"AttributeName": "pk", "AttributeType": "S"}]
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_the_table_is_encrypted_restorable_and_forgets_by_itself(expanded: Template) -> None:
    table = _properties(expanded, "TeleconsultationsTable")

    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}
    assert table["DeletionProtectionEnabled"] == {"Ref": "TableDeletionProtection"}


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
    block = _properties(expanded, "SiteBucket")["PublicAccessBlockConfiguration"]
    allowed = [
        statement
        for statement in _properties(expanded, "SiteBucketPolicy")["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]

    assert len(block) == 4
    assert all(block.values())
    [statement] = allowed
    assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert statement["Action"] == "s3:GetObject"
    assert "${SiteDistribution}" in statement["Condition"]["StringEquals"]["AWS:SourceArn"]["Fn::Sub"]


def test_the_distribution_serves_the_page_and_passes_the_api_on_uncached(expanded: Template) -> None:
    distribution = _properties(expanded, "SiteDistribution")["DistributionConfig"]
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
    distribution = _properties(expanded, "SiteDistribution")["DistributionConfig"]
    page, api = distribution["CacheBehaviors"]
    [origin] = [origin for origin in distribution["Origins"] if origin["Id"] == "api"]
    own_certificate = distribution["ViewerCertificate"]["Fn::If"][1]

    for behavior in (distribution["DefaultCacheBehavior"], page):
        assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
    assert api["ViewerProtocolPolicy"] == "https-only"
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert origin["CustomOriginConfig"]["OriginSSLProtocols"] == ["TLSv1.2"]
    assert own_certificate["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert distribution["HttpVersion"] == "http2and3"


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


def test_every_output_is_described(expanded: Template) -> None:
    assert all(output["Description"] for output in expanded["Outputs"].values())
