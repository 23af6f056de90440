"""Translate the original's settings into the parameters of template.yaml.

A setting that the original had and nobody set has the original's default, which may differ from ours: the
translation sets it, so that a clinic's visits behave as before.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from migration.errors import MigrationError
from migration.former_settings import FormerSettings

TOOLS: Final = (
    "chat",
    "screen_sharing",
    "file_upload",
    "whiteboard",
    "snapshot",
    "live_edit",
    "live_pointer",
    "present_to_everyone",
)
DEFAULT_BASIC_GROUPS: Final = ["customer", "patient"]
"""The original's default was `customer` in 1.x and `patient` in 2.x."""
DEFAULT_PLUS_GROUPS: Final = ["doctor"]
LATE_JOIN_SECONDS: Final = 86_400
"""The original's link never closed; this is the longest that the template allows."""
MAX_PRIVILEGES_LENGTH: Final = 2048

_BACKGROUND_GROUP: Final = r"[A-Za-z0-9._~:/?#&=-]+"
_SANDBOX_HOSTS: Final = "https://sandbox.bandyer.com"
_ELSEWHERE: Final = {
    "BANDYER_API_SECRET_KEY": "the provider's key goes into the secret as apiKey: docs/operations.md, first "
    "deployment, step 8",
    "CRUD_SERVICE_URL": "visits and people come with make import",
    "CRUD_SERVICE": "visits and people come with make import",
    "TELECONSULTATIONS_CRUD_NAME": "names the collection that make import reads",
    "USER_ID_MAP_CRUD_NAME": "names the collection that make import reads",
    "TELECONSULTATION_SERVICE_CONFIG_PATH": "give the file that it names to this command too",
    "AUTH_SERVICE": "callers' tokens are checked against OidcIssuer and OidcAudience, which you set",
    "USERID_HEADER_KEY": "UserIdClaim names the claim of the token that holds the person's id",
    "GROUPS_HEADER_KEY": "groups come with the request, or from the person's stored profile",
    "USER_PROPERTIES_HEADER_KEY": "UserIdClaim reads a top-level claim; map a nested id at the issuer",
    "ADDITIONAL_HEADERS_TO_PROXY": "nothing is passed on to other services",
}
_WITHOUT_EQUIVALENT: Final = {
    "DEFAULT_CLIENT_TYPE": "tokens have no client type; OidcAudience lists the clients",
    "CLIENTTYPE_HEADER_KEY": "tokens have no client type",
    "BACKOFFICE_HEADER_KEY": "the scope teleconsultation/manage says who may manage",
    "BANDYER_APP_ID": "only the original's browser SDK needed it",
    "TRANSCRIPTION_MAX_FILE_SIZE": "the provider's v1 API has no transcriptions",
}
_CONFIGURATION_ELSEWHERE: Final = {
    "theme": "frontend_static/config.json, key theme; make company sets it at the provider too",
    "companyLogo": "the page shows a file of its own (ClinicLogo); "
    'make company OPTIONS="--logo FILE" uploads the call\'s',
    "userIdPathInRequest": "UserIdClaim reads a top-level claim; map a nested id at the issuer",
}
_CONFIGURATION_WITHOUT_EQUIVALENT: Final = {
    "environment": "BandyerBaseUrl says which environment it is",
    "mode": "the call is always shown in the page",
}


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One line of samconfig.toml."""

    name: str
    value: str
    reason: str = ""
    """Why it is set although the original's settings do not name it; empty if they do."""


@dataclass(frozen=True, kw_only=True)
class Remark:
    """A setting that is no parameter, or needs a look."""

    kind: Literal["elsewhere", "without equivalent", "differs"]
    setting: str
    text: str


@dataclass(kw_only=True)
class Translation:
    """What the settings come to."""

    parameters: list[Parameter] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def set(self, name: str, value: str, *, reason: str = "") -> None:
        """Add a parameter."""
        self.parameters.append(Parameter(name=name, value=value, reason=reason))

    def remark(
        self, kind: Literal["elsewhere", "without equivalent", "differs"], *, setting: str, text: str
    ) -> None:
        """Add a remark."""
        self.remarks.append(Remark(kind=kind, setting=setting, text=text))


