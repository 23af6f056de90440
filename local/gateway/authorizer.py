"""The JWT authorizer of HTTP APIs: checks tokens and answers 401 or 403 as API Gateway does.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeIs

import jwt
import requests
from jwt.types import Options

from deployment.template.application import JwtAuthorizer
from local.gateway.exchange import Json, Request, Response

# API Gateway verifies RSA signatures only; "none" and shared secrets are refused.
_ALGORITHMS: Final = ("RS256", "RS384", "RS512")
_FETCH_TIMEOUT_SECONDS: Final = 2.0
_IDENTITY_SOURCE: Final = "$request.header."
# `_check_claims` checks the claims by API Gateway's rules and the injected clock.
_SIGNATURE_ONLY: Final[Options] = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}

type FetchJson = Callable[[str], Json]


class AccessDeniedError(Exception):
    """The request is refused; `response` is API Gateway's answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"refused with {response.status}")
        self.response = response


@dataclass(frozen=True)
class Identity:
    """The claims and scopes of a verified token."""

    claims: Mapping[str, Any]
    scopes: tuple[str, ...]


class _InvalidTokenError(Exception):
    """The token is invalid; the text is the error_description."""


def fetch_json(url: str) -> Json:
    """Return a JSON document fetched over HTTP.

    Raises:
        OSError: the request failed.
        ValueError: the answer is not JSON.
    """
    response = requests.get(url, timeout=_FETCH_TIMEOUT_SECONDS)
    response.raise_for_status()
    return response.json()


class IssuerKeys:
    """One issuer's public keys from OpenID Connect discovery; cached, and reloaded for an unknown key id."""

    def __init__(self, issuer: str, *, fetch: FetchJson) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._keys: dict[str, jwt.PyJWK] = {}
        self._lock = threading.Lock()

    def find(self, key_id: str) -> jwt.PyJWK | None:
        """Return the key of that id, or None.

        Raises:
            OSError: the issuer cannot be reached.
            ValueError, KeyError, jwt.PyJWTError: its answer is not a key set.
        """
        with self._lock:
            if key_id not in self._keys:
                location = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
                key_set = jwt.PyJWKSet.from_dict(self._fetch(self._fetch(location)["jwks_uri"]))
                self._keys = {key.key_id: key for key in key_set.keys if key.key_id}
            return self._keys.get(key_id)


class Authorizer:
    """Verifies the token of a request for any of the API's authorizers."""

    def __init__(self, *, clock: Callable[[], datetime], fetch: FetchJson = fetch_json) -> None:
        self._clock = clock
        self._fetch = fetch
        self._keys: dict[str, IssuerKeys] = {}

    def authorize(self, request: Request, *, authorizer: JwtAuthorizer, scopes: tuple[str, ...]) -> Identity:
        """Return the caller's identity; the token must have one of `scopes`, if there are any.

        Raises:
            AccessDeniedError: the token is missing (401), invalid (401), or without a scope (403).
        """
        source = authorizer.identity_source.removeprefix(_IDENTITY_SOURCE)
        header = request.header(source)
        if not header:
            raise AccessDeniedError(
                Response.message(401, "Unauthorized", headers=(("www-authenticate", "Bearer"),))
            )
        token = header[len("bearer ") :].strip() if header.lower().startswith("bearer ") else header
        required = " ".join(scopes)
        try:
            claims = self._verified(token, authorizer)
        except _InvalidTokenError as error:
            # Text and format of the challenge follow AWS's one published example, for a wrong audience.
            # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html
            challenge = f'Bearer scope="{required}" error="invalid_token" error_description="{error}"'
            raise AccessDeniedError(
                Response.message(401, "Unauthorized", headers=(("www-authenticate", challenge),))
            ) from error
        granted = _scopes(claims)
        if scopes and not set(scopes) & set(granted):
            challenge = (
                f'Bearer scope="{required}" error="insufficient_scope" '
                'error_description="the token does not have the required scope"'
            )
            raise AccessDeniedError(
                Response.message(403, "Forbidden", headers=(("www-authenticate", challenge),))
            )
        return Identity(claims=claims, scopes=granted)

    def _verified(self, token: str, authorizer: JwtAuthorizer) -> Mapping[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise _InvalidTokenError("the token is malformed") from error
        if header.get("alg") not in _ALGORITHMS:
            raise _InvalidTokenError("the signing method is invalid")
        key = self._key(header, authorizer.issuer)
        try:
            claims: dict[str, Any] = jwt.decode(
                token, key, algorithms=list(_ALGORITHMS), options=_SIGNATURE_ONLY
            )
        except jwt.PyJWTError as error:
            raise _InvalidTokenError("the token has an invalid signature") from error
        _check_claims(claims, authorizer=authorizer, now=self._clock().timestamp())
        return claims

    def _key(self, header: Mapping[str, Any], issuer: str) -> jwt.PyJWK:
        keys = self._keys.setdefault(issuer, IssuerKeys(issuer, fetch=self._fetch))
        try:
            key = keys.find(str(header.get("kid", "")))
        except (OSError, ValueError, KeyError, TypeError, jwt.PyJWTError) as error:
            raise _InvalidTokenError("the issuer's keys cannot be read") from error
        if key is None:
            raise _InvalidTokenError("the token's key id is unknown to the issuer")
        return key


def _check_claims(claims: Mapping[str, Any], *, authorizer: JwtAuthorizer, now: float) -> None:
    if claims.get("iss") != authorizer.issuer:
        raise _InvalidTokenError("the token does not have a valid issuer")
    # client_id is used only without aud: access tokens of some issuers have no audience.
    audience = claims.get("aud", claims.get("client_id"))
    meant_for = audience if isinstance(audience, list) else [audience]
    if not any(item in authorizer.audiences for item in meant_for):
        raise _InvalidTokenError("the token does not have a valid audience")
    expires = claims.get("exp")
    if not _is_time(expires) or expires <= now:
        raise _InvalidTokenError("the token has expired")
    for claim, description in (
        ("nbf", "the token is not valid yet"),
        ("iat", "the token is used before issued"),
    ):
        value = claims.get(claim)
        if value is not None and (not _is_time(value) or value > now):
            raise _InvalidTokenError(description)


def _is_time(value: Json) -> TypeIs[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _scopes(claims: Mapping[str, Any]) -> tuple[str, ...]:
    value = claims.get("scope", claims.get("scp"))
    if isinstance(value, str):
        return tuple(value.split())
    return tuple(str(item) for item in value) if isinstance(value, list) else ()
