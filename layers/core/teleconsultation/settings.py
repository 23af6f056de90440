"""What the environment says, read once and checked; the variables are set in template.yaml."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from teleconsultation.door import Door
from teleconsultation.model import RecordingType
from teleconsultation.policy import Policy
from teleconsultation.privileges import Privilege, Privileges

type Environment = Mapping[str, str]


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
"""The original's tool switches, all on unless configured otherwise."""


class SettingsError(Exception):
    """The deployment is configured wrongly; the message names the variable and what it should hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What every function needs."""

    table_name: str
    user_id_claim: str
    door: Door
    join_links: bool
    retention_days: int

    @classmethod
    def from_environment(cls, environment: Environment) -> "Settings":
        """Read the settings.

        Raises:
            SettingsError: a variable is missing or senseless.
        """
        early_join_seconds = _whole_number(environment, "EARLY_JOIN_SECONDS")
        edit_freeze_seconds = early_join_seconds
        if environment.get("EDIT_FREEZE_SECONDS"):
            edit_freeze_seconds = _whole_number(environment, "EDIT_FREEZE_SECONDS")
        if environment.get("IMMUTABLE_PERIOD_MS"):
            # The original's one knob for both: links appear and edits stop at the same moment.
            early_join_seconds = edit_freeze_seconds = (
                _whole_number(environment, "IMMUTABLE_PERIOD_MS") // 1000
            )
        return cls(
            table_name=_required(environment, "TABLE_NAME"),
            user_id_claim=_required(environment, "USER_ID_CLAIM"),
            door=Door(
                early_join_seconds=early_join_seconds,
                late_join_seconds=_whole_number(environment, "LATE_JOIN_SECONDS"),
                edit_freeze_seconds=edit_freeze_seconds,
            ),
            join_links=_boolean(environment, "JOIN_LINKS"),
            retention_days=_whole_number(environment, "RETENTION_DAYS"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ProviderSettings:
    """What a function that calls the provider needs."""

    base_url: str
    path_prefix: str
    secret_id: str

    @classmethod
    def from_environment(cls, environment: Environment) -> "ProviderSettings":
        """Read the settings.

        Raises:
            SettingsError: a variable is missing.
        """
        return cls(
            base_url=_required(environment, "BANDYER_BASE_URL"),
            path_prefix=environment.get("BANDYER_PATH_PREFIX", ""),
            secret_id=_required(environment, "BANDYER_SECRET_ARN"),
        )


def read_policy(environment: Environment, *, door: Door) -> Policy:
    """Read what a function that makes rooms needs.

    Raises:
        SettingsError: a variable is missing or senseless.
    """
    recording_type = _required(environment, "DEFAULT_RECORDING_TYPE")
    if recording_type not in {"none", "manual", "automatic"}:
        raise SettingsError("DEFAULT_RECORDING_TYPE must be none, manual or automatic")
    return Policy(
        door=door,
        privileges=_privileges(_required(environment, "PRIVILEGES")),
        unlimited=_boolean(environment, "UNLIMITED_TELECONSULTATION"),
        live=_boolean(environment, "LIVE_TELECONSULTATION"),
        recording_type=cast(RecordingType, recording_type),
    )


def _required(environment: Environment, name: str) -> str:
    value = environment.get(name)
    if not value:
        raise SettingsError(f"{name} is not set")
    return value


def _whole_number(environment: Environment, name: str) -> int:
    value = _required(environment, name)
    if not value.isascii() or not value.isdigit():
        raise SettingsError(f"{name} must be a whole number, 0 or more")
    return int(value)


def _boolean(environment: Environment, name: str) -> bool:
    value = _required(environment, name)
    if value not in {"true", "false"}:
        raise SettingsError(f"{name} must be true or false")
    return value == "true"


def _privileges(text: str) -> Privileges:
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
