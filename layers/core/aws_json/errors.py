"""What can go wrong between us and an AWS service.

    AwsError
    ├── RefusedError           the service understood and said no; waiting does not change that
    ├── UnavailableError       throttled, down or out of reach; a write may have happened
    └── ConfigurationError     no region, no credentials, an endpoint that makes no sense

Texts hold AWS's error codes and names of variables, never a message or a body: those may quote the request.
"""

from typing import Any


class AwsError(Exception):
    """Base of all errors of this client."""


class RefusedError(AwsError):
    """The service refused the request."""

    def __init__(self, code: str, *, status: int, body: dict[str, Any]) -> None:
        """Keep AWS's error code, the HTTP status and the whole answer, which is not to be logged."""
        super().__init__(f"refused: {code}")
        self.code = code
        self.status = status
        self.body = body


class UnavailableError(AwsError):
    """The service cannot answer now."""

    def __init__(self, code: str) -> None:
        """Keep AWS's error code, or the name of what happened to the connection."""
        super().__init__(f"unavailable: {code}")
        self.code = code


class ConfigurationError(AwsError):
    """The environment lacks something; the text names the variable."""
