"""Who may knock at all: the gateway answers for bad tokens as API Gateway does, before any of our code."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from local.issuer import AUDIENCE, MANAGE_SCOPE, TokenIssuer
from tests.integration.api.client import MANAGER, ApiClient, World, visit

type MakeToken = Callable[[TokenIssuer], str | None]


def _valid(issuer: TokenIssuer) -> str:
    return issuer.token(MANAGER, manage=True)


def _expired(issuer: TokenIssuer) -> str:
    return issuer.token(MANAGER, manage=True, expires_in_seconds=-1)


def _wrong_audience(issuer: TokenIssuer) -> str:
    return issuer.token(MANAGER, manage=True, claims={"aud": "another-api"})


def _wrong_issuer(issuer: TokenIssuer) -> str:
    return issuer.token(MANAGER, manage=True, claims={"iss": "https://issuer.example.com"})


def _not_yet_valid(issuer: TokenIssuer) -> str:
    return issuer.token(MANAGER, manage=True, claims={"nbf": int(datetime.now(UTC).timestamp()) + 60})


def _wrong_signature(issuer: TokenIssuer) -> str:
    """Signed with another key, under the right key's id."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(_valid(issuer), options={"verify_signature": False})
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": issuer.key_id})


def _unknown_key(issuer: TokenIssuer) -> str:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    return TokenIssuer(url=issuer.url, key=key, clock=issuer.clock).token(MANAGER, manage=True)


def _changed_claims(issuer: TokenIssuer) -> str:
    """A patient's token that was given the scope afterwards."""
    header, _, signature = issuer.token("patient").split(".")
    claims = f'{{"iss":"{issuer.url}","aud":"{AUDIENCE}","exp":99999999999,"scope":"{MANAGE_SCOPE}"}}'
    return f"{header}.{urlsafe_b64encode(claims.encode()).decode().rstrip('=')}.{signature}"


def _unsigned(issuer: TokenIssuer) -> str:
    claims = jwt.decode(_valid(issuer), options={"verify_signature": False})
    return jwt.encode(claims, "", algorithm="none")


def _shared_secret(issuer: TokenIssuer) -> str:
    claims = jwt.decode(_valid(issuer), options={"verify_signature": False})
    return jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": issuer.key_id})


BAD_TOKENS = [
    pytest.param(lambda _: None, id="missing"),
    pytest.param(lambda _: "", id="empty"),
    pytest.param(lambda _: "not-a-token", id="malformed"),
    pytest.param(_expired, id="expired"),
    pytest.param(_not_yet_valid, id="not yet valid"),
    pytest.param(_wrong_audience, id="wrong audience"),
    pytest.param(_wrong_issuer, id="wrong issuer"),
    pytest.param(_wrong_signature, id="wrong signature"),
    pytest.param(_unknown_key, id="unknown key"),
    pytest.param(_changed_claims, id="changed claims"),
    pytest.param(_unsigned, id="unsigned"),
    pytest.param(_shared_secret, id="signed with a shared secret"),
]
BAD_SCOPES = [
    pytest.param("", id="none"),
    pytest.param("teleconsultation", id="half of it"),
    pytest.param("teleconsultation/manager", id="more than it"),
    pytest.param("openid profile", id="others"),
]


def _send_all(api: ApiClient, *, token: str | None) -> list[tuple[int, object]]:
    visit_id = "0123456789abcdef01234567"
    routes = [("POST", ""), *((method, f"/{visit_id}") for method in ("GET", "PATCH", "DELETE"))]
    answers = [api.request(method, f"/teleconsultation{path}", token=token) for method, path in routes]
    return [(answer.status, answer.body) for answer in answers]


@pytest.mark.parametrize("make_token", BAD_TOKENS)
def test_a_bad_token_is_unauthorized_everywhere(api: ApiClient, world: World, make_token: MakeToken) -> None:
    with world.unchanged():
        answers = _send_all(api, token=make_token(api.stack.issuer))

    assert answers == [(401, {"message": "Unauthorized"})] * 4


@pytest.mark.parametrize("scope", BAD_SCOPES)
def test_without_the_scope_management_is_forbidden(api: ApiClient, world: World, scope: str) -> None:
    token = api.token(MANAGER, claims={"scope": scope})

    with world.unchanged():
        post, get, patch, delete = _send_all(api, token=token)

    assert [post, patch, delete] == [(403, {"message": "Forbidden"})] * 3
    assert get[0] == 404


@pytest.mark.parametrize(
    "claims",
    [{"scope": f"openid {MANAGE_SCOPE}"}, {"scp": MANAGE_SCOPE}, {"scp": ["openid", MANAGE_SCOPE]}],
    ids=["scope among others", "scp as text", "scp as list"],
)
def test_the_scope_counts_in_each_claim_the_gateway_reads(api: ApiClient, claims: dict[str, object]) -> None:
    answer = api.send("POST", "/teleconsultation", visit(), token=api.token(MANAGER, claims=claims))

    assert answer.status == 201
