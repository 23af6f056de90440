from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from local.issuer import TokenIssuer
from tests.unit.deployment.template.conftest import ISSUER_URL, application, sample, write_template

__all__ = ["application", "sample", "write_template"]

NOW = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def signing_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def tokens(signing_key: RSAPrivateKey) -> TokenIssuer:
    return TokenIssuer(url=ISSUER_URL, key=signing_key, clock=lambda: NOW)
