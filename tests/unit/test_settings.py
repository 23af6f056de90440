"""What the environment must say."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from teleconsultation.domain.door import Door
from teleconsultation.domain.model import Role
from teleconsultation.provider.settings import (
    DEFAULT_TOOLS,
    ProviderSettings,
    read_frame_origins,
    read_policy,
    read_secret_id,
)
from teleconsultation.settings import Settings, SettingsError

DOOR = Door(early_join_seconds=600, late_join_seconds=900, edit_freeze_seconds=1200)
PRIVILEGES = {
    "basic": {"groups": ["patient", "relative"], "tools": {"whiteboard": False}},
    "plus": {"groups": ["doctor"]},
}
ENVIRONMENT = {
    "TABLE_NAME": "teleconsultations",
    "USER_ID_CLAIM": "sub",
    "EARLY_JOIN_SECONDS": "600",
    "LATE_JOIN_SECONDS": "900",
    "EDIT_FREEZE_SECONDS": "1200",
    "IMMUTABLE_PERIOD_MS": "",
    "JOIN_LINKS": "true",
    "RETENTION_DAYS": "365",
    "BANDYER_BASE_URL": "https://provider.test",
    "BANDYER_PATH_PREFIX": "/rest",
    "BANDYER_SECRET_ARN": "arn:secret",
    "PRIVILEGES": json.dumps(PRIVILEGES),
    "UNLIMITED_TELECONSULTATION": "false",
    "LIVE_TELECONSULTATION": "true",
    "DEFAULT_RECORDING_TYPE": "manual",
}


def read_everything(environment: dict[str, str]) -> tuple[Settings, object, object, object]:
    settings = Settings.from_environment(environment)
    return (
        settings,
        ProviderSettings.from_environment(environment),
        read_secret_id(environment),
        read_policy(environment, door=settings.door),
    )


def door_of(**environment: str) -> Door:
    return Settings.from_environment(ENVIRONMENT | environment).door


def test_every_variable_arrives_where_it_is_needed() -> None:
    settings = Settings.from_environment(ENVIRONMENT)
    provider = ProviderSettings.from_environment(ENVIRONMENT)
    policy = read_policy(ENVIRONMENT, door=DOOR)

    assert settings == Settings(
        table_name="teleconsultations",
        user_id_claim="sub",
        door=DOOR,
        join_links=True,
        retention=timedelta(days=365),
    )
    assert provider == ProviderSettings(base_url="https://provider.test", path_prefix="/rest")
    assert read_secret_id(ENVIRONMENT) == "arn:secret"
    assert (policy.door, policy.unlimited, policy.live, policy.recording_type) == (
        DOOR,
        False,
        True,
        "manual",
    )


def test_the_scope_of_participants_may_be_set() -> None:
    settings = Settings.from_environment(ENVIRONMENT | {"PARTICIPANT_SCOPE": "visits/join"})

    assert settings.participant_scope == "visits/join"


def test_privileges_name_groups_and_switch_tools_off() -> None:
    privileges = read_policy(ENVIRONMENT, door=DOOR).privileges

    assert privileges.basic.groups == {"patient", "relative"}
    assert privileges.plus.groups == {"doctor"}
    assert privileges.tools_of(Role.PLUS) == dict.fromkeys(DEFAULT_TOOLS, True)
    assert privileges.tools_of(Role.BASIC) == dict.fromkeys(DEFAULT_TOOLS, True) | {"whiteboard": False}


@pytest.mark.parametrize("empty", ["", None], ids=["empty", "absent"])
def test_edits_freeze_when_the_door_opens_unless_told_otherwise(empty: str | None) -> None:
    environment = {name: value for name, value in ENVIRONMENT.items() if name != "EDIT_FREEZE_SECONDS"}
    if empty is not None:
        environment["EDIT_FREEZE_SECONDS"] = empty

    door = Settings.from_environment(environment).door

    assert (door.early_join_seconds, door.edit_freeze_seconds) == (600, 600)


def test_join_links_can_be_switched_off() -> None:
    assert Settings.from_environment(ENVIRONMENT | {"JOIN_LINKS": "false"}).join_links is False


def test_edits_may_be_open_until_the_start() -> None:
    assert door_of(EDIT_FREEZE_SECONDS="0").edit_freeze_seconds == 0


@pytest.mark.parametrize(("milliseconds", "seconds"), [("0", 0), ("300000", 300), ("1999", 1)])
def test_the_originals_one_knob_sets_both_margins_at_once(milliseconds: str, seconds: int) -> None:
    door = door_of(IMMUTABLE_PERIOD_MS=milliseconds)

    assert door == replace(DOOR, early_join_seconds=seconds, edit_freeze_seconds=seconds)


@pytest.mark.parametrize(
    "name",
    sorted(ENVIRONMENT.keys() - {"EDIT_FREEZE_SECONDS", "IMMUTABLE_PERIOD_MS", "BANDYER_PATH_PREFIX"}),
)
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_a_variable_that_is_missing_is_named(name: str, how: str) -> None:
    environment = {key: value for key, value in ENVIRONMENT.items() if key != name}
    if how == "empty":
        environment[name] = ""

    with pytest.raises(SettingsError, match=f"^{name} is not set$"):
        read_everything(environment)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            (name, value)
            for name in (
                "EARLY_JOIN_SECONDS",
                "LATE_JOIN_SECONDS",
                "EDIT_FREEZE_SECONDS",
                "IMMUTABLE_PERIOD_MS",
                "RETENTION_DAYS",
            )
            for value in ("-1", "1.5", "ten", " 5", "1e3", "\u0665")
        ),
        ("UNLIMITED_TELECONSULTATION", "True"),
        ("UNLIMITED_TELECONSULTATION", "1"),
        ("LIVE_TELECONSULTATION", "yes"),
        ("JOIN_LINKS", "True"),
        ("JOIN_LINKS", "on"),
        ("DEFAULT_RECORDING_TYPE", "always"),
        ("PRIVILEGES", "{"),
        ("PRIVILEGES", "[]"),
        ("PRIVILEGES", '"basic"'),
        ("PRIVILEGES", "5"),
        ("PRIVILEGES", "{}"),
        ("PRIVILEGES", json.dumps({"basic": {"groups": ["patient"]}})),
        ("PRIVILEGES", json.dumps({"basic": {"groups": ["patient"]}, "plus": ["doctor"]})),
        ("PRIVILEGES", json.dumps({"basic": {"groups": ["patient"]}, "plus": None})),
        ("PRIVILEGES", json.dumps(PRIVILEGES | {"plus": {"groups": "doctor"}})),
        ("PRIVILEGES", json.dumps(PRIVILEGES | {"plus": {"groups": [5]}})),
        ("PRIVILEGES", json.dumps(PRIVILEGES | {"plus": {"tools": {}}})),
        ("PRIVILEGES", json.dumps(PRIVILEGES | {"plus": {"groups": [], "tools": []}})),
        ("PRIVILEGES", json.dumps(PRIVILEGES | {"plus": {"groups": [], "tools": {"chat": 1}}})),
        ("PRIVILEGES", json.dumps(PRIVILEGES | {"plus": {"groups": [], "tools": {"caht": True}}})),
    ],
)
def test_a_variable_that_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} must be "):
        read_everything(ENVIRONMENT | {name: value})


@pytest.mark.parametrize(
    ("value", "origins"),
    [
        ("https://sandbox.bandyer.com", {"https://sandbox.bandyer.com"}),
        ("https://A.test:443, https://b.test", {"https://a.test", "https://b.test"}),
    ],
)
def test_frame_origins_are_read_as_a_browser_compares_them(value: str, origins: set[str]) -> None:
    assert read_frame_origins({"FRAME_ORIGINS": value}) == origins


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "^FRAME_ORIGINS is not set$"),
        ({"FRAME_ORIGINS": ""}, "^FRAME_ORIGINS is not set$"),
        ({"FRAME_ORIGINS": "sandbox.bandyer.com"}, "^FRAME_ORIGINS must be "),
        ({"FRAME_ORIGINS": "https://a.test,"}, "^FRAME_ORIGINS must be "),
    ],
)
def test_frame_origins_that_are_none_are_refused(environment: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_frame_origins(environment)
