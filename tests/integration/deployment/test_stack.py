import base64
import json
from collections.abc import Mapping

import boto3
import botocore.session
import pytest
from botocore.exceptions import NoCredentialsError

from deployment.errors import DeploymentError
from deployment.stack import explained, has_never_been_filled, read_outputs, session_for
from deployment.target import Target

OUTPUTS = {
    "PageBaseUrl": "https://site.example",
    "ApiUrl": "https://site.example/api",
    "SiteBucketName": "the-page",
    "SiteDistributionId": "E1",
    "CallOrigins": "https://one.example,https://two.example",
    "PageEntersDirectly": "true",
    "PageClinic": base64.b64encode('{"clinic": {"name": "Zoë"}, "links": {}}'.encode()).decode(),
    "PageConsent": base64.b64encode(
        '{"version": "2", "url": "", "texts": {"ar": "أوافق"}}'.encode()
    ).decode(),
    "PageSignIn": '{"url": "https://portal.example"}',
    "TableName": "table",
    "SecretArn": "arn",
    "DashboardName": "Dashboard",
}


@pytest.fixture
def target() -> Target:
    return Target(environment="dev", stack_name="clinic", region="eu-west-1", profile=None, parameters={})


def _create_stack(session: boto3.Session, outputs: Mapping[str, str]) -> None:
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    session.client("cloudformation").create_stack(StackName="clinic", TemplateBody=json.dumps(template))


def test_the_outputs_say_where_everything_is(session: boto3.Session) -> None:
    _create_stack(session, OUTPUTS)

    outputs = read_outputs(session, stack_name="clinic")

    assert (outputs.page_url, outputs.bucket) == ("https://site.example", "the-page")
    assert outputs.api_path == "/api"
    assert outputs.frame_origins == ("https://one.example", "https://two.example")
    assert outputs.enters_directly is True
    assert outputs.clinic == {"clinic": {"name": "Zoë"}, "links": {}}
    assert outputs.consent == {"version": "2", "url": "", "texts": {"ar": "أوافق"}}


def test_a_stack_of_a_version_without_consent_asks_for_none(session: boto3.Session) -> None:
    _create_stack(session, {name: value for name, value in OUTPUTS.items() if name != "PageConsent"})

    assert read_outputs(session, stack_name="clinic").consent == {}


@pytest.mark.parametrize(
    ("texts", "message"),
    [("{en: x}", "ConsentTexts is not JSON"), ('{"en": 1}', "must be a JSON object of languages")],
)
def test_texts_that_are_no_texts_are_named(session: boto3.Session, texts: str, message: str) -> None:
    output = base64.b64encode(f'{{"version": "2", "url": "", "texts": {texts}}}'.encode()).decode()
    _create_stack(session, {**OUTPUTS, "PageConsent": output})

    with pytest.raises(DeploymentError, match=message):
        read_outputs(session, stack_name="clinic")


def test_another_services_stack_is_not_taken_for_ours(session: boto3.Session) -> None:
    _create_stack(session, {"ApiUrl": "https://other.example"})

    with pytest.raises(DeploymentError, match="clinic has no output 'PageBaseUrl'"):
        read_outputs(session, stack_name="clinic")


def test_a_stack_that_is_not_there_is_one_line(session: boto3.Session) -> None:
    with pytest.raises(DeploymentError, match="AWS refused DescribeStacks: ValidationError"):
        read_outputs(session, stack_name="clinic")


@pytest.mark.usefixtures("session")
def test_with_credentials_there_is_a_session(target: Target) -> None:
    assert session_for(target).region_name == "eu-west-1"


def test_without_credentials_the_way_to_them_is_said(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    # No machine's role either.
    monkeypatch.setattr(botocore.session.Session, "get_credentials", lambda _: None)

    with pytest.raises(DeploymentError, match="No AWS credentials: sign in"):
        session_for(target)


def test_without_a_region_the_way_to_one_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    target = Target(environment="dev", stack_name="clinic", region=None, profile=None, parameters={})

    with pytest.raises(DeploymentError, match="No AWS region: set AWS_REGION"):
        session_for(target)


def test_an_unknown_profile_is_named() -> None:
    target = Target(environment="dev", stack_name="clinic", region=None, profile="nobody", parameters={})

    with pytest.raises(DeploymentError, match="nobody"):
        session_for(target)


def test_what_is_explained_keeps_its_cause() -> None:
    with pytest.raises(DeploymentError) as caught, explained():
        raise NoCredentialsError

    assert isinstance(caught.value.__cause__, NoCredentialsError)


def test_a_secret_counts_as_filled_once_it_has_a_second_version(session: boto3.Session) -> None:
    client = session.client("secretsmanager")
    arn = client.create_secret(Name="bandyer", SecretString='{"apiKey": ""}')["ARN"]

    before = has_never_been_filled(session, secret_arn=arn)
    client.put_secret_value(SecretId=arn, SecretString='{"apiKey": "ak"}')
    after = has_never_been_filled(session, secret_arn=arn)

    assert (before, after) == (True, False)
