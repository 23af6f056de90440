"""Read one environment of samconfig.toml and check it against the template's parameters.

CloudFormation checks parameters too, but only after build and upload.
"""

import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deployment.consent import check_consent
from deployment.errors import DeploymentError
from deployment.privileges import check_privileges
from deployment.template.intrinsics import parse_template

# SAM CLI uses `default` without --config-env, so a bare `sam deploy` does not reach production.
SAM_ENVIRONMENTS: Final = {"dev": "default", "prod": "prod"}
CONFIGURATION: Final = "samconfig.toml"
_PLACEHOLDER: Final = "issuer.example.com"
# The page's headers repeat each origin nine times, and CloudFront limits their length.
_MAX_FRAME_ORIGINS: Final = 4


@dataclass(frozen=True, kw_only=True)
class Target:
    """One environment; `region` and `profile` None mean the machine's AWS settings."""

    environment: str
    stack_name: str
    region: str | None
    profile: str | None
    parameters: Mapping[str, str]
    """All parameters of the template, with defaults for those that are not set."""

    @property
    def sam_environment(self) -> str:
        """The environment's name in samconfig.toml."""
        return SAM_ENVIRONMENTS[self.environment]

    @property
    def is_production(self) -> bool:
        """Whether this is the production environment."""
        return self.environment == "prod"


def read_target(environment: str, *, project: Path) -> Target:
    """Return one environment with checked parameters.

    Raises:
        DeploymentError: the environment does not exist, or a parameter is missing, unknown or invalid.
    """
    if environment not in SAM_ENVIRONMENTS:
        raise DeploymentError("Choose the environment: ENV=dev or ENV=prod.")
    section = f"[{SAM_ENVIRONMENTS[environment]}.deploy.parameters] of {CONFIGURATION}"
    settings = _settings(project / CONFIGURATION, SAM_ENVIRONMENTS[environment])
    if "stack_name" not in settings:
        raise DeploymentError(f"{section} has no stack_name.")
    given = dict(_overrides(settings.get("parameter_overrides", [])))
    template = parse_template((project / "template.yaml").read_text(encoding="utf-8"))
    return Target(
        environment=environment,
        stack_name=settings["stack_name"],
        region=settings.get("region"),
        profile=settings.get("profile"),
        parameters=_checked(given, declared=template["Parameters"], section=section),
    )


def _settings(configuration: Path, sam_environment: str) -> dict[str, Any]:
    try:
        document = tomllib.loads(configuration.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DeploymentError(f"{CONFIGURATION} is missing.") from error
    except tomllib.TOMLDecodeError as error:
        raise DeploymentError(f"{CONFIGURATION} is not valid TOML: {error}.") from error
    environment = document.get(sam_environment, {})
    settings: dict[str, Any] = environment.get("deploy", {}).get("parameters", {})
    return settings


def _overrides(entries: str | list[str]) -> Iterator[tuple[str, str]]:
    """Yield `Name=value` pairs from a list or one line, as SAM CLI reads them."""
    for entry in shlex.split(entries) if isinstance(entries, str) else entries:
        name, separator, value = entry.partition("=")
        if not separator:
            raise DeploymentError(f"{CONFIGURATION}: parameter_overrides has {entry!r}, not Name=value.")
        yield name.strip(), value.strip().strip('"').replace('\\"', '"')


def _checked(
    given: Mapping[str, str], *, declared: Mapping[str, Mapping[str, Any]], section: str
) -> dict[str, str]:
    for name in given:
        if name not in declared:
            raise DeploymentError(f"{section} sets {name}, which is not a parameter of the template.")
    parameters: dict[str, str] = {}
    for name, declaration in declared.items():
        value = given.get(name, declaration.get("Default"))
        if value is None:
            raise DeploymentError(f"{section} does not set {name}: {declaration['Description']}")
        if _PLACEHOLDER in str(value):
            raise DeploymentError(f"{section} still has the example's {name}: {declaration['Description']}")
        parameters[name] = str(value)
        if not _is_allowed(parameters[name], declaration=declaration):
            wanted = declaration.get("ConstraintDescription") or _bounds(declaration)
            raise DeploymentError(f"{section}: {name} must be {wanted}.")
    _check_provider(parameters, section=section)
    check_consent(parameters)
    check_privileges(parameters["Privileges"], default=declared["Privileges"]["Default"])
    return parameters


def _check_provider(parameters: Mapping[str, str], *, section: str) -> None:
    """Refuse frame origins that do not match the API; otherwise the first call would fail on the page."""
    origins = [origin.strip() for origin in parameters["FrameOrigins"].split(",")]
    if len(origins) > _MAX_FRAME_ORIGINS:
        raise DeploymentError(f"{section}: FrameOrigins may have at most {_MAX_FRAME_ORIGINS} hosts.")
    base_url = parameters["BandyerBaseUrl"]
    if any(_is_sandbox(origin) != _is_sandbox(base_url) for origin in origins):
        raise DeploymentError(
            f"{section}: either BandyerBaseUrl or FrameOrigins is a sandbox's, but not both: "
            f"{base_url}, {', '.join(origins)}."
        )


def _is_sandbox(address: str) -> bool:
    return "sandbox" in address


def _is_allowed(value: str, *, declaration: Mapping[str, Any]) -> bool:
    values = value.split(",") if declaration["Type"] == "CommaDelimitedList" else [value]
    if "AllowedValues" in declaration and value not in map(str, declaration["AllowedValues"]):
        return False
    if "AllowedPattern" in declaration and not all(
        re.search(declaration["AllowedPattern"], each.strip()) for each in values
    ):
        return False
    if len(value) > declaration.get("MaxLength", len(value)):
        return False
    if declaration["Type"] != "Number":
        return True
    try:
        number = float(value)
    except ValueError:
        return False
    return bool(declaration.get("MinValue", number) <= number <= declaration.get("MaxValue", number))


def _bounds(declaration: Mapping[str, Any]) -> str:
    if "AllowedValues" in declaration:
        return "one of " + ", ".join(map(str, declaration["AllowedValues"]))
    return f"a number from {declaration.get('MinValue')} to {declaration.get('MaxValue')}"
