from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from deployment.template.application import JwtAuthorizer
from local.asgi_server import AsgiServer
from local.gateway.authorizer import Authorizer
from local.gateway.exchange import Request
from local.issuer import AUDIENCE, TokenIssuer, create_app
from local.ports import Ports


def test_the_gateway_finds_the_issuers_keys_and_accepts_its_tokens() -> None:
    port = Ports.free().issuer
    key = generate_private_key(public_exponent=65537, key_size=2048)
    tokens = TokenIssuer(url=f"http://127.0.0.1:{port}", key=key, clock=lambda: datetime.now(UTC))
    authorizer = JwtAuthorizer(
        issuer=tokens.url, audiences=(AUDIENCE,), identity_source="$request.header.Authorization"
    )
    request = Request("GET", "/", headers=(("authorization", f"Bearer {tokens.token('user-1')}"),))

    with AsgiServer(create_app(tokens), port=port):
        identity = Authorizer(clock=tokens.clock).authorize(request, authorizer=authorizer, scopes=())

    assert identity.claims["sub"] == "user-1"
