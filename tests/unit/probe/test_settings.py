from collections.abc import Mapping

import pytest

from probe import ProbeError, ProbeSettings

ENVIRONMENT = {
    "PAGE_BASE_URL": "https://site.test",
    "FRAME_ORIGINS": "https://one.test,https://two.test",
    "OIDC_ISSUER": "https://issuer.test/",
    "PRIVILEGES": '{"plus": {"groups": ["nurse", "doctor"]}, "basic": {"groups": ["patient"]}}',
}


def test_the_participants_have_groups_of_this_deployment() -> None:
    settings = ProbeSettings.from_environment(ENVIRONMENT)

    assert settings.groups == ("nurse", "patient")
    assert settings.call_origins == {"https://one.test", "https://two.test"}


def test_without_a_basic_group_both_are_plus_users() -> None:
    privileges = '{"plus": {"groups": ["doctor"]}, "basic": {"groups": []}}'

    settings = ProbeSettings.from_environment(ENVIRONMENT | {"PRIVILEGES": privileges})

    assert settings.groups == ("doctor", "doctor")


@pytest.mark.parametrize(
    "change",
    [
        {"PRIVILEGES": "{}"},
        {"PRIVILEGES": "nonsense"},
        {"PRIVILEGES": '{"plus": {"groups": []}, "basic": {"groups": ["patient"]}}'},
        {"PRIVILEGES": "[]"},
    ],
)
def test_privileges_that_name_no_group_are_a_failure(change: Mapping[str, str]) -> None:
    with pytest.raises(ProbeError, match="settings: "):
        ProbeSettings.from_environment({**ENVIRONMENT, **change})


@pytest.mark.parametrize("missing", ENVIRONMENT)
def test_a_missing_variable_is_a_failure(missing: str) -> None:
    environment = {name: value for name, value in ENVIRONMENT.items() if name != missing}

    with pytest.raises(ProbeError, match="settings: KeyError"):
        ProbeSettings.from_environment(environment)
