import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from deployment import site
from deployment.bundle import build_page
from deployment.errors import DeploymentError
from deployment.page_configuration import configuration_in
from deployment.stack import Outputs
from tests.pages import SOURCES
from tests.unit.deployment.conftest import BUCKET

NOW = datetime(2031, 5, 1, tzinfo=UTC)
CONFIGURATION = {"apiBaseUrl": "/old", "frameOrigins": [], "localMode": True, "more": "</script>"}
BLOCK = '<script type="application/json" id="config">'

type Publish = Callable[..., tuple[int, int]]


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A small built page with one file of each kind."""
    files = {
        "index.html": f"<p>{BLOCK}</script>",
        "call-ended.html": "<p>",
        "assets/main-1.js": "1",
        "assets/main-1.js.map": "{}",
        "assets/page-1.css": "p {}",
        "assets/icon-1.svg": "<svg/>",
    }
    folder = tmp_path / "built"
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder


@pytest.fixture
def publish(page: Path, tmp_path: Path, outputs: Outputs, session: boto3.Session) -> Publish:
    configuration = tmp_path / "config.json"
    configuration.write_text(json.dumps(CONFIGURATION), encoding="utf-8")

    def publish(*, outputs: Outputs = outputs, now: datetime = NOW) -> tuple[int, int]:
        return site.publish(page, configuration=configuration, outputs=outputs, session=session, now=now)

    return publish


def _objects(session: boto3.Session) -> Mapping[str, Any]:
    client = session.client("s3")
    keys = [item["Key"] for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
    return {key: client.get_object(Bucket=BUCKET, Key=key) for key in keys}


def test_every_file_is_uploaded(publish: Publish, session: boto3.Session) -> None:
    counts = publish()

    assert counts == (6, 0)
    assert set(_objects(session)) == {
        "index.html",
        "call-ended.html",
        "assets/main-1.js",
        "assets/main-1.js.map",
        "assets/page-1.css",
        "assets/icon-1.svg",
        site.SUPERSEDED,
    }


def test_each_file_says_what_it_is_and_whether_it_may_be_kept(
    publish: Publish, session: boto3.Session
) -> None:
    publish()

    for_a_year = "public, max-age=31536000, immutable"
    headers = {key: (each["ContentType"], each["CacheControl"]) for key, each in _objects(session).items()}
    assert headers == {
        "index.html": ("text/html; charset=utf-8", "no-cache"),
        "call-ended.html": ("text/html; charset=utf-8", "no-cache"),
        "assets/main-1.js": ("text/javascript; charset=utf-8", for_a_year),
        "assets/main-1.js.map": ("application/json", for_a_year),
        "assets/page-1.css": ("text/css; charset=utf-8", for_a_year),
        "assets/icon-1.svg": ("image/svg+xml", for_a_year),
        site.SUPERSEDED: ("application/json", "no-cache"),
    }


def test_the_document_has_the_stacks_configuration_and_keeps_what_is_not(
    publish: Publish, page: Path, session: boto3.Session
) -> None:
    publish()

    document = _objects(session)["index.html"]["Body"].read().decode()
    assert configuration_in(document) == {
        "apiBaseUrl": "/api",
        "frameOrigins": ["https://one.example", "https://two.example"],
        "localMode": False,
        "entersDirectly": True,
        "clinic": {"name": "Clínica São João", "phone": "+39 02 1234 5678"},
        "links": {"help": ""},
        "consent": {"version": "2026-11", "url": "", "texts": {"pt": "Concordo com a gravação."}},
        "signIn": {"clientId": "", "url": "https://portal.example"},
        "more": "</script>",
    }
    # A text of the configuration does not end its block.
    assert document.count("</script>") == 1
    assert _objects(session)["call-ended.html"]["Body"].read() == b"<p>"
    assert BLOCK + "</script>" in (page / "index.html").read_text(encoding="utf-8")


def test_the_assets_of_an_earlier_page_stay_for_thirty_days(
    publish: Publish, page: Path, session: boto3.Session
) -> None:
    def deploy(*, day: int, main: int) -> set[str]:
        for old in page.glob("assets/main-*.js"):
            old.rename(page / f"assets/main-{main}.js")
        publish(now=NOW + timedelta(days=day))
        return {key for key in _objects(session) if key.endswith(".js")}

    # The first page is current for a long time; its days begin when another page replaces it.
    assert deploy(day=0, main=1) == {"assets/main-1.js"}
    assert deploy(day=100, main=2) == {"assets/main-1.js", "assets/main-2.js"}
    assert deploy(day=110, main=3) == {"assets/main-1.js", "assets/main-2.js", "assets/main-3.js"}
    assert deploy(day=129, main=3) == {"assets/main-1.js", "assets/main-2.js", "assets/main-3.js"}
    assert deploy(day=130, main=3) == {"assets/main-2.js", "assets/main-3.js"}
    # Whoever goes back to an earlier page has its files; they are current again.
    assert deploy(day=135, main=2) == {"assets/main-2.js", "assets/main-3.js"}
    assert deploy(day=150, main=2) == {"assets/main-2.js", "assets/main-3.js"}
    assert deploy(day=165, main=2) == {"assets/main-2.js"}


def test_other_files_that_the_page_has_no_more_go_at_once(publish: Publish, session: boto3.Session) -> None:
    """As those of a page that was published as it stands in the sources."""
    session.client("s3").put_object(Bucket=BUCKET, Key="call/call.js", Body=b"1")

    counts = publish()

    assert counts == (6, 1)
    assert "call/call.js" not in _objects(session)


def test_a_document_leads_to_no_asset_that_is_not_there_yet(
    publish: Publish, session: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = session.client("s3")
    uploaded: list[str] = []
    client.meta.events.register(
        "before-parameter-build.s3.PutObject", lambda params, **_: uploaded.append(params["Key"])
    )
    monkeypatch.setattr(session, "client", lambda _: client)

    publish()

    assert uploaded[-3:] == ["call-ended.html", "index.html", site.SUPERSEDED]


def test_the_built_page_is_made_of_files_that_browsers_understand(
    publish: Publish, page: Path, session: boto3.Session
) -> None:
    shutil.rmtree(page)
    build_page(SOURCES, into=page)

    publish()

    types = {each["ContentType"].partition(";")[0] for each in _objects(session).values()}
    assert types == {"text/html", "text/javascript", "text/css", "application/json", "image/svg+xml"}


def test_a_bucket_that_is_not_there_is_one_line(publish: Publish, outputs: Outputs) -> None:
    with pytest.raises(DeploymentError, match="AWS refused PutObject: NoSuchBucket") as caught:
        publish(outputs=replace(outputs, bucket="another"))

    assert "\n" not in str(caught.value)


def test_a_bucket_is_emptied_of_old_versions_too(publish: Publish, session: boto3.Session) -> None:
    client = session.client("s3")
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    publish()
    client.delete_object(Bucket=BUCKET, Key="assets/main-1.js")

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
