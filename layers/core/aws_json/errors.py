"""What can go wrong between us and DynamoDB.

    AwsError
    ├── RefusedError           DynamoDB understood and said no; waiting does not change that
    ├── UnavailableError       throttled, down or out of reach
    └── ConfigurationError     no region, no credentials, an endpoint that makes no sense

Texts hold AWS's error codes and names of variables, never a message or a body: those may quote the request.
"""


class AwsError(Exception):
    """Base of all errors of this client."""


class RefusedError(AwsError):
    """DynamoDB refused the request."""

    def __init__(self, code: str) -> None:
        """Keep AWS's error code."""
        super().__init__(f"refused: {code}")
        self.code = code


class UnavailableError(AwsError):
    """DynamoDB cannot answer now."""

    def __init__(self, code: str) -> None:
        """Keep AWS's error code, or the name of what happened to the connection."""
        super().__init__(f"unavailable: {code}")
        self.code = code


class ConfigurationError(AwsError):
    """The environment lacks something; the text names the variable."""
