"""Access tokens for the provider's SDKs.

https://developers.kaleyra.io/reference/video-authentication
"""

import hashlib
from datetime import timedelta

import jwt

from local.bandyer_simulator.api.endpoint import Call, Endpoint, Json
from local.bandyer_simulator.api.errors import invalid_value, unknown_user
from local.bandyer_simulator.api.paging import whole_number
from local.bandyer_simulator.memory.state import wire_time

MIN_EXPIRY_SECONDS = 360
MAX_EXPIRY_SECONDS = 86_400
# Choice: the vendor documents no default; one of its samples uses the minimum.
DEFAULT_EXPIRY_SECONDS = MIN_EXPIRY_SECONDS
COMPANY_ID = "cmpny_simulator"


def create_credentials(call: Call) -> Json:
    """Return a token for one user, valid for `expires_in` seconds.

    The body may be JSON or, by choice, urlencoded: one public client posts a form here.
    """
    user_id = call.fields.get("user_id")
    if not isinstance(user_id, str) or user_id not in call.state.users:
        raise unknown_user()
    seconds = whole_number(call.fields.get("expires_in", DEFAULT_EXPIRY_SECONDS))
    if seconds is None or not MIN_EXPIRY_SECONDS <= seconds <= MAX_EXPIRY_SECONDS:
        # Choice of code.
        raise invalid_value(
            "invalid_expires_in", message=f"expires_in: {MIN_EXPIRY_SECONDS} to {MAX_EXPIRY_SECONDS} seconds"
        )
    now = call.state.clock()
    expires_at = now + timedelta(seconds=seconds)
    claims = {
        "user": user_id,
        "companyId": COMPANY_ID,
        "allowCamera": call.state.users[user_id].can_video,
        "iat": int(now.timestamp()),
        "exp": int(expires_at.timestamp()),
        "iss": "@switchboard-core",
        "sub": f"{user_id}#{COMPANY_ID}",
    }
    token = jwt.encode(claims, signing_key(call.state.api_key), algorithm="HS256")
    return {"access_token": token, "expires_at": wire_time(expires_at), "user_id": user_id}


def signing_key(api_key: str) -> bytes:
    """Derive what tokens are signed with, by choice: HS256 wants 32 bytes (RFC 7518, 3.2) and an API key may
    be shorter.
    """
    return hashlib.sha256(api_key.encode()).digest()


ENDPOINTS = (Endpoint("POST", "/sdk/credentials", create_credentials, accepts_form=True),)
