"""Puts visits that an earlier version has stored into the list's index by day."""

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KIND: Final = "TELECONSULTATION#"


def index_visits(table_name: str, *, dynamodb: "DynamoDBClient") -> int:
    """Give each visit without them the attributes of the index, and return how many were given them.

    It can be repeated and run beside the service: a visit that is changed meanwhile gets them by that change.
    """
    indexed = 0
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table_name,
        FilterExpression="begins_with(pk, :kind) AND attribute_not_exists(startDay)",
        ExpressionAttributeValues={":kind": {"S": _KIND}},
        ProjectionExpression="pk, startDate, version, participants",
    )
    for page in pages:
        for item in page["Items"]:
            indexed += _index(item, table_name=table_name, dynamodb=dynamodb)
    return indexed


def _index(item: dict[str, Any], *, table_name: str, dynamodb: "DynamoDBClient") -> bool:
    try:
        dynamodb.update_item(
            TableName=table_name,
            Key={"pk": item["pk"]},
            UpdateExpression="SET startDay = :day, namedNumber = :named",
            ConditionExpression="version = :version",
            ExpressionAttributeValues={
                ":day": {"S": item["startDate"]["S"][:10]},
                ":named": {"N": str(len(item["participants"]["L"]))},
                ":version": item["version"],
            },
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True
