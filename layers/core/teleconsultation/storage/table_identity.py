"""What tells the service's table from every other."""

from teleconsultation.storage.dynamodb import DynamoDB


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
            self._identity = f"{table['TableArn']} {table['TableId']}"
        return self._identity
