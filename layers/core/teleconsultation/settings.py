"""Settings of every function, read from the environment and checked; template.yaml sets the variables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from teleconsultation.domain.door import Door

type Environment = Mapping[str, str]


class SettingsError(Exception):
    """The deployment is configured wrongly; the message names the variable and its valid values."""


class NotConfiguredError(SettingsError):
    """The operator has not filled in yet what a first deployment leaves empty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The settings that every function needs."""

    table_name: str
    user_id_claim: str
    door: Door
    join_links: bool
    retention: timedelta
    """How long a teleconsultation is stored after its end."""
    participant_scope: str = ""
    """The scope that GET requires of a participant's token; empty requires none."""

    @classmethod
    def from_environment(cls, environment: Environment) -> "Settings":
        """Return the settings in the environment.

        Raises:
            SettingsError: a variable is missing or invalid.
        """
        early_join_seconds = whole_number(environment, "EARLY_JOIN_SECONDS")
        edit_freeze_seconds = early_join_seconds
        if environment.get("EDIT_FREEZE_SECONDS"):
            edit_freeze_seconds = whole_number(environment, "EDIT_FREEZE_SECONDS")
        if environment.get("IMMUTABLE_PERIOD_MS"):
            # The original has one variable for both: links appear and edits stop at the same instant.
            early_join_seconds = edit_freeze_seconds = (
                whole_number(environment, "IMMUTABLE_PERIOD_MS") // 1000
            )
        return cls(
            table_name=required(environment, "TABLE_NAME"),
            user_id_claim=required(environment, "USER_ID_CLAIM"),
            door=Door(
                early_join_seconds=early_join_seconds,
                late_join_seconds=whole_number(environment, "LATE_JOIN_SECONDS"),
                edit_freeze_seconds=edit_freeze_seconds,
            ),
            join_links=boolean(environment, "JOIN_LINKS"),
            retention=timedelta(days=whole_number(environment, "RETENTION_DAYS")),
            # Only functions that participants call have this variable.
            participant_scope=environment.get("PARTICIPANT_SCOPE", ""),
        )


def required(environment: Environment, name: str) -> str:
    """Return a variable's value; SettingsError if it is not set."""
    value = environment.get(name)
    if not value:
        raise SettingsError(f"{name} is not set")
    return value


def whole_number(environment: Environment, name: str) -> int:
    """Return a variable's value as a number; SettingsError if it is not a number."""
    value = required(environment, name)
    if not value.isascii() or not value.isdigit():
        raise SettingsError(f"{name} must be a whole number, 0 or more")
    return int(value)


def boolean(environment: Environment, name: str) -> bool:
    """Return a variable's value as a bool; SettingsError if it is neither true nor false."""
    value = required(environment, name)
    if value not in {"true", "false"}:
        raise SettingsError(f"{name} must be true or false")
    return value == "true"
