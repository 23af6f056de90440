import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest

from local.issuer import (
    AUDIENCE,
    MANAGE_SCOPE,
    SETTINGS_SCOPE,
    SigningKeyError,
    TokenIssuer,
    load_signing_key,
)


def test_a_token_says_who_where_and_for_how_long(tokens: TokenIssuer) -> None:
    token = tokens.token("user-1", expires_in_seconds=60)

    claims = jwt.decode(token, options={"verify_signature": False})
    issued = int(tokens.clock().timestamp())
    assert claims == {"iss": tokens.url, "aud": AUDIENCE, "sub": "user-1", "iat": issued, "exp": issued + 60}
    assert jwt.get_unverified_header(token) == {"alg": "RS256", "typ": "JWT", "kid": tokens.key_id}


def test_only_a_manager_has_the_scope(tokens: TokenIssuer) -> None:
    claims = jwt.decode(tokens.token("user-1", manage=True), options={"verify_signature": False})

    assert claims["scope"] == MANAGE_SCOPE


@pytest.mark.parametrize(
    ("manage", "scopes"), [(False, SETTINGS_SCOPE), (True, f"{MANAGE_SCOPE} {SETTINGS_SCOPE}")]
)
def test_the_scope_of_the_settings_is_one_of_its_own(
    tokens: TokenIssuer, *, manage: bool, scopes: str
) -> None:
    token = tokens.token("user-1", manage=manage, settings=True)

    assert jwt.decode(token, options={"verify_signature": False})["scope"] == scopes


def test_the_published_key_verifies_the_tokens(tokens: TokenIssuer) -> None:
    key_set = jwt.PyJWKSet.from_dict(tokens.key_set())

    claims = jwt.decode(
        tokens.token("user-1"),
        key_set[tokens.key_id],
        algorithms=["RS256"],
        audience=AUDIENCE,
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims["sub"] == "user-1"


def test_nothing_private_is_published(tokens: TokenIssuer) -> None:
    [key] = tokens.key_set()["keys"]

    assert set(key) <= {"kty", "n", "e", "kid", "use", "alg", "key_ops"}


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "key.pem"

    first = load_signing_key(path)
    second = load_signing_key(path)

    assert first.private_numbers() == second.private_numbers()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["key.pem"]


def test_all_who_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"

    with ThreadPoolExecutor(max_workers=4) as threads:
        keys = list(threads.map(load_signing_key, [path] * 4))

    assert len({key.private_numbers().d for key in keys}) == 1


def test_a_broken_key_file_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text("not a key", encoding="utf-8")

    with pytest.raises(SigningKeyError, match=r"key\.pem"):
        load_signing_key(path)
