"""Check the identity provider before the build: API Gateway needs its discovery document.

https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationResponse
"""

from typing import Final

import requests

from deployment.errors import DeploymentError

_TIMEOUT_SECONDS: Final = 10.0


def check_issuer(issuer: str) -> None:
    """Check that the issuer's discovery document exists and contains exactly this issuer.

    Raises:
        DeploymentError: the document cannot be read, or its issuer differs, even by a closing slash.
    """
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        answer = requests.get(address, timeout=_TIMEOUT_SECONDS)
        answer.raise_for_status()
        named = answer.json()["issuer"]
    except (requests.RequestException, KeyError, TypeError) as error:
        raise DeploymentError(
            f"OidcIssuer {issuer} is not an OpenID Connect issuer: {address} cannot be read."
        ) from error
    if named != issuer:
        raise DeploymentError(f"OidcIssuer is {issuer}, but its document has {named}: use that.")
