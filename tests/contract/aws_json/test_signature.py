"""Our signatures and addresses are botocore's."""

from datetime import UTC, datetime, timedelta

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as TheirCredentials
from hypothesis import given
from hypothesis import strategies as st

from aws_json.credentials import Credentials
from aws_json.endpoint import Origin, origin
from aws_json.signature import signed_headers

printable = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1)


@given(
    body=st.binary(),
    access_key=st.from_regex(r"[A-Z0-9]{16,20}", fullmatch=True),
    secret=st.text(min_size=1).filter(lambda text: text.isprintable()),
    token=st.none() | printable,
    target=printable,
    host=st.from_regex(r"[a-z0-9.-]{1,40}(:[0-9]{1,5})?", fullmatch=True),
    region=st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True),
    now=st.datetimes(timezones=st.just(UTC)),
)
def test_a_signature_is_botocores(
    body: bytes,
    access_key: str,
    secret: str,
    token: str | None,
    target: str,
    host: str,
    region: str,
    now: datetime,
) -> None:
    headers = {"host": host, "content-type": "application/x-amz-json-1.0", "x-amz-target": target}

    ours = signed_headers(
        headers,
        body=body,
        credentials=Credentials(access_key_id=access_key, secret_access_key=secret, session_token=token),
        region=region,
        now=now,
    )

    assert ours["authorization"] == _their_authorization(
        ours, body=body, access_key=access_key, secret=secret, token=token, region=region
    )


def _their_authorization(
    ours: dict[str, str],
    *,
    body: bytes,
    access_key: str,
    secret: str,
    token: str | None,
    region: str,
) -> str:
    headers = {
        name: value
        for name, value in ours.items()
        if name not in {"authorization", "x-amz-date", "x-amz-security-token"}
    }
    request = AWSRequest(method="POST", url=f"https://{ours['host']}/", data=body, headers=headers)
    request.context["timestamp"] = ours["x-amz-date"]
    signer = SigV4Auth(TheirCredentials(access_key, secret, token), "dynamodb", region)
    signer._modify_request_before_signing(request)  # type: ignore[attr-defined]
    # `add_auth` is these three steps after it has looked at the clock.
    canonical_request = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical_request), request)
    signer._inject_signature_to_request(request, signature)  # type: ignore[attr-defined]
    authorization: str = request.headers["Authorization"]
    return authorization


def test_the_key_of_yesterday_is_not_used_today() -> None:
    credentials = Credentials(access_key_id="a", secret_access_key="s")
    evening = datetime(2026, 11, 24, 23, 59, 59, tzinfo=UTC)

    def sign(now: datetime) -> str:
        return signed_headers({"host": "h"}, body=b"", credentials=credentials, region="r", now=now)[
            "authorization"
        ]

    assert sign(evening) != sign(evening + timedelta(seconds=1))
    assert "/20261125/" in sign(evening + timedelta(seconds=1))


def test_in_every_region_dynamodb_has_botocores_address() -> None:
    session = botocore.session.get_session()
    resolver = session._get_internal_component("endpoint_resolver")  # type: ignore[attr-defined]
    regions = [
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("dynamodb", partition_name=partition)
    ]

    theirs = {name: resolver.construct_endpoint("dynamodb", name)["hostname"] for name in regions}
    ours = {name: origin({"AWS_REGION": name}).host for name in regions}

    assert {"eu-west-1", "cn-north-1", "us-gov-west-1"} <= set(regions)
    assert ours == theirs


def test_dynamodbs_own_override_comes_before_that_for_all() -> None:
    environment = {"AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "https://all.test:8443"}

    of_all = origin(environment)
    of_its_own = origin(environment | {"AWS_ENDPOINT_URL_DYNAMODB": "http://own.test/"})

    assert of_all == Origin(host="all.test", port=8443, is_tls=True)
    assert of_its_own == Origin(host="own.test", port=80, is_tls=False)
    assert (of_all.authority, of_its_own.authority) == ("all.test:8443", "own.test")
