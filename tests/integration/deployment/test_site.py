import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from deployment import site
from deployment.errors import DeploymentError
from deployment.stack import Outputs
from tests.unit.deployment.conftest import BUCKET

SHIPPED = Path(__file__).parents[3] / "frontend_static"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A small page with one file of each kind."""
    files = {
        "index.html": "<p>",
        "call-ended.html": "<p>",
        "config.json": '{"apiBaseUrl": "/old", "frameOrigins": [], "localMode": true, "more": 1}',
        "main.js": "1",
        "call/call.css": "p {}",
        "call/texts/it.json": "{}",
        "icon.svg": "<svg/>",
        "types.d.ts": "type A = 1",
        ".hidden/secret.js": "1",
        "call/.DS_Store": "",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def _objects(session: boto3.Session) -> Mapping[str, Any]:
    client = session.client("s3")
    keys = [item["Key"] for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
    return {key: client.get_object(Bucket=BUCKET, Key=key) for key in keys}


def test_what_a_browser_asks_for_is_uploaded_and_nothing_else(
    page: Path, outputs: Outputs, session: boto3.Session
) -> None:
    counts = site.publish(page, outputs=outputs, session=session)

    assert counts == (7, 0)
    assert set(_objects(session)) == {
        "index.html",
        "call-ended.html",
        "config.json",
        "main.js",
        "call/call.css",
        "call/texts/it.json",
        "icon.svg",
    }


def test_each_file_says_what_it_is_and_how_long_cloudfront_may_keep_it(
    page: Path, outputs: Outputs, session: boto3.Session
) -> None:
    site.publish(page, outputs=outputs, session=session)

    day = "public, max-age=0, s-maxage=86400"
    headers = {key: (each["ContentType"], each["CacheControl"]) for key, each in _objects(session).items()}
    assert headers == {
        "index.html": ("text/html; charset=utf-8", "no-cache"),
        "call-ended.html": ("text/html; charset=utf-8", "no-cache"),
        "config.json": ("application/json", "no-cache"),
        "main.js": ("text/javascript; charset=utf-8", day),
        "call/call.css": ("text/css; charset=utf-8", day),
        "call/texts/it.json": ("application/json", day),
        "icon.svg": ("image/svg+xml", day),
    }


def test_the_configuration_is_the_stacks_and_keeps_what_is_not(
    page: Path, outputs: Outputs, session: boto3.Session
) -> None:
    site.publish(page, outputs=outputs, session=session)

    assert json.loads(_objects(session)["config.json"]["Body"].read()) == {
        "apiBaseUrl": "/api",
        "frameOrigins": ["https://one.example", "https://two.example"],
        "localMode": False,
        "entersDirectly": True,
        "more": 1,
    }
    assert '"/old"' in (page / "config.json").read_text(encoding="utf-8")


def test_what_is_no_file_any_more_goes_and_what_changed_is_changed(
    page: Path, outputs: Outputs, session: boto3.Session
) -> None:
    site.publish(page, outputs=outputs, session=session)
    (page / "main.js").write_text("2", encoding="utf-8")
    (page / "icon.svg").unlink()

    counts = site.publish(page, outputs=outputs, session=session)

    assert counts == (6, 1)
    objects = _objects(session)
    assert "icon.svg" not in objects
    assert objects["main.js"]["Body"].read() == b"2"


def test_a_page_leads_to_no_file_that_is_not_there_yet(
    page: Path, outputs: Outputs, session: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = session.client("s3")
    uploaded: list[str] = []
    client.meta.events.register(
        "before-parameter-build.s3.PutObject", lambda params, **_: uploaded.append(params["Key"])
    )
    monkeypatch.setattr(session, "client", lambda _: client)

    site.publish(page, outputs=outputs, session=session)

    assert uploaded[-3:] == ["call-ended.html", "config.json", "index.html"]


def test_the_shipped_page_is_made_of_files_that_browsers_understand(
    outputs: Outputs, session: boto3.Session
) -> None:
    site.publish(SHIPPED, outputs=outputs, session=session)

    types = {each["ContentType"].partition(";")[0] for each in _objects(session).values()}
    assert types == {"text/html", "text/javascript", "text/css", "application/json", "image/svg+xml"}


def test_a_bucket_that_is_not_there_is_one_line(page: Path, outputs: Outputs, session: boto3.Session) -> None:
    with pytest.raises(DeploymentError, match="AWS refused PutObject: NoSuchBucket") as caught:
        site.publish(page, outputs=replace(outputs, bucket="another"), session=session)

    assert "\n" not in str(caught.value)


def test_a_bucket_is_emptied_of_old_versions_too(
    page: Path, outputs: Outputs, session: boto3.Session
) -> None:
    client = session.client("s3")
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    site.publish(page, outputs=outputs, session=session)
    client.delete_object(Bucket=BUCKET, Key="main.js")

    count = site.empty(BUCKET, session=session)

    assert count == 8
    client.delete_bucket(Bucket=BUCKET)


def test_cloudfront_forgets_every_file(session: boto3.Session) -> None:
    client = session.client("cloudfront")
    distribution = client.create_distribution(
        DistributionConfig={
            "CallerReference": "1",
            "Comment": "",
            "Enabled": True,
            "Origins": {
                "Quantity": 1,
                "Items": [
                    {
                        "Id": "o",
                        "DomainName": "o.s3.amazonaws.com",
                        "S3OriginConfig": {"OriginAccessIdentity": ""},
                    }
                ],
            },
            "DefaultCacheBehavior": {
                "TargetOriginId": "o",
                "ViewerProtocolPolicy": "https-only",
                "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
            },
        }
    )["Distribution"]["Id"]

    site.invalidate(distribution, session=session)

    [invalidation] = client.list_invalidations(DistributionId=distribution)["InvalidationList"]["Items"]
    paths = client.get_invalidation(DistributionId=distribution, Id=invalidation["Id"])["Invalidation"][
        "InvalidationBatch"
    ]["Paths"]
    assert paths["Items"] == ["/*"]
