"""What tells a table from every other, and what the operator says of former ones."""

import pytest

from teleconsultation.settings import SettingsError
from teleconsultation.storage.dynamodb import JsonObject
from teleconsultation.storage.table_identity import TableIdentity, read_former_tables

ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/visits"
ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


class Described:
    """A transport that knows one table."""

    def __init__(self, arn: str = ARN, *, id_: str = ID) -> None:
        self._described = {"TableArn": arn, "TableId": id_}
        self.requests = 0

    def send(self, operation: str, request: JsonObject) -> JsonObject:
        assert (operation, request) == ("DescribeTable", {"TableName": "visits"})
        self.requests += 1
        return {"Table": self._described}


def test_a_table_is_described_once() -> None:
    dynamodb = Described()
    table = TableIdentity("visits")

    assert table.read(dynamodb) == table.read(dynamodb)
    assert dynamodb.requests == 1


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Described(ARN.replace("eu-west-1", "eu-south-1")), id="region"),
        pytest.param(Described(ARN.replace("123456789012", "210987654321")), id="account"),
        pytest.param(Described(id_="7c9e6679-7425-40de-944b-e07fc1f90ae7"), id="restored"),
    ],
)
def test_a_table_of_the_same_name_has_another_identity(other: Described) -> None:
    assert TableIdentity("visits").read(other) != TableIdentity("visits").read(Described())


def test_a_former_table_has_the_identity_that_it_had_in_use() -> None:
    former = read_former_tables({"FORMER_TABLES": f"{ARN}/{ID}, {ARN}-2/{ID}"})

    assert former[0] == TableIdentity("visits").read(Described())
    assert len(set(former)) == 2


@pytest.mark.parametrize("environment", [{}, {"FORMER_TABLES": ""}], ids=["not set", "empty"])
def test_a_table_that_was_never_restored_has_no_former_ones(environment: dict[str, str]) -> None:
    assert read_former_tables(environment) == ()


@pytest.mark.parametrize(
    "text", [ARN, f"visits/{ID}", f"{ARN}/{ID} {ARN}/{ID}", f"{ARN}/", f"arn:aws:s3:::visits/{ID}"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^FORMER_TABLES must be"):
        read_former_tables({"FORMER_TABLES": text})
