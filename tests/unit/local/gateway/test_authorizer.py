import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from deployment.template.application import JwtAuthorizer
from local.gateway.authorizer import AccessDeniedError, Authorizer, Identity
from local.gateway.exchange import Request
from local.issuer import MANAGE_SCOPE, TokenIssuer

NOW = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)
EPOCH = int(NOW.timestamp())
HOUR = 3600


class FakeIssuerSite:
    """Answers for the issuer's two documents and counts how often it was asked."""

    def __init__(self, issuer: TokenIssuer) -> None:
        self.issuer = issuer
        self.requests: list[str] = []
        self.is_down = False

    def __call__(self, url: str) -> Any:
        self.requests.append(url)
        if self.is_down:
            raise ConnectionRefusedError
        documents = {
            f"{self.issuer.url}/.well-known/openid-configuration": self.issuer.discovery(),
            f"{self.issuer.url}/.well-known/jwks.json": self.issuer.key_set(),
        }
        return documents[url]


type Authorize = Callable[..., Identity]


@pytest.fixture
def site(tokens: TokenIssuer) -> FakeIssuerSite:
    return FakeIssuerSite(tokens)


@pytest.fixture
def authorize(site: FakeIssuerSite) -> Authorize:
    authorizer = Authorizer(clock=lambda: NOW, fetch=site)

    def ask(header: str | None, *, scopes: tuple[str, ...] = ()) -> Identity:
        headers = () if header is None else (("Authorization", header),)
        return authorizer.authorize(
            Request(method="GET", path="/api/items/1", headers=headers),
            authorizer=JwtAuthorizer(
                issuer=site.issuer.url,
                audiences=("teleconsultation", "other"),
                identity_source="$request.header.Authorization",
            ),
            scopes=scopes,
        )

    return ask


def refused(call: Callable[[], Identity]) -> tuple[int, bytes, str]:
    with pytest.raises(AccessDeniedError) as caught:
        call()
    response = caught.value.response
    return response.status, response.body, dict(response.headers)["www-authenticate"]


def unsigned(claims: dict[str, Any], **header: Any) -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(it).encode()).rstrip(b"=").decode() for it in (header, claims)
    ]
    return ".".join([*parts, ""])


@pytest.mark.parametrize("scheme", ["", "Bearer ", "bearer ", "BEARER  "])
def test_a_good_token_passes_with_and_without_the_scheme(
    authorize: Authorize, tokens: TokenIssuer, scheme: str
) -> None:
    identity = authorize(scheme + tokens.token("user-1", manage=True))

    assert identity.claims["sub"] == "user-1"
    assert identity.scopes == (MANAGE_SCOPE,)


@pytest.mark.parametrize("header", [None, ""])
def test_without_a_token_the_challenge_says_no_more(authorize: Authorize, header: str | None) -> None:
    assert refused(lambda: authorize(header)) == (401, b'{"message":"Unauthorized"}', "Bearer")


def test_the_challenge_of_a_bad_token_has_the_form_the_vendor_publishes(
    authorize: Authorize, tokens: TokenIssuer
) -> None:
    status, body, challenge = refused(
        lambda: authorize(tokens.token("user-1", claims={"aud": "somebody else"}))
    )

    assert (status, body) == (401, b'{"message":"Unauthorized"}')
    assert challenge == (
        'Bearer scope="" error="invalid_token" error_description="the token does not have a valid audience"'
    )


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"exp": EPOCH}, "expired"),
        ({"exp": EPOCH - HOUR}, "expired"),
        ({"exp": None}, "expired"),
        ({"exp": str(EPOCH + HOUR)}, "expired"),
        ({"nbf": EPOCH + HOUR}, "not valid yet"),
        ({"nbf": "soon"}, "not valid yet"),
        ({"iat": EPOCH + HOUR}, "before issued"),
        ({"aud": "somebody else"}, "audience"),
        ({"aud": ["somebody", "else"]}, "audience"),
        ({"aud": None}, "audience"),
        ({"aud": "somebody else", "client_id": "teleconsultation"}, "audience"),
        ({"iss": "https://elsewhere.example"}, "issuer"),
        ({"iss": "https://issuer.example/"}, "issuer"),
    ],
)
def test_a_claim_that_does_not_hold_is_refused(
    authorize: Authorize, tokens: TokenIssuer, claims: dict[str, Any], said: str
) -> None:
    status, _, challenge = refused(lambda: authorize(tokens.token("user-1", claims=claims)))

    assert status == 401
    assert 'error="invalid_token"' in challenge
    assert said in challenge


@pytest.mark.parametrize(
    "claims",
    [{"aud": ["somebody", "other"]}, {"nbf": EPOCH}, {"iat": None}, {"sub": None}, {"jti": 7}],
)
def test_claims_that_do_not_matter_pass(
    authorize: Authorize, tokens: TokenIssuer, claims: dict[str, Any]
) -> None:
    assert authorize(tokens.token("user-1", claims=claims)).claims["exp"] > EPOCH


def test_the_client_id_stands_in_for_a_missing_audience(authorize: Authorize, tokens: TokenIssuer) -> None:
    claims = {key: value for key, value in jwt_claims(tokens).items() if key != "aud"}
    token = sign(tokens, {**claims, "client_id": "teleconsultation"})

    assert authorize(token).claims["client_id"] == "teleconsultation"


