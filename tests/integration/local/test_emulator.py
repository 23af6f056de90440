import json
import socket
from pathlib import Path

import pytest

from deployment.template.application import Template
from local.emulator import EmulatorError, running_aws_emulator
from local.ports import HOST, Ports

ROOT = Path(__file__).resolve().parents[3]


def test_the_emulator_has_the_templates_table_and_the_secret(tmp_path: Path) -> None:
    properties = Template(ROOT / "template.yaml").properties(
        "TeleconsultationsTable", kind="AWS::DynamoDB::Table", parameters={}
    )

    with running_aws_emulator(port=Ports.free().aws, log=tmp_path / "aws.log") as aws:
        table_arn = aws.create_table("Items", properties=properties)
        secret_arn = aws.create_secret("keys", content={"apiKey": "ak_1", "userIdKey": "k"})
        table = aws.client("dynamodb").describe_table(TableName="Items")["Table"]
        time_to_live = aws.client("dynamodb").describe_time_to_live(TableName="Items")
        secret = aws.client("secretsmanager").get_secret_value(SecretId=secret_arn)

    assert table["TableArn"] == table_arn
    assert table["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert time_to_live["TimeToLiveDescription"]["AttributeName"] == "expiresAt"
    assert json.loads(secret["SecretString"]) == {"apiKey": "ak_1", "userIdKey": "k"}


def test_the_emulator_ends_with_the_block(tmp_path: Path) -> None:
    port = Ports.free().aws

    with running_aws_emulator(port=port, log=tmp_path / "aws.log"):
        pass

    with socket.socket() as probe:
        assert probe.connect_ex((HOST, port)) != 0


def test_a_missing_emulator_is_a_clear_error(tmp_path: Path) -> None:
    emulator = running_aws_emulator(port=1, log=tmp_path / "aws.log", command=tmp_path / "nothing")

    with pytest.raises(EmulatorError, match="`make run` installs it"), emulator:
        pass


def test_an_emulator_that_does_not_start_names_its_log(tmp_path: Path) -> None:
    command = tmp_path / "broken"
    command.write_text("#!/bin/sh\necho no >&2; exit 1\n", encoding="utf-8")
    command.chmod(0o755)

    emulator = running_aws_emulator(port=Ports.free().aws, log=tmp_path / "aws.log", command=command)

    with pytest.raises(EmulatorError, match=r"did not start; its log is .*aws\.log"), emulator:
        pass

    assert (tmp_path / "aws.log").read_text(encoding="utf-8") == "no\n"
