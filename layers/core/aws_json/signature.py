"""AWS Signature Version 4, for the one shape of request there is here: POST to `/`, no query.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from aws_json.credentials import Credentials
from aws_json.endpoint import SERVICE

ALGORITHM = "AWS4-HMAC-SHA256"


def signed_headers(
    headers: Mapping[str, str],
    *,
    body: bytes,
    credentials: Credentials,
    region: str,
    now: datetime,
) -> dict[str, str]:
    """Return the headers, whose names are in lower case, with the signature and what it needs added.

    All of them are signed, `host` must be among them; values have no spaces to spare. `now` is in UTC.
    """
    timestamp = now.strftime("%Y%m%dT%H%M%SZ")
    day = timestamp[:8]
    signed = {**headers, "x-amz-date": timestamp}
    if credentials.session_token is not None:
        signed["x-amz-security-token"] = credentials.session_token
    names = sorted(signed)
    names_text = ";".join(names)
    canonical_headers = "".join(f"{name}:{signed[name]}\n" for name in names)
    canonical_request = f"POST\n/\n\n{canonical_headers}\n{names_text}\n{sha256(body).hexdigest()}"
    scope = f"{day}/{region}/{SERVICE}/aws4_request"
    to_sign = f"{ALGORITHM}\n{timestamp}\n{scope}\n{sha256(canonical_request.encode()).hexdigest()}"
    key = _key(credentials.secret_access_key, day=day, region=region)
    signed["authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key_id}/{scope}, "
        f"SignedHeaders={names_text}, Signature={hmac.digest(key, to_sign.encode(), 'sha256').hex()}"
    )
    return signed


# It changes once a day.
@lru_cache(maxsize=2)
def _key(secret: str, *, day: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, SERVICE, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
