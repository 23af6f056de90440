"""Settings of the functions that call the provider, read from the environment."""

import json
from dataclasses import dataclass
from typing import Any, cast

from teleconsultation.domain.door import Door
from teleconsultation.domain.policy import Policy
from teleconsultation.domain.privileges import Privilege, Privileges
from teleconsultation.domain.room_plan import RecordingType
from teleconsultation.provider.origins import origin_of
from teleconsultation.settings import Environment, SettingsError, boolean, required

DEFAULT_TOOLS = (
    "chat",
    "screen_sharing",
    "file_upload",
    "whiteboard",
    "snapshot",
    "live_edit",
    "live_pointer",
    "present_to_everyone",
)
"""The original's tool switches; a tool is on unless it is configured as off."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProviderSettings:
    """The provider's address."""

    base_url: str
    path_prefix: str

    @classmethod
    def from_environment(cls, environment: Environment) -> "ProviderSettings":
        """Return the settings in the environment.

        Raises:
            SettingsError: a variable is missing.
        """
        return cls(
            base_url=required(environment, "BANDYER_BASE_URL"),
            path_prefix=environment.get("BANDYER_PATH_PREFIX", ""),
        )


def read_secret_id(environment: Environment) -> str:
    """Return the ARN of the secret, which functions that never call the provider read too.

    Raises:
        SettingsError: the variable is missing.
    """
    return required(environment, "BANDYER_SECRET_ARN")


def read_frame_origins(environment: Environment) -> frozenset[str]:
    """Return the origins whose links the page shows in the call's frame.

    Raises:
        SettingsError: the variable is missing or invalid.
    """
    origins = [origin_of(url.strip()) for url in required(environment, "FRAME_ORIGINS").split(",")]
    if None in origins:
        raise SettingsError(
            "FRAME_ORIGINS must be addresses such as https://sandbox.bandyer.com, with commas"
        )
    return frozenset(origin for origin in origins if origin is not None)


def read_policy(environment: Environment, *, door: Door) -> Policy:
    """Return the rules of the functions that make rooms.

    Raises:
        SettingsError: a variable is missing or invalid.
    """
    recording_type = required(environment, "DEFAULT_RECORDING_TYPE")
    if recording_type not in {"none", "manual", "automatic"}:
        raise SettingsError("DEFAULT_RECORDING_TYPE must be none, manual or automatic")
    return Policy(
        door=door,
        privileges=read_privileges(environment),
        unlimited=boolean(environment, "UNLIMITED_TELECONSULTATION"),
        live=boolean(environment, "LIVE_TELECONSULTATION"),
        recording_type=cast(RecordingType, recording_type),
    )


def read_privileges(environment: Environment) -> Privileges:
    """Return which groups give which role, and what a role may use.

    Raises:
        SettingsError: the variable is missing or invalid.
    """
    text = required(environment, "PRIVILEGES")
    shape = (
        'PRIVILEGES must be JSON such as {"basic": {"groups": ["patient"]}, "plus": {"groups": ["doctor"]}}'
    )
    try:
        configured = json.loads(text)
        return Privileges(basic=_privilege(configured["basic"]), plus=_privilege(configured["plus"]))
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsError(shape) from error


def _privilege(configured: dict[str, Any]) -> Privilege:
    groups, tools = configured["groups"], configured.get("tools", {})
    if not isinstance(groups, list) or not all(isinstance(group, str) for group in groups):
        raise TypeError("groups")
    if not isinstance(tools, dict) or not all(isinstance(switch, bool) for switch in tools.values()):
        raise TypeError("tools")
    if not tools.keys() <= set(DEFAULT_TOOLS):
        raise ValueError("tools")
    return Privilege(groups=frozenset(groups), tools=dict.fromkeys(DEFAULT_TOOLS, True) | tools)
