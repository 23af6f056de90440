"""Check the identity provider before the build: API Gateway and the page's sign-in need its document.

https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationResponse
"""

from collections.abc import Mapping
from typing import Final

import requests

from deployment.errors import DeploymentError

_TIMEOUT_SECONDS: Final = 10.0
_ENDPOINTS: Final = {
    "SignInAuthorizationEndpoint": "authorization_endpoint",
    "SignInTokenEndpoint": "token_endpoint",
}


def check_issuer(parameters: Mapping[str, str]) -> None:
    """Check that the issuer's discovery document exists and contains exactly this issuer and its endpoints.

    Raises:
        DeploymentError: the document cannot be read, its issuer differs, even by a closing slash, or so does
            an endpoint of the page's sign-in.
    """
    issuer = parameters["OidcIssuer"]
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        answer = requests.get(address, timeout=_TIMEOUT_SECONDS)
        answer.raise_for_status()
        document = answer.json()
        named = document["issuer"]
    except (requests.RequestException, KeyError, TypeError) as error:
        raise DeploymentError(
            f"OidcIssuer {issuer} is not an OpenID Connect issuer: {address} cannot be read."
        ) from error
    if named != issuer:
        raise DeploymentError(f"OidcIssuer is {issuer}, but its document has {named}: use that.")
    if not parameters.get("SignInClientId"):
        return
    for parameter, member in _ENDPOINTS.items():
        given, its = parameters.get(parameter, "").partition("?")[0], document.get(member)
        if given != its:
            raise DeploymentError(f"{parameter} is {given or 'empty'}, but {address} has {its}: use that.")
