"""The original's settings, as lines that SAM CLI and the deployment read as meant."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from deployment.target import read_target
from migration.errors import MigrationError
from migration.former_settings import FormerSettings, read_former_settings
from migration.translation import Translation, lines_of, translated

PROJECT = Path(__file__).parents[3]
PRODUCTION = {"BANDYER_BASE_URL": "https://api.eu.bandyer.com"}


def _translated(variables: dict[str, str] | None = None, **configuration: Any) -> Translation:
    return translated(FormerSettings(variables=variables or PRODUCTION, configuration=configuration))


def _values(translation: Translation) -> dict[str, str]:
    return {parameter.name: parameter.value for parameter in translation.parameters}


def _remarks(translation: Translation) -> dict[str, str]:
    return {remark.setting: remark.kind for remark in translation.remarks}


def _read(folder: Path, *texts: str) -> FormerSettings:
    files = [folder / f"file-{number}" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, encoding="utf-8")
    return read_former_settings(files)


def test_what_nobody_has_set_keeps_the_original_default() -> None:
    values = _values(_translated())

    assert values == {
        "BandyerBaseUrl": "https://api.eu.bandyer.com",
        "BandyerPathPrefix": "/rest",
        "Privileges": '{"basic":{"groups":["customer","patient"]},"plus":{"groups":["doctor"]}}',
        "UnlimitedTeleconsultation": "true",
        "ImmutablePeriodMs": "0",
        "LateJoinSeconds": "86400",
        "LiveTeleconsultation": "true",
        "DefaultRecordingType": "none",
        "DeleteUploads": "false",
    }


def test_what_is_set_is_taken_over() -> None:
    variables = {
        **PRODUCTION,
        "UNLIMITED_TELECONSULTATION": "false",
        "LIVE_TELECONSULTATION": "False",
        "IMMUTABLE_PERIOD_MS": "600000",
        "DEFAULT_RECORDING_TYPE": "manual",
        "TELECONSULTATION_DELETE_UPLOADS": "true",
    }

    translation = _translated(variables)

    values = _values(translation)
    assert values["UnlimitedTeleconsultation"] == values["LiveTeleconsultation"] == "false"
    assert values["DeleteUploads"] == "true"
    assert (values["ImmutablePeriodMs"], values["DefaultRecordingType"]) == ("600000", "manual")
    assert [each.name for each in translation.parameters if each.reason] == [
        "BandyerPathPrefix",
        "Privileges",
        "LateJoinSeconds",
    ]


@pytest.mark.parametrize(
    ("url", "host", "prefix"),
    [
        ("https://sandbox.bandyer.com/rest/", "https://sandbox.bandyer.com", "/rest"),
        ("https://api.sandbox.eu.bandyer.com/v2", "https://api.sandbox.eu.bandyer.com", "/rest"),
        ("https://proxy.clinic.example:8443/video/rest", "https://proxy.clinic.example:8443", "/video/rest"),
    ],
)
def test_the_providers_address_is_split(url: str, host: str, prefix: str) -> None:
    values = _values(_translated({"BANDYER_BASE_URL": url}))

    assert (values["BandyerBaseUrl"], values["BandyerPathPrefix"]) == (host, prefix)


def test_only_a_sandbox_tells_where_its_links_lead() -> None:
    sandbox = _translated({"BANDYER_BASE_URL": "https://api.sandbox.eu.bandyer.com"})
    production = _translated()

    assert _values(sandbox)["FrameOrigins"] == "https://sandbox.bandyer.com"
    assert _remarks(production)["FrameOrigins"] == "differs"


def test_only_the_tools_that_are_off_are_named() -> None:
    privileges = {
        "basic": {"groups": ["patient"], "tools": {"chat": True, "whiteboard": False}},
        "plus": {"groups": ["doctor", "nurse"]},
    }

    values = _values(_translated(privileges=privileges))

    assert json.loads(values["Privileges"]) == {
        "basic": {"groups": ["patient"], "tools": {"whiteboard": False}},
        "plus": {"groups": ["doctor", "nurse"]},
    }


def test_the_groups_with_a_background_are_taken_over_as_far_as_a_stage_variable_can_name_them() -> None:
    translation = _translated(groupsWithBackgroundList=["doctor", "premium patient", "ward:7"])

    assert _values(translation)["BackgroundGroups"] == "doctor,ward:7"
    assert _remarks(translation)["groupsWithBackgroundList"] == "differs"
    assert "groupsWithBackgroundList" not in _remarks(_translated(groupsWithBackgroundList=["doctor"]))


def test_what_is_no_parameter_is_named() -> None:
    variables = {
        **PRODUCTION,
        "BANDYER_API_SECRET_KEY": "ak_live_a-secret",
        "AUTH_SERVICE": "auth0-client",
        "TRANSCRIPTION_MAX_FILE_SIZE": "50MB",
        "PATH": "/usr/bin",
        "DEFAULT_CLIENT_TYPE": "",
    }

    translation = _translated(variables, theme={})

    assert _remarks(translation) == {
        "BANDYER_BASE_URL": "differs",
        "FrameOrigins": "differs",
        "BANDYER_API_SECRET_KEY": "elsewhere",
        "AUTH_SERVICE": "elsewhere",
        "theme": "elsewhere",
        "TRANSCRIPTION_MAX_FILE_SIZE": "without equivalent",
    }
    assert "a-secret" not in "\n".join(lines_of(translation))


def test_the_users_api_and_its_fields_are_taken_over() -> None:
    variables = {**PRODUCTION, "CUSTOM_ID_USERS_API_ENDPOINT": "https://people.clinic.example/users/"}

    translation = _translated(variables, customUserId={"source": "badge"})

    values = _values(translation)
    assert {name: value for name, value in values.items() if "User" in name} == {
        "UsersApiEndpoint": "https://people.clinic.example/users/",
        "CustomUserIdSource": "badge",
        "CustomUserIdTarget": "authUserId",
    }


def test_a_users_api_inside_the_cluster_is_named_and_its_fields_are_set() -> None:
    variables = {**PRODUCTION, "CUSTOM_ID_USERS_API_ENDPOINT": "http://user-manager-service/users/"}

    translation = _translated(variables)

    assert "UsersApiEndpoint" not in _values(translation)
    assert _values(translation)["CustomUserIdSource"] == "_id"
    assert _remarks(translation)["CUSTOM_ID_USERS_API_ENDPOINT"] == "differs"


def test_fields_without_a_users_api_set_nothing_as_in_the_original() -> None:
    translation = _translated(customUserId={"source": "badge"})

    assert "CustomUserIdSource" not in _values(translation)
    assert _remarks(translation)["customUserId"] == "differs"


@pytest.mark.parametrize("fields", [["badge"], {"source": "a b"}, {"target": 5}])
def test_fields_that_are_no_names_are_refused(fields: Any) -> None:
    variables = {**PRODUCTION, "CUSTOM_ID_USERS_API_ENDPOINT": "https://people.clinic.example/users"}

    with pytest.raises(MigrationError, match="customUserId"):
        _translated(variables, customUserId=fields)


def test_the_lines_are_read_by_the_deployment_as_meant(tmp_path: Path) -> None:
    privileges = {
        "basic": {"groups": ["l'assistito", 'the "lake"', "señor a"]},
        "plus": {"groups": ["doctor"]},
    }
    translation = _translated(
        {"BANDYER_BASE_URL": "https://api.sandbox.eu.bandyer.com"}, privileges=privileges
    )
    text = "\n".join(lines_of(translation))
    required = '"OidcIssuer=https://login.clinic.example/", "OidcAudience=clinic"'
    (tmp_path / "template.yaml").symlink_to(PROJECT / "template.yaml")
    (tmp_path / "samconfig.toml").write_text(
        '[default.deploy.parameters]\nstack_name = "clinic"\n'
        f"parameter_overrides = [{required},\n{text}\n]\n",
        encoding="utf-8",
    )

    target = read_target("dev", project=tmp_path)

    assert json.loads(target.parameters["Privileges"])["basic"] == privileges["basic"]
    assert target.parameters["ImmutablePeriodMs"] == "0"


def test_a_value_with_quotation_marks_is_written_as_sam_cli_reads_it() -> None:
    lines = "\n".join(lines_of(_translated()))
    entries = tomllib.loads(f"overrides = [\n{lines}\n]")["overrides"]

    [privileges] = [entry for entry in entries if entry.startswith("Privileges=")]
    # samcli.cli.types.CfnParameterOverridesType
    assert privileges.startswith(r'Privileges="{\"basic\":{\"groups\":[\"customer\",')


@pytest.mark.parametrize(
    "text",
    [
        "export IMMUTABLE_PERIOD_MS='1000'\n# a comment\n\nOTHER=a=b\r\n",
        '{"IMMUTABLE_PERIOD_MS": 1000}',
        '[{"name": "IMMUTABLE_PERIOD_MS", "value": "1000"}, {"name": "KEY", "valueFrom": {}}]',
        '﻿IMMUTABLE_PERIOD_MS = "1000"',
    ],
)
def test_variables_are_read_from_each_form(tmp_path: Path, text: str) -> None:
    former = _read(tmp_path, text)

    assert former.variables["IMMUTABLE_PERIOD_MS"] == "1000"


def test_variables_and_configuration_are_read_together(tmp_path: Path) -> None:
    former = _read(tmp_path, "AUTH_SERVICE=auth0-client", '{"privileges": {}}')

    assert (former.variables, former.configuration) == ({"AUTH_SERVICE": "auth0-client"}, {"privileges": {}})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no settings"),
        ("A=1\nak_live_secret", "line 2: write NAME=value"),
        ('{"privileges": ', "is not valid JSON"),
        ("[1, 2]", "neither variables nor"),
    ],
)
def test_a_file_that_cannot_be_read_is_explained(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(MigrationError, match=message) as raised:
        _read(tmp_path, text)

    assert "secret" not in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match=r"nowhere\.env cannot be read"):
        read_former_settings([tmp_path / "nowhere.env"])


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"BANDYER_BASE_URL": "http://api.eu.bandyer.com"}, "must be an https address"),
        ({"BANDYER_BASE_URL": "https://[api"}, "must be an https address"),
        ({"IMMUTABLE_PERIOD_MS": "ten"}, "IMMUTABLE_PERIOD_MS must be a whole number"),
        ({"LIVE_TELECONSULTATION": "1"}, "LIVE_TELECONSULTATION must be true or false"),
        ({"DEFAULT_RECORDING_TYPE": "always"}, "DEFAULT_RECORDING_TYPE must be none, manual or automatic"),
    ],
)
def test_a_wrong_value_is_explained(variables: dict[str, str], message: str) -> None:
    with pytest.raises(MigrationError, match=message):
        _translated({**PRODUCTION, **variables})


@pytest.mark.parametrize(
    "privileges",
    [
        [],
        {"basic": {"groups": "patient"}},
        {"basic": []},
        {"plus": {"groups": ["doctor"], "tools": {"chat": "yes"}}},
        {"plus": {"groups": ["doctor"], "tools": {"fax": True}}},
        {"plus": {"groups": ["d" * 3000]}},
    ],
)
def test_wrong_privileges_are_explained(privileges: Any) -> None:
    with pytest.raises(MigrationError, match="privileges"):
        _translated(privileges=privileges)
