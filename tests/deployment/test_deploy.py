"""`sam deploy` of the template, and the functions' answers with the rights of their roles."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.deployment.cloud import LIVE, Cloud
from tests.deployment.samples import Sample, Stage, answer, find, functions, samples

LIFE = "life"
READER = "GetTeleconsultationFunction"
WRITER = "CreateTeleconsultationFunction"
SECRET_KEY = "arn:aws:kms:us-east-1:000000000000:key/1234abcd"


@pytest.mark.parametrize("sample", samples(), ids=str)
def test_the_deployed_function_answers(deployed_stage: Stage, sample: Sample) -> None:
    deployed_stage.set_up()

    outcome = deployed_stage.play(sample)

    if (expected := sample.expected()) is not None:
        assert outcome.answer == expected


@dataclass(frozen=True)
class Life:
    """The existing resources after each step of a stack's life."""

    created: dict[str, Any]
    unchanged: dict[str, Any]
    said_of_no_change: str
    changed: dict[str, Any]
    live: list[dict[str, Any]]
    kept_ready: int
    rights: Mapping[str, Any]
    answered: Any
    stacks_at_last: set[str]
    tables_at_last: list[str]
    table: str


@pytest.fixture(scope="module")
def life(cloud: Cloud) -> Life:
    """Creates a stack, deploys it unchanged, changes it and deletes it, once for all tests."""

    def configurations() -> dict[str, Any]:
        stack = cloud.stack(LIFE)
        live.append(stack.configuration(READER, version=LIVE))
        return {function: stack.configuration(function) for function in functions()}

    live: list[dict[str, Any]] = []
    cloud.deploy(LIFE, LateJoinSeconds="60")
    table = cloud.stack(LIFE).outputs["TableName"]
    created = configurations()
    again = cloud.deploy(LIFE, LateJoinSeconds="60")
    unchanged = configurations()
    cloud.deploy(LIFE, LateJoinSeconds="120")
    changed = configurations()
    cloud.deploy(LIFE, LateJoinSeconds="120", ReadProvisionedConcurrency="1", SecretKeyArn=SECRET_KEY)
    configurations()
    rights = {function: cloud.stack(LIFE).role(function).policies() for function in (READER, WRITER)}
    kept_ready = cloud.stack(LIFE).kept_ready(READER)
    event = find("get_teleconsultation_join").event
    answered = answer(cloud.stack(LIFE).invoke(READER, event, version=LIVE))
    cloud.delete(LIFE)
    return Life(
        created=created,
        unchanged=unchanged,
        said_of_no_change=again.stdout + again.stderr,
        changed=changed,
        live=live,
        kept_ready=kept_ready,
        rights=rights,
        answered=answered,
        stacks_at_last=cloud.stack_names(),
        tables_at_last=cloud.aws.client("dynamodb").list_tables()["TableNames"],
        table=table,
    )


@pytest.mark.parametrize("function", functions())
def test_a_changed_parameter_reaches_every_function(life: Life, function: str) -> None:
    before, after = (
        life.created[function]["Environment"]["Variables"],
        life.changed[function]["Environment"]["Variables"],
    )

    assert before["LATE_JOIN_SECONDS"] == "60"
    assert after == before | {"LATE_JOIN_SECONDS": "120"}


def test_a_changed_parameter_reaches_the_live_version(life: Life) -> None:
    created, unchanged, changed, _ = life.live

    assert created["Environment"]["Variables"]["LATE_JOIN_SECONDS"] == "60"
    assert unchanged == created
    assert changed["Environment"] == life.changed[READER]["Environment"]
    assert changed["Version"] != created["Version"]


def test_the_live_version_has_provisioned_concurrency(life: Life) -> None:
    *_, changed, kept_ready = life.live

    assert life.kept_ready == 1
    assert kept_ready == changed
    assert life.answered == (403, "not_a_participant")


def test_a_secret_key_is_granted_to_the_functions_that_read_the_secret(life: Life) -> None:
    [policy] = life.rights[WRITER].values()
    [reading] = life.rights[READER].values()

    [statement] = [one for one in policy["Statement"] if one["Sid"] == "SecretKey"]
    assert (statement["Action"], statement["Resource"]) == ("kms:Decrypt", SECRET_KEY)
    assert "SecretKey" not in {one["Sid"] for one in reading["Statement"]}


def test_the_sandboxs_frame_is_refused_with_the_production_api(cloud: Cloud) -> None:
    with pytest.raises(AssertionError, match="FrameOrigins names the sandbox's host"):
        cloud.deploy("mixed", BandyerBaseUrl="https://api.eu.bandyer.com")

    assert "mixed" not in cloud.stack_names()


def test_an_unchanged_deployment_succeeds_and_changes_nothing(life: Life) -> None:
    assert "No changes to deploy" in life.said_of_no_change
    assert life.unchanged == life.created


def test_deletion_keeps_the_table_only(life: Life) -> None:
    assert LIFE not in life.stacks_at_last
    assert life.table in life.tables_at_last
