"""What tells the service's table from every other."""

import re

from teleconsultation.settings import Environment, SettingsError
from teleconsultation.storage.transport import DynamoDB

_FORMER_TABLE = r"(arn:[a-z-]+:dynamodb:[a-z0-9-]+:[0-9]+:table/[A-Za-z0-9_.-]+)/([0-9a-f-]+)"


class TableIdentity:
    """The identity of one table, read from DynamoDB once and kept.

    A table of the same name in another region or account has another identity, and so has one that was
    restored from a backup: its id is new.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
    """

    def __init__(self, table_name: str) -> None:
        """Keep the name; nothing is sent."""
        self._table_name = table_name
        self._identity: str | None = None

    def read(self, dynamodb: DynamoDB) -> str:
        """Return the identity.

        Raises:
            StorageUnavailableError: DynamoDB cannot answer.
            DynamoDBError: it refuses to.
        """
        if self._identity is None:
            table = dynamodb.send("DescribeTable", {"TableName": self._table_name})["Table"]
            self._identity = _identity(table["TableArn"], table["TableId"])
        return self._identity


def read_former_tables(environment: Environment) -> tuple[str, ...]:
    """Return the identities of the tables from which this deployment's table was restored.

    Raises:
        SettingsError: the variable is invalid.
    """
    identities = []
    for text in filter(None, environment.get("FORMER_TABLES", "").split(",")):
        table = re.fullmatch(_FORMER_TABLE, text.strip())
        if table is None:
            raise SettingsError("FORMER_TABLES must be tables' ARNs, each with / and its id, with commas")
        identities.append(_identity(table[1], table[2]))
    return tuple(identities)


def _identity(arn: str, id_: str) -> str:
    return f"{arn} {id_}"
