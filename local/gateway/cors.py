"""The headers with which API Gateway lets the scripts of other sites call the API.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from deployment.template.application import Cors
from local.gateway.exchange import Request


def cors_headers(request: Request, *, cors: Cors | None) -> tuple[tuple[str, str], ...]:
    """Return the headers for a request of an allowed site, more of them for its preflight; else none."""
    origin = request.header("origin")
    if cors is None or origin not in cors.origins:
        return ()
    if request.method != "OPTIONS":
        exposed = ",".join(cors.response_headers)
        return (("access-control-allow-origin", origin), ("access-control-expose-headers", exposed))
    return (
        ("access-control-allow-origin", origin),
        ("access-control-allow-methods", ",".join(cors.methods)),
        ("access-control-allow-headers", ",".join(cors.request_headers)),
        ("access-control-max-age", str(cors.seconds)),
    )
