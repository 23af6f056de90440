"""Which address a service has, and what it wants to be called."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from aws_json.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """One AWS service that speaks JSON 1.0 or 1.1 over HTTP.

    https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
    """

    name: str
    """In host names and signatures."""
    target: str
    """What `X-Amz-Target` puts before the operation."""
    json_version: str
    endpoint_variable: str
    """https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html"""


DYNAMODB = Service(
    name="dynamodb",
    target="DynamoDB_20120810",
    json_version="1.0",
    endpoint_variable="AWS_ENDPOINT_URL_DYNAMODB",
)
SECRETS_MANAGER = Service(
    name="secretsmanager",
    target="secretsmanager",
    json_version="1.1",
    endpoint_variable="AWS_ENDPOINT_URL_SECRETS_MANAGER",
)

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


def origin(service: Service, *, environment: Mapping[str, str]) -> Origin:
    """Return the service's address: its own override, the one for all services, or AWS's.

    Proxies are not looked at: who has to use one learns it from a timeout, not from a token in a proxy's log.

    Raises:
        ConfigurationError: no region, or an override that is no plain address.
    """
    for variable in (service.endpoint_variable, "AWS_ENDPOINT_URL"):
        if url := environment.get(variable):
            try:
                return Origin.of(url)
            except ValueError as error:
                raise ConfigurationError(f"{variable} must be http(s)://host[:port]") from error
    name = region(environment)
    suffix = next(
        (suffix for start, suffix in DNS_SUFFIXES.items() if name.startswith(start)), "amazonaws.com"
    )
    return Origin(host=f"{service.name}.{name}.{suffix}", port=443, is_tls=True)
