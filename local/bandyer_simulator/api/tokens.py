"""Link tokens: the last segment of a user's link.

https://docs.bandyer.com/Bandyer-RESTAPI/ (token)
"""

from local.bandyer_simulator.api.endpoint import Call, Endpoint, Json
from local.bandyer_simulator.api.errors import invalid_request


def check_token(call: Call) -> Json:
    """Return whether a link works. Choice: an unknown token counts as not active."""
    token = call.path["token_id"]
    if call.state.live_link(token):
        return {"token": token, "code": "ACTIVE_TOKEN", "message": "The token is active"}
    return {"token": token, "code": "NOT_ACTIVE_TOKEN", "message": "The token is not active"}


def delete_token(call: Call) -> Json:
    """Revoke one user's link. Choice: an inactive or unknown token is 404 `token_not_found`."""
    token = call.path["token_id"]
    if call.state.live_link(token) is None:
        raise invalid_request("token_not_found", message="Token not found", status=404)
    call.state.revoked_tokens.add(token)
    return {"token": token, "message": f"token {token} deleted"}


ENDPOINTS = (
    Endpoint("GET", "/token/check/{token_id}", check_token),
    Endpoint("DELETE", "/token/delete/{token_id}", delete_token),
)
