"""The identity provider, looked at before anything is built: API Gateway refuses one that it cannot read.

https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationResponse
"""

from typing import Final

import requests

from deployment.errors import DeploymentError

_TIMEOUT_SECONDS: Final = 10.0


def check_issuer(issuer: str) -> None:
    """Read the issuer's discovery document, and see that it calls itself by that very name.

    Raises:
        DeploymentError: it cannot be read, or its name differs, if only by the closing slash.
    """
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        answer = requests.get(address, timeout=_TIMEOUT_SECONDS)
        answer.raise_for_status()
        named = answer.json()["issuer"]
    except (requests.RequestException, KeyError, TypeError) as error:
        raise DeploymentError(
            f"OidcIssuer {issuer} is no OpenID Connect issuer: {address} cannot be read."
        ) from error
    if named != issuer:
        raise DeploymentError(f"OidcIssuer is {issuer}, but the issuer calls itself {named}: use that.")