def translated(former: FormerSettings) -> Translation:
    """Return the parameters that the settings come to, and what must be done by hand.

    Raises:
        MigrationError: a setting has a value that the original would not have accepted either.
    """
    done = Translation()
    _base_url(former, done)
    _privileges(former, done)
    unlimited = _boolean(former, "UNLIMITED_TELECONSULTATION", default=True)
    done.set(
        "UnlimitedTeleconsultation",
        _text(unlimited),
        reason=_unless_given(
            former, "UNLIMITED_TELECONSULTATION", "true was the original's default, false is ours"
        ),
    )
    period = _number(former, "IMMUTABLE_PERIOD_MS", default=0)
    done.set(
        "ImmutablePeriodMs",
        str(period),
        reason=_unless_given(
            former,
            "IMMUTABLE_PERIOD_MS",
            "0 was the original's default: doors open at the start, and edits stop then; without it "
            "ours open 10 minutes early",
        ),
    )
    done.set(
        "LateJoinSeconds",
        str(LATE_JOIN_SECONDS),
        reason="the original's doors never closed; a day after the end is the most, 900 is our default",
    )
    live = _boolean(former, "LIVE_TELECONSULTATION", default=True)
    done.set(
        "LiveTeleconsultation",
        _text(live),
        reason=_unless_given(former, "LIVE_TELECONSULTATION", "both defaults"),
    )
    recording = former.variables.get("DEFAULT_RECORDING_TYPE") or "none"
    if recording not in {"none", "manual", "automatic"}:
        raise MigrationError("DEFAULT_RECORDING_TYPE must be none, manual or automatic.")
    done.set(
        "DefaultRecordingType",
        recording,
        reason=_unless_given(former, "DEFAULT_RECORDING_TYPE", "both defaults"),
    )
    _background_groups(former, done)
    _users_api(former, done)
    deletes = _boolean(former, "TELECONSULTATION_DELETE_UPLOADS", default=False)
    done.set(
        "DeleteUploads",
        _text(deletes),
        reason=_unless_given(former, "TELECONSULTATION_DELETE_UPLOADS", "both defaults"),
    )
    done.remarks += _remarks(former)
    return done


def lines_of(translation: Translation) -> Iterator[str]:
    """Yield the lines to be pasted into `parameter_overrides` of samconfig.toml; all others are comments."""
    yield "# Into parameter_overrides of samconfig.toml, in place of lines of the same name:"
    for parameter in translation.parameters:
        if parameter.reason:
            yield f"    # {parameter.reason}"
        yield f"    {_toml_line(parameter)},"
    titles = {
        "differs": "Look at these",
        "elsewhere": "These go elsewhere",
        "without equivalent": "These have no equivalent",
    }
    for kind, title in titles.items():
        remarks = [remark for remark in translation.remarks if remark.kind == kind]
        if remarks:
            yield ""
            yield f"# {title}:"
            yield from (f"#   {remark.setting}: {remark.text}" for remark in remarks)


def _toml_line(parameter: Parameter) -> str:
    """Return the entry as a TOML string. SAM CLI reads a value with spaces or quotation marks in quotes, with
    a backslash before each quotation mark inside.
    """
    value = parameter.value
    if not re.fullmatch(r"[A-Za-z0-9_:./,-]*", value):
        escaped = value.replace('"', '\\"')
        value = f'"{escaped}"'
    return f"'{parameter.name}={value}'" if '"' in value else f'"{parameter.name}={value}"'


def _base_url(former: FormerSettings, done: Translation) -> None:
    given = former.variables.get("BANDYER_BASE_URL", "").strip()
    if not given:
        done.remark("differs", setting="BANDYER_BASE_URL", text="not given: set BandyerBaseUrl yourself")
        return
    try:
        parts = urlsplit(given)
        host = parts.hostname or ""
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        host = port = ""
    if not re.fullmatch(r"[a-z0-9.-]+", host) or parts.scheme != "https" or parts.query or parts.fragment:
        raise MigrationError("BANDYER_BASE_URL must be an https address, such as https://api.eu.bandyer.com.")
    path = parts.path.rstrip("/")
    done.set("BandyerBaseUrl", f"https://{host}{port}")
    if path == "/v2" or not path:
        done.set("BandyerPathPrefix", "/rest", reason="the provider's v1 API, which this service speaks")
        done.remark(
            "differs",
            setting="BANDYER_BASE_URL",
            text="2.x spoke the provider's v2 API: the dry run of make import checks that key, users and "
            "rooms answer under v1",
        )
    else:
        if not re.fullmatch(r"(/[A-Za-z0-9._-]+)*", path):
            raise MigrationError("The path in BANDYER_BASE_URL must be one such as /rest.")
        done.set("BandyerPathPrefix", path)
    is_sandbox = "sandbox" in host
    if is_sandbox:
        done.set("FrameOrigins", _SANDBOX_HOSTS, reason="where the sandbox's call links lead")
    else:
        done.remark(
            "differs",
            setting="FrameOrigins",
            text="set it to the hosts of your call links: accessLinkURL in the visits, such as "
            "https://YOUR-COMPANY.bandyer.com",
        )


def _privileges(former: FormerSettings, done: Translation) -> None:
    configured = former.configuration.get("privileges", {})
    if not isinstance(configured, dict):
        raise MigrationError("privileges must be an object with basic and plus.")
    roles = {
        "basic": _privilege(configured.get("basic"), name="basic", default=DEFAULT_BASIC_GROUPS),
        "plus": _privilege(configured.get("plus"), name="plus", default=DEFAULT_PLUS_GROUPS),
    }
    # TOML's literal string has no apostrophe; JSON can spell it.
    value = json.dumps(roles, separators=(",", ":")).replace("'", "\\u0027")
    if len(value) > MAX_PRIVILEGES_LENGTH:
        raise MigrationError(
            f"privileges become {len(value)} characters, and Privileges has {MAX_PRIVILEGES_LENGTH} at most: "
            "name fewer groups."
        )
    given = "privileges" in former.configuration
    reason = "" if given else "the original's default groups: customer in 1.x, patient in 2.x"
    done.set("Privileges", value, reason=reason)


