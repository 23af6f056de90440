"""`make deploy` and `make delete` as a person meets them; SAM CLI is a script that notes its calls."""

import base64
import io
import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import boto3
import pytest

from deployment import __main__ as command
from deployment import concurrency, oidc, site
from deployment.errors import DeploymentError
from deployment.smoke import Finding
from teleconsultation.domain.caller_hash import keyed_caller_hash
from tests.unit.deployment.conftest import BUCKET

SOURCE = Path(__file__).parents[3]
PUBLISHED = ["assets/main.js", "assets/main.js.map", "index.html", "superseded.json"]
PARAMETERS = json.dumps(
    [
        "OidcIssuer=https://login.clinic.example/",
        "OidcAudience=clinic",
        "FrameOrigins=https://sandbox.bandyer.com",
        "Architecture=x86_64",
    ]
)
CONFIGURATION = "".join(
    f'[{name}.deploy.parameters]\nstack_name = "clinic-{name}"\nparameter_overrides = {PARAMETERS}\n'
    for name in ("default", "prod")
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose identity provider and live service answer as they should."""
    (tmp_path / "samconfig.toml").write_text(CONFIGURATION, encoding="utf-8")
    shutil.copy2(SOURCE / "template.yaml", tmp_path)
    (tmp_path / "site").mkdir()
    script = '<script type="module" src="/main.js"></script>'
    (tmp_path / "site/index.html").write_text(script, encoding="utf-8")
    (tmp_path / "site/main.js").write_text("", encoding="utf-8")
    (tmp_path / "site/config.json").write_text("{}", encoding="utf-8")
    _install_sam(tmp_path, exit_code=0)
    monkeypatch.setattr(command, "PROJECT", tmp_path)
    monkeypatch.setattr(command, "SITE", tmp_path / "site")
    monkeypatch.setattr(site, "invalidate", lambda *_, **__: None)
    monkeypatch.setattr(oidc, "check_issuer", lambda _: None)
    monkeypatch.setattr(concurrency, "check_concurrency", lambda *_, **__: None)
    monkeypatch.setattr(command, "smoke_test", lambda _: [Finding("it answers")])
    return tmp_path


def _install_sam(project: Path, *, exit_code: int) -> None:
    program = project / ".tools/sam/bin/sam"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f'#!/bin/sh\necho "$@" >>{project}/calls\nexit {exit_code}\n', encoding="utf-8")
    program.chmod(0o755)


def _calls(project: Path) -> Sequence[str]:
    calls = project / "calls"
    return calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []


@pytest.fixture
def stacks(session: boto3.Session) -> boto3.Session:
    """Both stacks, whose secret nobody has filled yet."""
    secret = session.client("secretsmanager").create_secret(Name="bandyer", SecretString="{}")["ARN"]
    outputs = {
        "PageBaseUrl": "https://site.example",
        "ApiUrl": "https://site.example/api",
        "SiteBucketName": BUCKET,
        "SiteDistributionId": "E1",
        "CallOrigins": "https://sandbox.bandyer.com",
        "PageEntersDirectly": "false",
        "PageClinic": base64.b64encode(b'{"clinic": {"name": "Clinic of the Lake"}, "links": {}}').decode(),
        "PageSignIn": '{"url": "https://portal.example"}',
        "TableName": "the-table",
        "SecretArn": secret,
        "DashboardName": "the-dashboard",
    }
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    for name in ("clinic-default", "clinic-prod"):
        session.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))
    return session


def _keys(session: boto3.Session) -> list[str]:
    return [each["Key"] for each in session.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def _names(session: boto3.Session) -> list[str]:
    """Return the keys without the hashes of their content."""
    return [re.sub(r"-[0-9A-Z]{8}\.", ".", key) for key in _keys(session)]


def test_deploying_builds_deploys_publishes_and_says_where_it_is(
    project: Path, stacks: boto3.Session, capfd: pytest.CaptureFixture[str]
) -> None:
    code = command.main(["deploy", "dev"])

    printed = capfd.readouterr().out
    assert code == 0
    assert _calls(project) == [
        "build --parameter-overrides Architecture=x86_64",
        "deploy --config-env default",
    ]
    assert _names(stacks) == PUBLISHED
    assert "https://site.example/teleconsultation/{id}" in printed
    assert "https://site.example/api/teleconsultation\n" in printed
    assert "put your Bandyer API key into the secret" in printed


def test_deploying_again_does_the_same(project: Path, stacks: boto3.Session) -> None:
    codes = [command.main(["deploy", "prod"]) for _ in range(2)]

    assert codes == [0, 0]
    assert _calls(project)[1::2] == ["deploy --config-env prod"] * 2
    assert _names(stacks) == PUBLISHED


def test_a_pipeline_adds_its_options(
    project: Path, stacks: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAM_DEPLOY_OPTIONS", "--no-confirm-changeset")

    command.main(["deploy", "prod"])

    assert _calls(project)[-1] == "deploy --config-env prod --no-confirm-changeset"


def test_what_does_not_work_live_fails_the_deployment(
    project: Path, stacks: boto3.Session, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "smoke_test", lambda _: [Finding("it answers", ["the answer is 500"])])

    code = command.main(["deploy", "dev"])

    printed = capfd.readouterr()
    assert code == 1
    assert "FAILED  it answers\n          the answer is 500" in printed.out
    assert printed.err.startswith("make deploy: the stack is deployed, but 1 of 1 checks failed")


def test_a_failure_of_sam_ends_it_with_one_line_of_ours(
    project: Path, stacks: boto3.Session, capfd: pytest.CaptureFixture[str]
) -> None:
    _install_sam(project, exit_code=1)

    code = command.main(["deploy", "dev"])

    assert code == 1
    assert capfd.readouterr().err == "make deploy: `sam build` failed; its last lines show the cause.\n"
    assert _keys(stacks) == []


def test_an_account_that_is_too_small_ends_it_before_the_build(
    project: Path, stacks: boto3.Session, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise DeploymentError("The account is too small.")

    monkeypatch.setattr(concurrency, "check_concurrency", refuse)

    code = command.main(["deploy", "dev"])

    assert code == 1
    assert capfd.readouterr().err == "make deploy: The account is too small.\n"
    assert _calls(project) == []


@pytest.mark.parametrize("arguments", [["deploy"], ["delete", ""], ["deploy", "production"]])
def test_without_an_environment_nothing_happens(
    project: Path, arguments: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    code = command.main(arguments)

    assert code == 1
    assert "ENV=dev or ENV=prod" in capfd.readouterr().err
    assert _calls(project) == []


def test_deleting_empties_the_bucket_and_says_what_is_kept(
    project: Path, stacks: boto3.Session, capfd: pytest.CaptureFixture[str]
) -> None:
    stacks.client("s3").put_object(Bucket=BUCKET, Key="index.html", Body=b"")

    code = command.main(["delete", "dev"])

    printed = capfd.readouterr().out
    assert code == 0
    assert _calls(project) == ["delete --stack-name clinic-default --no-prompts --config-env default"]
    assert _keys(stacks) == []
    assert "Table      the-table\nSecret     arn:aws:secretsmanager:" in printed
    assert "\nLogs       until their retention ends\n" in printed


@pytest.mark.parametrize("typed", ["yes\n", "clinic-default\n", ""])
def test_production_is_deleted_by_its_name_alone(
    project: Path, stacks: boto3.Session, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    stacks.client("s3").put_object(Bucket=BUCKET, Key="index.html", Body=b"")
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))

    code = command.main(["delete", "prod"])

    assert code == 1
    assert _calls(project) == []
    assert _keys(stacks) == ["index.html"]


def test_production_goes_when_its_name_is_typed(
    project: Path, stacks: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("clinic-prod\n"))

    code = command.main(["delete", "prod"])

    assert code == 0
    assert _calls(project) == ["delete --stack-name clinic-prod --no-prompts --config-env prod"]


def test_what_stands_for_a_client_in_the_logs_is_shown(
    project: Path,
    stacks: boto3.Session,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    stacks.client("secretsmanager").put_secret_value(
        SecretId="bandyer", SecretString=json.dumps({"userIdKey": "a key"})
    )
    monkeypatch.setenv("SUB", "auth0|booking-system")

    code = command.main(["caller", "prod"])

    assert code == 0
    assert capfd.readouterr().out == keyed_caller_hash("auth0|booking-system", key="a key") + "\n"


@pytest.mark.parametrize(
    ("secret", "client", "words"),
    [
        ({"userIdKey": "a key"}, "", "make caller ENV=dev SUB="),
        ({"apiKey": "ak_live"}, "booking-system", "has no userIdKey"),
        ({"userIdKey": 7}, "booking-system", "has no userIdKey"),
        (["ak_live"], "booking-system", "has no userIdKey"),
    ],
    ids=["no client", "no key", "number", "list"],
)
def test_what_is_missing_to_show_a_client_is_said(
    project: Path,
    stacks: boto3.Session,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    secret: object,
    client: str,
    words: str,
) -> None:
    stacks.client("secretsmanager").put_secret_value(SecretId="bandyer", SecretString=json.dumps(secret))
    monkeypatch.setenv("SUB", client)

    code = command.main(["caller", "dev"])

    printed = capfd.readouterr()
    assert (code, printed.out) == (1, "")
    assert words in printed.err
    assert "ak_live" not in printed.err
