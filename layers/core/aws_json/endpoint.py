"""DynamoDB's endpoint: host and port in each region."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from aws_json.errors import ConfigurationError

SERVICE = "dynamodb"
"""In host names and signatures."""
ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL")
"""https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html"""
UNSUPPORTED_SWITCHES = ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT")
"""https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html"""

# By the beginning of the region's name; what stands nowhere here is the first partition's.
DNS_SUFFIXES = {
    "cn-": "amazonaws.com.cn",
    "eusc-": "amazonaws.eu",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "us-isof-": "csp.hci.ic.gov",
    "eu-isoe-": "cloud.adc-e.uk",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where to connect."""

    host: str
    port: int
    is_tls: bool

    @classmethod
    def of(cls, url: str) -> "Origin":
        """Read an address without a path.

        Raises:
            ValueError: it is none.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
            raise ValueError("not an http(s) address")
        if parts.path.rstrip("/") or parts.query or parts.fragment:
            raise ValueError("more than an address")
        is_tls = parts.scheme == "https"
        return cls(host=parts.hostname, port=parts.port or (443 if is_tls else 80), is_tls=is_tls)

    @property
    def authority(self) -> str:
        """What the `Host` header says: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_tls else 80) else f"{host}:{self.port}"


def region(environment: Mapping[str, str]) -> str:
    """Return the region, which Lambda puts into AWS_REGION.

    Raises:
        ConfigurationError: there is none.
    """
    name = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    if not name:
        raise ConfigurationError("AWS_REGION is not set")
    return name


def origin(environment: Mapping[str, str]) -> Origin:
    """Return DynamoDB's address: its own override, the one for all services, or AWS's.

    Variables that name a proxy have no effect: a network that needs one shows as a timeout, and no proxy's
    log gets the session token.

    Raises:
        ConfigurationError: no region, an override that is no plain address, or a kind of endpoint that this
            client does not know.
    """
    for variable in UNSUPPORTED_SWITCHES:
        if environment.get(variable, "").strip().lower() not in {"", "false"}:
            raise ConfigurationError(f"{variable} is not supported: remove it or set it to false")
    for variable in ENDPOINT_VARIABLES:
        if url := environment.get(variable):
            try:
                return Origin.of(url)
            except ValueError as error:
                raise ConfigurationError(f"{variable} must be http(s)://host[:port]") from error
    name = region(environment)
    suffix = next(
        (suffix for start, suffix in DNS_SUFFIXES.items() if name.startswith(start)), "amazonaws.com"
    )
    return Origin(host=f"{SERVICE}.{name}.{suffix}", port=443, is_tls=True)