def _privilege(configured: Any, *, name: str, default: list[str]) -> dict[str, Any]:  # noqa: ANN401 - JSON
    if configured is None:
        return {"groups": default}
    groups = configured.get("groups", default) if isinstance(configured, dict) else None
    if not isinstance(groups, list) or not groups or not all(isinstance(group, str) for group in groups):
        raise MigrationError(f"privileges.{name}.groups must be a list of texts.")
    tools = configured.get("tools") or {}
    if not isinstance(tools, dict) or not all(isinstance(switch, bool) for switch in tools.values()):
        raise MigrationError(f"privileges.{name}.tools must be an object of true and false.")
    unknown = sorted(tools.keys() - set(TOOLS))
    if unknown:
        raise MigrationError(
            f"privileges.{name}.tools has a tool that the provider does not have; it has {', '.join(TOOLS)}."
        )
    # A tool is on unless it is switched off, there and here.
    off = {tool: False for tool, is_on in tools.items() if not is_on}
    return {"groups": groups, **({"tools": off} if off else {})}


def _background_groups(former: FormerSettings, done: Translation) -> None:
    groups = former.configuration.get("groupsWithBackgroundList") or []
    if not isinstance(groups, list) or not all(isinstance(group, str) for group in groups):
        raise MigrationError("groupsWithBackgroundList must be a list of texts.")
    taken = [group for group in groups if re.fullmatch(_BACKGROUND_GROUP, group)]
    if taken:
        done.set("BackgroundGroups", ",".join(taken))
    if taken != groups:
        done.remark(
            "differs",
            setting="groupsWithBackgroundList",
            text="BackgroundGroups takes letters, digits and . _ ~ : / ? # & = - in a group's name: rename "
            "the others in the booking system",
        )


def _users_api(former: FormerSettings, done: Translation) -> None:
    """Set where ids of another kind are looked up. The original did so with both settings together, and had
    defaults for the fields.
    """
    endpoint = former.variables.get("CUSTOM_ID_USERS_API_ENDPOINT", "").strip()
    fields = former.configuration.get("customUserId") or {}
    if not isinstance(fields, dict):
        raise MigrationError("customUserId must be an object with source and target.")
    if not endpoint:
        if fields:
            done.remark(
                "differs",
                setting="customUserId",
                text="the original ignored it without CUSTOM_ID_USERS_API_ENDPOINT; nothing is set",
            )
        return
    if re.fullmatch(r"https://[^\s?#]{1,292}", endpoint):
        done.set("UsersApiEndpoint", endpoint)
        done.remark(
            "differs",
            setting="CUSTOM_ID_USERS_API_ENDPOINT",
            text="UsersApiEndpoint is asked with the token of DirectorySecretArn, not with the caller's",
        )
    else:
        done.remark(
            "differs",
            setting="CUSTOM_ID_USERS_API_ENDPOINT",
            text="not an https address without a query: set UsersApiEndpoint to one that AWS reaches",
        )
    for name, key, default in (
        ("CustomUserIdSource", "source", "_id"),
        ("CustomUserIdTarget", "target", "authUserId"),
    ):
        value = fields.get(key) or default
        if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", value):
            raise MigrationError(
                f"customUserId.{key} must be a field's name of letters, digits and _ . - alone."
            )
        done.set(name, value, reason="" if fields.get(key) else "both defaults")


def _remarks(former: FormerSettings) -> Iterator[Remark]:
    tables: tuple[tuple[Literal["elsewhere", "without equivalent"], dict[str, str], dict[str, str]], ...] = (
        ("elsewhere", _ELSEWHERE, _CONFIGURATION_ELSEWHERE),
        ("without equivalent", _WITHOUT_EQUIVALENT, _CONFIGURATION_WITHOUT_EQUIVALENT),
    )
    for kind, variables, configuration in tables:
        for name in former.variables:
            if name in variables and former.variables[name]:
                yield Remark(kind=kind, setting=name, text=variables[name])
        for key in former.configuration:
            if key in configuration:
                yield Remark(kind=kind, setting=key, text=configuration[key])


def _boolean(former: FormerSettings, name: str, *, default: bool) -> bool:
    value = former.variables.get(name, "").strip().lower()
    if value not in {"", "true", "false"}:
        raise MigrationError(f"{name} must be true or false.")
    return default if not value else value == "true"


def _number(former: FormerSettings, name: str, *, default: int) -> int:
    value = former.variables.get(name, "").strip()
    if value and not re.fullmatch(r"[0-9]{1,9}", value):
        raise MigrationError(f"{name} must be a whole number of at most nine digits.")
    return int(value) if value else default


def _unless_given(former: FormerSettings, name: str, reason: str) -> str:
    return "" if former.variables.get(name) else reason


def _text(value: bool) -> str:  # noqa: FBT001 - a conversion
    return "true" if value else "false"