def test_a_token_signed_by_somebody_else_is_refused(authorize: Authorize, tokens: TokenIssuer) -> None:
    forger = generate_private_key(public_exponent=65537, key_size=2048)
    token = jwt.encode(jwt_claims(tokens), forger, algorithm="RS256", headers={"kid": tokens.key_id})

    status, _, challenge = refused(lambda: authorize(token))

    assert (status, "signature" in challenge) == (401, True)


def test_a_changed_token_is_refused(authorize: Authorize, tokens: TokenIssuer) -> None:
    header, _, signature = tokens.token("user-1").split(".")
    _, payload, _ = tokens.token("user-2", manage=True).split(".")

    status, _, challenge = refused(lambda: authorize(f"{header}.{payload}.{signature}"))

    assert (status, "signature" in challenge) == (401, True)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
def test_an_unsigned_token_is_refused(authorize: Authorize, tokens: TokenIssuer, algorithm: str) -> None:
    token = unsigned(jwt_claims(tokens), alg=algorithm, kid=tokens.key_id, typ="JWT")

    status, _, challenge = refused(lambda: authorize(token))

    assert (status, "signing method" in challenge) == (401, True)


def test_the_public_key_is_no_shared_secret(authorize: Authorize, tokens: TokenIssuer) -> None:
    public = tokens.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signing_input = unsigned(jwt_claims(tokens), alg="HS256", kid=tokens.key_id).rstrip(".")
    # PyJWT itself refuses to sign with a public key, so the signature is made by hand.
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    signature = base64.urlsafe_b64encode(algorithm.sign(signing_input.encode(), public)).rstrip(b"=").decode()

    status, _, challenge = refused(lambda: authorize(f"{signing_input}.{signature}"))

    assert (status, "signing method" in challenge) == (401, True)


@pytest.mark.parametrize("text", ["nonsense", "a.b.c", "Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "é.é.é"])
def test_what_is_no_token_is_refused(authorize: Authorize, text: str) -> None:
    assert refused(lambda: authorize(text))[0] == 401


@pytest.mark.parametrize("claims", [{}, {"scope": "openid email"}, {"scp": ["openid"]}, {"scope": 7}])
def test_a_token_without_the_scope_is_forbidden(
    authorize: Authorize, tokens: TokenIssuer, claims: dict[str, Any]
) -> None:
    token = tokens.token("user-1", claims=claims)

    status, body, challenge = refused(lambda: authorize(token, scopes=(MANAGE_SCOPE,)))

    assert (status, body) == (403, b'{"message":"Forbidden"}')
    assert f'scope="{MANAGE_SCOPE}" error="insufficient_scope"' in challenge


@pytest.mark.parametrize(
    "claims", [{"scope": f"openid {MANAGE_SCOPE}"}, {"scp": ["openid", MANAGE_SCOPE]}, {"scp": MANAGE_SCOPE}]
)
def test_one_of_the_routes_scopes_is_enough(
    authorize: Authorize, tokens: TokenIssuer, claims: dict[str, Any]
) -> None:
    token = tokens.token("user-1", claims=claims)

    assert MANAGE_SCOPE in authorize(token, scopes=("another", MANAGE_SCOPE)).scopes


def test_a_bad_token_is_unauthorized_before_it_is_forbidden(
    authorize: Authorize, tokens: TokenIssuer
) -> None:
    token = tokens.token("user-1", expires_in_seconds=-1)

    assert refused(lambda: authorize(token, scopes=(MANAGE_SCOPE,)))[0] == 401


def test_the_keys_are_read_once(authorize: Authorize, tokens: TokenIssuer, site: FakeIssuerSite) -> None:
    for _ in range(3):
        authorize(tokens.token("user-1"))

    assert len(site.requests) == 2


def test_a_new_key_of_the_issuer_is_found(
    authorize: Authorize, tokens: TokenIssuer, site: FakeIssuerSite
) -> None:
    authorize(tokens.token("user-1"))
    key = generate_private_key(public_exponent=65537, key_size=2048)
    site.issuer = TokenIssuer(url=tokens.url, key=key, clock=tokens.clock)

    identity = authorize(site.issuer.token("user-2"))

    assert identity.claims["sub"] == "user-2"


@pytest.mark.parametrize("headers", [{}, {"kid": "unknown"}])
def test_a_key_the_issuer_does_not_have_is_refused(
    authorize: Authorize, tokens: TokenIssuer, headers: dict[str, str]
) -> None:
    token = jwt.encode(jwt_claims(tokens), tokens.key, algorithm="RS256", headers=headers)

    assert refused(lambda: authorize(token))[0] == 401


def test_an_issuer_that_cannot_be_reached_lets_nobody_in(
    authorize: Authorize, tokens: TokenIssuer, site: FakeIssuerSite
) -> None:
    site.is_down = True

    status, _, challenge = refused(lambda: authorize(tokens.token("user-1")))

    assert (status, "keys cannot be read" in challenge) == (401, True)


def jwt_claims(tokens: TokenIssuer) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(tokens.token("user-1"), options={"verify_signature": False})
    return claims


def sign(tokens: TokenIssuer, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, tokens.key, algorithm="RS256", headers={"kid": tokens.key_id})
