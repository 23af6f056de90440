"""Make the bucket's content equal to the page's files."""

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import boto3

from deployment.content_types import content_type
from deployment.errors import DeploymentError
from deployment.stack import Outputs, explained

CONFIGURATION: Final = "config.json"
# The objects' headers are for CloudFront; browsers get `no-cache` from the headers policies, because names do
# not change with content, and modules of two versions do not work together. CloudFront keeps files for a day,
# since each deployment invalidates them; pages and config.json, which refer to the others, are not cached.
KEPT_A_DAY: Final = "public, max-age=0, s-maxage=86400"
ASKED_EACH_TIME: Final = "no-cache"
# Types for editors; browsers do not load them.
_NOT_PUBLISHED: Final = ".d.ts"
_INVALIDATION_TIMEOUT_SECONDS: Final = 600.0
_POLL_SECONDS: Final = 5.0
# The maximum of keys in one request to S3.
_DELETED_AT_ONCE: Final = 1000


def publish(directory: Path, *, outputs: Outputs, session: boto3.Session) -> tuple[int, int]:
    """Upload every file, delete all other objects from the bucket, and return both counts.

    All files are uploaded, also unchanged ones: they are few and small, and their content types may have
    changed. Pages and config.json come last, so that the files they refer to exist.

    Raises:
        DeploymentError: S3 refuses a request.
    """
    client = session.client("s3")
    files = sorted(_files(directory), key=lambda name: (_leads_to_others(name), name))
    with explained():
        for name in files:
            content = (directory / name).read_bytes()
            if name == CONFIGURATION:
                content = _configuration(content, outputs=outputs)
            client.put_object(
                Bucket=outputs.bucket,
                Key=name,
                Body=content,
                ContentType=content_type(Path(name)),
                CacheControl=ASKED_EACH_TIME if _leads_to_others(name) else KEPT_A_DAY,
            )
        stale = [key for key in _keys(client, bucket=outputs.bucket) if key not in files]
        _delete(client, bucket=outputs.bucket, objects=[{"Key": key} for key in stale])
    return len(files), len(stale)


def invalidate(distribution_id: str, *, session: boto3.Session) -> None:
    """Invalidate every file in CloudFront and wait for the end of the invalidation.

    Raises:
        DeploymentError: CloudFront refuses, or the invalidation takes too long.
    """
    client = session.client("cloudfront")
    with explained():
        invalidation = client.create_invalidation(
            DistributionId=distribution_id,
            InvalidationBatch={
                # The pattern counts as one path; a thousand paths a month are free.
                "Paths": {"Quantity": 1, "Items": ["/*"]},
                "CallerReference": str(uuid.uuid4()),
            },
        )["Invalidation"]
        deadline = time.monotonic() + _INVALIDATION_TIMEOUT_SECONDS
        while invalidation["Status"] == "InProgress":
            if time.monotonic() > deadline:
                raise DeploymentError(
                    "CloudFront has not finished the invalidation; see its state in the console."
                )
            time.sleep(_POLL_SECONDS)
            invalidation = client.get_invalidation(DistributionId=distribution_id, Id=invalidation["Id"])[
                "Invalidation"
            ]


def empty(bucket: str, *, session: boto3.Session) -> int:
    """Delete all objects of the bucket with their old versions and return their number.

    CloudFormation can delete an empty bucket only.

    Raises:
        DeploymentError: S3 refuses a request.
    """
    client = session.client("s3")
    with explained():
        objects = [
            {"Key": version["Key"], "VersionId": version["VersionId"]}
            for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket)
            for version in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
        ]
        _delete(client, bucket=bucket, objects=objects)
    return len(objects)


def _files(directory: Path) -> Iterator[str]:
    """Yield the keys of the files, without hidden and unpublished ones."""
    for path in directory.rglob("*"):
        parts = path.relative_to(directory).parts
        if path.is_file() and not any(part.startswith(".") for part in parts):
            name = "/".join(parts)
            if not name.endswith(_NOT_PUBLISHED):
                yield name


def _leads_to_others(name: str) -> bool:
    return name.endswith(".html") or name == CONFIGURATION


def _configuration(shipped: bytes, *, outputs: Outputs) -> bytes:
    configuration: dict[str, Any] = json.loads(shipped)
    configuration |= {
        "apiBaseUrl": outputs.api_path,
        "frameOrigins": list(outputs.frame_origins),
        "localMode": False,
        "entersDirectly": outputs.enters_directly,
    }
    return json.dumps(configuration, indent="\t").encode() + b"\n"


def _keys(client: Any, *, bucket: str) -> Iterator[str]:  # noqa: ANN401 - boto3 makes its classes at run time
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", []):
            yield item["Key"]


def _delete(client: Any, *, bucket: str, objects: list[Mapping[str, str]] | list[dict[str, str]]) -> None:  # noqa: ANN401
    for start in range(0, len(objects), _DELETED_AT_ONCE):
        batch = objects[start : start + _DELETED_AT_ONCE]
        answer = client.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
        for refused in answer.get("Errors", []):
            raise DeploymentError(f"{refused['Key']} in {bucket} was not deleted: {refused['Message']}")
