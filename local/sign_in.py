"""The token issuer's sign-in page: authorization code with PKCE (RFC 7636), without passwords.

A choice of a person takes the place of a password, so this belongs on a laptop only.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from jwt.utils import base64url_encode
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from local.issuer import AUDIENCE, TokenIssuer

CLIENT_ID: Final = AUDIENCE
RETURN_PATH: Final = "/signed-in"
DOCTOR_ID: Final = "doctor-1"
PATIENT_ID: Final = "patient-1"
PEOPLE: Final = {DOCTOR_ID: "Dana Doctor", PATIENT_ID: "Paolo Patient"}
"""The demonstration's people, whose names the sign-in page offers."""
_CODE_SECONDS: Final = 60


@dataclass(frozen=True)
class _Grant:
    """What a code stands for."""

    user_id: str
    nonce: str
    challenge: str
    expires_at: float


def configuration(issuer_url: str) -> dict[str, str]:
    """Return the page's configuration for signing in here."""
    return {
        "url": "",
        "clientId": CLIENT_ID,
        "authorizationEndpoint": f"{issuer_url}/authorize",
        "tokenEndpoint": f"{issuer_url}/token",
        "scope": "openid",
    }


def routes(issuer: TokenIssuer, *, site_url: str) -> list[Route]:
    """Return the routes for the page at `site_url`, the only one that a code is sent to."""
    grants: dict[str, _Grant] = {}
    redirect_uri = site_url + RETURN_PATH

    async def authorize(request: Request) -> Response:
        asked = request.query_params
        if (asked.get("client_id"), asked.get("redirect_uri")) != (CLIENT_ID, redirect_uri):
            return PlainTextResponse("Client or redirect URI is unknown.", status_code=400)
        answer = {"state": asked.get("state", "")}
        if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
            return _redirect(redirect_uri, answer | {"error": "invalid_request"})
        user_id = dict(enumerate(PEOPLE)).get(int(asked.get("person", "-1")))
        if user_id is None:
            return HTMLResponse(_page(asked))
        code = secrets.token_urlsafe()
        grants[code] = _Grant(
            user_id=user_id,
            nonce=asked.get("nonce", ""),
            challenge=asked.get("code_challenge", ""),
            expires_at=issuer.clock().timestamp() + _CODE_SECONDS,
        )
        return _redirect(redirect_uri, answer | {"code": code})

    async def token(request: Request) -> Response:
        headers = {"access-control-allow-origin": site_url, "cache-control": "no-store"}
        sent = dict(parse_qsl((await request.body()).decode("ascii", errors="replace")))
        grant = grants.pop(sent.get("code", ""), None)
        expected = {
            "grant_type": "authorization_code",
            "client_id": CLIENT_ID,
            "redirect_uri": redirect_uri,
        }
        if (
            grant is None
            or grant.expires_at <= issuer.clock().timestamp()
            or _challenge(sent.get("code_verifier", "")) != grant.challenge
            or expected.items() - sent.items()
        ):
            return JSONResponse({"error": "invalid_grant"}, status_code=400, headers=headers)
        return JSONResponse(_tokens(issuer, grant), headers=headers)

    return [Route("/authorize", authorize), Route("/token", token, methods=["POST"])]


def _tokens(issuer: TokenIssuer, grant: _Grant) -> dict[str, Any]:
    return {
        "access_token": issuer.token(grant.user_id),
        "id_token": issuer.token(grant.user_id, claims={"nonce": grant.nonce}),
        "token_type": "Bearer",
    }


def _challenge(verifier: str) -> str:
    return base64url_encode(hashlib.sha256(verifier.encode()).digest()).decode()


def _redirect(uri: str, parameters: Mapping[str, str]) -> RedirectResponse:
    return RedirectResponse(f"{uri}?{urlencode(parameters)}", status_code=302)


def _page(asked: Mapping[str, str]) -> str:
    links = "".join(
        f'<p><a href="?{escape(urlencode({**asked, "person": number}))}">{escape(name)}</a></p>'
        for number, name in enumerate(PEOPLE.values())
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f'<main style="font: 1.25rem system-ui; margin: 3rem"><h1>Sign in as</h1>{links}</main></html>'
    )
