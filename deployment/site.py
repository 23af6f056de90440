"""Publish the built page in the bucket."""

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

from deployment.bundle import ASSETS
from deployment.content_types import content_type
from deployment.errors import DeploymentError
from deployment.page_configuration import with_configuration
from deployment.stack import Outputs, explained

CONFIGURATION: Final = "config.json"
# An asset's name changes with its content. The header is the object's own and not the distribution's, which
# would let browsers keep "not found" for a year too.
KEPT: Final = "public, max-age=31536000, immutable"
ASKED_EACH_TIME: Final = "no-cache"
# A page that was opened before a deployment loads its other parts later.
KEPT_AFTER_ITS_LAST_DEPLOYMENT: Final = timedelta(days=30)
SUPERSEDED: Final = "superseded.json"
"""The assets that the published page no longer has, with the time of the deployment that replaced them."""
_INVALIDATION_TIMEOUT_SECONDS: Final = 600.0
_POLL_SECONDS: Final = 5.0
# The maximum of keys in one request to S3.
_DELETED_AT_ONCE: Final = 1000


def publish(
    directory: Path,
    *,
    configuration: Path,
    outputs: Outputs,
    session: boto3.Session,
    now: datetime | None = None,
) -> tuple[int, int]:
    """Upload the built page, delete what it has not had for 30 days, and return both counts.

    All files are uploaded, also unchanged ones: they are few and small. Documents come last, so that the
    assets they refer to exist.

    Raises:
        DeploymentError: S3 refuses a request.
    """
    client = session.client("s3")
    now = now or datetime.now(UTC)
    files = sorted(_files(directory), key=lambda name: (not _is_asset(name), name))
    content = _configuration(configuration.read_bytes(), outputs=outputs)
    with explained():
        for name in files:
            body = (directory / name).read_bytes()
            if name.endswith(".html"):
                body = with_configuration(body.decode(), content).encode()
            _put(client, name, body=body, bucket=outputs.bucket)
        others = [key for key in _keys(client, bucket=outputs.bucket) if key not in {*files, SUPERSEDED}]
        superseded = _superseded(client, bucket=outputs.bucket)
        replaced_at = {key: superseded.get(key, now.isoformat()) for key in others if _is_asset(key)}
        kept = {
            key: moment
            for key, moment in replaced_at.items()
            if now - datetime.fromisoformat(moment) < KEPT_AFTER_ITS_LAST_DEPLOYMENT
        }
        _put(client, SUPERSEDED, body=json.dumps(kept, indent="\t").encode(), bucket=outputs.bucket)
        stale = [key for key in others if key not in kept]
        _delete(client, bucket=outputs.bucket, objects=[{"Key": key} for key in stale])
    return len(files), len(stale)


def invalidate(distribution_id: str, *, session: boto3.Session) -> None:
    """Invalidate every file in CloudFront and wait for the end of the invalidation.

    CloudFront keeps also documents with `no-cache` for a second, in which the checks would see the old page,
    and pictures of earlier versions of the product for a day.

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


def _put(client: Any, name: str, *, body: bytes, bucket: str) -> None:  # noqa: ANN401 - boto3 makes its classes at run time
    client.put_object(
        Bucket=bucket,
        Key=name,
        Body=body,
        ContentType=content_type(Path(name)),
        CacheControl=KEPT if _is_asset(name) else ASKED_EACH_TIME,
    )


def _superseded(client: Any, *, bucket: str) -> Mapping[str, str]:  # noqa: ANN401
    """Return when the assets of earlier pages were replaced."""
    try:
        body = client.get_object(Bucket=bucket, Key=SUPERSEDED)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return {}
    replaced: Mapping[str, str] = json.loads(body)
    return replaced


def _files(directory: Path) -> Iterator[str]:
    for path in directory.rglob("*"):
        if path.is_file():
            yield path.relative_to(directory).as_posix()


def _is_asset(name: str) -> bool:
    return name.startswith(f"{ASSETS}/")


def _configuration(shipped: bytes, *, outputs: Outputs) -> Mapping[str, Any]:
    configuration: dict[str, Any] = json.loads(shipped)
    return configuration | {
        "apiBaseUrl": outputs.api_path,
        "frameOrigins": list(outputs.frame_origins),
        "localMode": False,
        "entersDirectly": outputs.enters_directly,
        "consent": {**outputs.consent},
        "signIn": {**outputs.sign_in},
        **outputs.clinic,
    }


def _keys(client: Any, *, bucket: str) -> Iterator[str]:  # noqa: ANN401
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", []):
            yield item["Key"]


def _delete(client: Any, *, bucket: str, objects: list[Mapping[str, str]] | list[dict[str, str]]) -> None:  # noqa: ANN401
    for start in range(0, len(objects), _DELETED_AT_ONCE):
        batch = objects[start : start + _DELETED_AT_ONCE]
        answer = client.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
        for refused in answer.get("Errors", []):
            raise DeploymentError(f"{refused['Key']} in {bucket} was not deleted: {refused['Message']}")
