"""The token issuer's sign-in page: a code for one person, one page and one verifier, once."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from jwt.utils import base64url_encode

from local import sign_in
from local.asgi_server import AsgiServer
from local.issuer import AUDIENCE, TokenIssuer, create_app
from local.ports import HOST, Ports

SITE = "http://127.0.0.1:8080"
VERIFIER = "v" * 43
CHALLENGE = base64url_encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()
ASKED = {
    "response_type": "code",
    "client_id": AUDIENCE,
    "redirect_uri": f"{SITE}/signed-in",
    "scope": "openid",
    "state": "s1",
    "nonce": "n1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
TIMEOUT_SECONDS = 10


class Clock:
    now = datetime(2026, 12, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def url(clock: Clock) -> Iterator[str]:
    port = Ports.free().issuer
    key = generate_private_key(public_exponent=65537, key_size=2048)
    tokens = TokenIssuer(url=f"http://{HOST}:{port}", key=key, clock=clock)
    with AsgiServer(create_app(tokens, more=sign_in.routes(tokens, site_url=SITE)), host=HOST, port=port):
        yield tokens.url


def authorize(url: str, asked: Mapping[str, str]) -> requests.Response:
    return requests.get(f"{url}/authorize", asked, allow_redirects=False, timeout=TIMEOUT_SECONDS)


def answer_of(response: requests.Response) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(response.headers["location"]).query))


def redeem(url: str, granted: str, /, **changes: str) -> requests.Response:
    sent = {
        "grant_type": "authorization_code",
        "code": granted,
        "client_id": AUDIENCE,
        "redirect_uri": f"{SITE}/signed-in",
        "code_verifier": VERIFIER,
    }
    return requests.post(f"{url}/token", sent | changes, timeout=TIMEOUT_SECONDS)


def code(url: str) -> str:
    return answer_of(authorize(url, ASKED | {"person": "0"}))["code"]


def test_the_page_offers_the_demonstrations_people(url: str) -> None:
    page = authorize(url, ASKED)

    assert page.status_code == 200
    assert all(name in page.text for name in sign_in.PEOPLE.values())


def test_a_choice_becomes_tokens_of_that_person(url: str) -> None:
    chosen = authorize(url, ASKED | {"person": "1"})

    given = redeem(url, answer_of(chosen)["code"])

    assert chosen.headers["location"].startswith(f"{SITE}/signed-in?")
    assert answer_of(chosen)["state"] == "s1"
    assert given.headers["access-control-allow-origin"] == SITE
    access, identity = (
        jwt.decode(given.json()[name], options={"verify_signature": False})
        for name in ("access_token", "id_token")
    )
    assert (access["sub"], identity["sub"], identity["nonce"]) == (sign_in.PATIENT_ID,) * 2 + ("n1",)
    assert access["aud"] == identity["aud"] == AUDIENCE


@pytest.mark.parametrize(
    "change",
    [
        {"code_verifier": "w" * 43},
        {"redirect_uri": f"{SITE}/elsewhere"},
        {"client_id": "other"},
        {"grant_type": "password"},
        {"code": "guessed"},
    ],
    ids=str,
)
def test_a_code_is_for_one_verifier_page_and_client(url: str, change: dict[str, str]) -> None:
    response = redeem(url, code(url), **change)

    assert (response.status_code, response.json()) == (400, {"error": "invalid_grant"})


def test_a_code_works_once_and_for_a_minute(url: str, clock: Clock) -> None:
    used, late = code(url), code(url)
    assert redeem(url, used).status_code == 200

    assert redeem(url, used).status_code == 400
    clock.now += timedelta(minutes=1)
    assert redeem(url, late).status_code == 400


@pytest.mark.parametrize("change", [{"redirect_uri": f"{SITE}/signed-in/"}, {"client_id": "other"}], ids=str)
def test_nobody_is_led_to_another_address(url: str, change: dict[str, str]) -> None:
    response = authorize(url, ASKED | {"person": "0"} | change)

    assert response.status_code == 400
    assert "location" not in response.headers


@pytest.mark.parametrize("change", [{"code_challenge_method": "plain"}, {"response_type": "token"}], ids=str)
def test_no_code_is_given_without_a_challenge(url: str, change: dict[str, str]) -> None:
    response = authorize(url, ASKED | {"person": "0"} | change)

    assert answer_of(response) == {"state": "s1", "error": "invalid_request"}
