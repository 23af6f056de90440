"""The token issuer: OpenID Connect discovery, the public key, and tokens signed with a key kept on disk.

The right to read the key file is the right to sign any token; the sign-in page asks for no password.
"""

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm
from jwt.utils import base64url_encode
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

AUDIENCE: Final = "teleconsultation"
MANAGE_SCOPE: Final = "teleconsultation/manage"
SETTINGS_SCOPE: Final = "teleconsultation/settings"
DEFAULT_LIFETIME_SECONDS: Final = 12 * 3600
_KEY_BITS: Final = 2048


class SigningKeyError(Exception):
    """The key file cannot be read or written."""


def load_signing_key(path: Path) -> RSAPrivateKey:
    """Return the key, created on first use; only its owner may read the file.

    Raises:
        SigningKeyError: the file is not an RSA key, or cannot be read or created.
    """
    try:
        if not path.exists():
            _create_key(path)
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise SigningKeyError(
            f"{path} cannot be used as the token issuer's key; remove it to get a new one"
        ) from error
    if not isinstance(key, RSAPrivateKey):
        raise SigningKeyError(f"{path} is not an RSA key; remove it to get a new one")
    return key


def _create_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = generate_private_key(public_exponent=65537, key_size=_KEY_BITS).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # Written to a temporary file (mode 600) and linked: if two processes create the key at the same time,
    # one wins, and both read a complete file.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    with contextlib.suppress(FileExistsError):
        os.link(temporary, path)
    Path(temporary).unlink()


@dataclass(frozen=True)
class TokenIssuer:
    """Signs tokens as `url` would; `clock` gives aware UTC times."""

    url: str
    key: RSAPrivateKey
    clock: Callable[[], datetime]

    def token(
        self,
        user_id: str,
        *,
        manage: bool = False,
        settings: bool = False,
        expires_in_seconds: int = DEFAULT_LIFETIME_SECONDS,
        claims: dict[str, Any] | None = None,
    ) -> str:
        """Return a signed token for a user; `manage` and `settings` add scopes, `claims` override others."""
        issued = int(self.clock().timestamp())
        content: dict[str, Any] = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": user_id,
            "iat": issued,
            "exp": issued + expires_in_seconds,
        }
        scopes = {MANAGE_SCOPE: manage, SETTINGS_SCOPE: settings}
        if any(scopes.values()):
            content["scope"] = " ".join(scope for scope, is_given in scopes.items() if is_given)
        return jwt.encode(
            {**content, **(claims or {})}, self.key, algorithm="RS256", headers={"kid": self.key_id}
        )

    @property
    def key_id(self) -> str:
        """The key's thumbprint (RFC 7638), so that a new key gets a new id."""
        public = self._public_key()
        members = {name: public[name] for name in ("e", "kty", "n")}
        digest = hashes.Hash(hashes.SHA256())
        digest.update(json.dumps(members, sort_keys=True, separators=(",", ":")).encode())
        return base64url_encode(digest.finalize()).decode()

    def key_set(self) -> dict[str, Any]:
        """Return the public key as a JSON Web Key Set (RFC 7517)."""
        return {"keys": [{**self._public_key(), "kid": self.key_id, "use": "sig", "alg": "RS256"}]}

    def discovery(self) -> dict[str, Any]:
        """Return the document that OpenID Connect Discovery requires of an issuer."""
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/.well-known/jwks.json",
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "subject_types_supported": ["public"],
            "response_types_supported": ["code"],
        }

    def _public_key(self) -> dict[str, Any]:
        return RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)


def create_app(issuer: TokenIssuer, *, more: Sequence[Route] = ()) -> Starlette:
    """Return the ASGI application that serves discovery document and keys, and `more` routes."""

    async def discovery(_request: Request) -> JSONResponse:
        return JSONResponse(issuer.discovery())

    async def key_set(_request: Request) -> JSONResponse:
        return JSONResponse(issuer.key_set())

    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", discovery),
            Route("/.well-known/jwks.json", key_set),
            *more,
        ]
    )
