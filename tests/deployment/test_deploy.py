"""`sam deploy` of the template, and the functions' answers with the rights of their roles."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.deployment.cloud import LIVE, Cloud
from tests.deployment.samples import Sample, Stage, answer, find, functions, samples

LIFE = "life"
READER = "GetTeleconsultationFunction"


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
    cloud.deploy(LIFE, LateJoinSeconds="120", ReadProvisionedConcurrency="1")
    configurations()
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


def test_an_unchanged_deployment_succeeds_and_changes_nothing(life: Life) -> None:
    assert "No changes to deploy" in life.said_of_no_change
    assert life.unchanged == life.created


def test_deletion_keeps_the_table_only(life: Life) -> None:
    assert LIFE not in life.stacks_at_last
    assert life.table in life.tables_at_last
