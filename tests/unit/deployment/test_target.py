from pathlib import Path

import pytest

from deployment.errors import DeploymentError
from deployment.target import Target, read_target
from teleconsultation.provider.settings import read_privileges
from teleconsultation.settings import SettingsError

PROJECT = Path(__file__).parents[3]
SETTINGS = [
    "OidcIssuer=https://login.clinic.example/",
    "OidcAudience=clinic",
    "FrameOrigins=https://sandbox.bandyer.com",
]
PRODUCTION = ["BandyerBaseUrl=https://api.eu.bandyer.com"]


def _read(folder: Path, *, settings: list[str] | str, environment: str = "dev") -> Target:
    (folder / "template.yaml").symlink_to(PROJECT / "template.yaml")
    section = {"dev": "default", "prod": "prod"}.get(environment, environment)
    # A list and a string of TOML are written as Python writes them here.
    (folder / "samconfig.toml").write_text(
        f'[{section}.deploy.parameters]\nstack_name = "clinic"\nparameter_overrides = {settings!r}\n',
        encoding="utf-8",
    )
    return read_target(environment, project=folder)


def test_an_environment_is_a_stack_with_all_its_parameters(tmp_path: Path) -> None:
    target = _read(tmp_path, settings=[*SETTINGS, "Architecture=x86_64"], environment="prod")

    assert (target.stack_name, target.sam_environment, target.is_production) == ("clinic", "prod", True)
    assert target.parameters["OidcIssuer"] == "https://login.clinic.example/"
    assert target.parameters["Architecture"] == "x86_64"
    assert target.parameters["RetentionDays"] == "365"


def test_development_is_what_sam_takes_unasked(tmp_path: Path) -> None:
    target = _read(tmp_path, settings=SETTINGS)

    assert (target.sam_environment, target.is_production) == ("default", False)


def test_parameters_on_one_line_are_read_too(tmp_path: Path) -> None:
    target = _read(tmp_path, settings=" ".join(SETTINGS))

    assert target.parameters["OidcAudience"] == "clinic"


def test_each_value_of_a_list_is_looked_at_by_itself(tmp_path: Path) -> None:
    hosts = "https://one.example, https://two.example:8443"

    target = _read(tmp_path, settings=[*SETTINGS, *PRODUCTION, f"FrameOrigins={hosts}"])

    assert target.parameters["FrameOrigins"] == hosts


@pytest.mark.parametrize(
    "setting",
    [
        "ClinicName=<b>Clinic</b>",
        'ClinicName=The "Lake" clinic',
        "ClinicName=" + "a" * 81,
        "ClinicHours=8\\",
        "ClinicPhone=call us",
        "ClinicPhone=+39 <02>",
        "ClinicUrl=http://clinic.example",
        "PrivacyUrl=javascript:alert(1)",
        "TermsUrl=https://clinic.example/a b",
        'HelpUrl=https://clinic.example/"x',
        "AfterVisitUrl=https://clinic.example/" + "a" * 300,
        "ClinicLogo=//other.example/logo.png",
        "ClinicLogo=https://other.example/logo.png",
    ],
)
def test_what_the_page_cannot_show_of_a_clinic_is_refused(tmp_path: Path, setting: str) -> None:
    with pytest.raises(DeploymentError, match=setting.partition("=")[0] + " must be "):
        _read(tmp_path, settings=[*SETTINGS, setting])


def test_a_clinic_is_taken_as_it_is_written(tmp_path: Path) -> None:
    shown = {
        "ClinicName": "Clínica São João d’Évora",
        "ClinicPhone": "+39 (02) 1234-5678",
        "ClinicHours": "Mon–Fri 8–18",
        "ClinicUrl": "https://clinic.example/video?visit=1&x#top",
        "ClinicLogo": "/pictures/logo.svg",
    }

    target = _read(tmp_path, settings=[*SETTINGS, *(f'{name}="{value}"' for name, value in shown.items())])

    assert {name: target.parameters[name] for name in shown} == shown


@pytest.mark.parametrize("environment", ["", "test", "default"])
def test_an_unknown_environment_is_refused(tmp_path: Path, environment: str) -> None:
    with pytest.raises(DeploymentError, match="ENV=dev or ENV=prod"):
        _read(tmp_path, settings=SETTINGS, environment=environment)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (SETTINGS[:1], "does not set OidcAudience: The value that the tokens'"),
        (["OidcIssuer=https://issuer.example.com/", *SETTINGS[1:]], "still has the example's OidcIssuer"),
        ([*SETTINGS, "Retention=7"], "sets Retention, which is not a parameter of the template"),
        ([*SETTINGS, "RetentionDays"], "not Name=value"),
        ([*SETTINGS, "RetentionDays=0"], "RetentionDays must be a number from 1 to 36500"),
        (
            [*SETTINGS, "ReadProvisionedConcurrency=-1"],
            "ReadProvisionedConcurrency must be a number from 0 to 100",
        ),
        (
            [*SETTINGS, "ReadProvisionedConcurrency=1000"],
            "ReadProvisionedConcurrency must be a number from 0",
        ),
        ([*SETTINGS, "RetentionDays=a week"], "RetentionDays must be a number"),
        ([*SETTINGS, "LogRetentionDays=8"], "LogRetentionDays must be one of 1, 3, 5"),
        ([*SETTINGS, "BandyerBaseUrl=http://api.example"], "an https address without a path"),
        ([*SETTINGS, "FrameOrigins=https://one.example,http://two.example"], "FrameOrigins must be https"),
        (SETTINGS[:2], "does not set FrameOrigins: The provider's hosts"),
        (
            [*SETTINGS, "FrameOrigins=" + ",".join(f"https://{n}.sandbox.example" for n in range(5))],
            "FrameOrigins may have at most 4 hosts",
        ),
        ([*SETTINGS, "Privileges={" + "a" * 3000 + "}"], "Privileges must be a JSON object"),
    ],
)
def test_a_parameter_that_cloudformation_would_refuse_is_refused_before_anything_is_built(
    tmp_path: Path, settings: list[str], said: str
) -> None:
    with pytest.raises(DeploymentError) as caught:
        _read(tmp_path, settings=settings)

    assert said in str(caught.value)
    assert "[default.deploy.parameters] of samconfig.toml" in str(caught.value) or "not Name" in said


@pytest.mark.parametrize(
    ("base_url", "origins"),
    [
        ("https://api.eu.bandyer.com", "https://sandbox.bandyer.com"),
        ("https://api.eu.bandyer.com", "https://visits.bandyer.com,https://sandbox.bandyer.com"),
        ("https://api.sandbox.eu.bandyer.com", "https://visits.bandyer.com"),
    ],
)
def test_the_sandbox_and_production_of_the_provider_are_not_mixed(
    tmp_path: Path, base_url: str, origins: str
) -> None:
    with pytest.raises(DeploymentError, match="either BandyerBaseUrl or FrameOrigins is a sandbox's"):
        _read(tmp_path, settings=[*SETTINGS, f"BandyerBaseUrl={base_url}", f"FrameOrigins={origins}"])


@pytest.mark.parametrize(
    ("base_url", "origins"),
    [
        ("https://api.eu.bandyer.com", "https://visits.bandyer.com"),
        (
            "https://api.sandbox.eu.bandyer.com",
            "https://sandbox.bandyer.com,https://clinic.sandbox.bandyer.com",
        ),
    ],
)
def test_addresses_of_one_kind_are_accepted(tmp_path: Path, base_url: str, origins: str) -> None:
    target = _read(tmp_path, settings=[*SETTINGS, f"BandyerBaseUrl={base_url}", f"FrameOrigins={origins}"])

    assert target.parameters["FrameOrigins"] == origins


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ("{en: x}", "ConsentTexts is not JSON: Expecting property name"),
        ('{"en": "x"}, "url": {}', "ConsentTexts is not JSON: Extra data"),
        ('{"en": 1}', "ConsentTexts must be a JSON object of languages"),
        ('{"en": " "}', "ConsentTexts must be a JSON object of languages"),
        # The page looks for "it", and would show the first text to everybody.
        ('{"en": "I agree.", "it-IT": "Acconsento."}', "ConsentTexts must be a JSON object of languages"),
        ("{ }", "ConsentVersion needs what people agree to: set ConsentTexts or ConsentUrl"),
    ],
)
def test_a_consent_that_the_page_cannot_show_is_refused_before_anything_is_built(
    tmp_path: Path, texts: str, said: str
) -> None:
    with pytest.raises(DeploymentError) as caught:
        _read(tmp_path, settings=[*SETTINGS, "ConsentVersion=1", f"ConsentTexts={texts}"])

    assert said in str(caught.value)


@pytest.mark.parametrize(
    "consent",
    [
        [],
        ["ConsentVersion=1", 'ConsentTexts={"en": "I agree.", "ast": "Toi d’alcuerdu."}'],
        ["ConsentVersion=1", "ConsentUrl=https://clinic.example/{language}/consent"],
    ],
)
def test_a_consent_that_the_page_can_show_is_accepted(tmp_path: Path, consent: list[str]) -> None:
    assert _read(tmp_path, settings=[*SETTINGS, *consent]).parameters["ConsentTexts"].startswith("{")


@pytest.mark.parametrize(
    ("privileges", "said"),
    [
        ("{basic}", "Privileges is not JSON: Expecting property name"),
        ('{"basic": {"groups": ["patient"]}}', "Privileges must have the groups of plus"),
        ('{"basic": {"groups": "patient"}, "plus": {"groups": []}}', "must have the groups of basic"),
        ('{"basic": {"groups": [1]}, "plus": {"groups": []}}', "must have the groups of basic"),
        ('{"basic": [], "plus": {"groups": []}}', "must have the groups of basic"),
        (
            '{"basic": {"groups": ["patient"]}, "plus": {"groups": ["doctor"], "tools": {"chats": true}}}',
            "the tools of plus may be chat, file_upload",
        ),
        (
            '{"basic": {"groups": ["patient"], "tools": {"chat": "true"}}, "plus": {"groups": ["doctor"]}}',
            "the tools of basic may be chat, file_upload",
        ),
        ('{"basic": {"groups": [], "tools": []}, "plus": {"groups": []}}', "the tools of basic may be"),
    ],
)
def test_privileges_that_no_booking_could_use_are_refused_before_anything_is_built(
    tmp_path: Path, privileges: str, said: str
) -> None:
    with pytest.raises(DeploymentError) as caught:
        _read(tmp_path, settings=[*SETTINGS, f"Privileges={privileges}"])

    assert said in str(caught.value)
    with pytest.raises(SettingsError):
        read_privileges({"PRIVILEGES": privileges})


def test_privileges_that_the_functions_read_are_accepted(tmp_path: Path) -> None:
    privileges = (
        '{"basic": {"groups": ["patient"]}, "plus": {"groups": ["doctor"], "tools": {"chat": false}}}'
    )

    target = _read(tmp_path, settings=[*SETTINGS, f"Privileges={privileges}"])

    assert read_privileges({"PRIVILEGES": target.parameters["Privileges"]}).plus.groups == {"doctor"}


def test_a_configuration_that_is_not_toml_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "samconfig.toml").write_text("[", encoding="utf-8")

    with pytest.raises(DeploymentError, match=r"samconfig\.toml is not valid TOML"):
        read_target("dev", project=tmp_path)


def test_with_the_issuer_set_production_still_lacks_its_frame_origins(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").symlink_to(PROJECT / "template.yaml")
    shipped = (PROJECT / "samconfig.toml").read_text(encoding="utf-8")
    (tmp_path / "samconfig.toml").write_text(
        shipped.replace("https://issuer.example.com/", "https://login.clinic.example/"), encoding="utf-8"
    )

    target = read_target("dev", project=tmp_path)

    assert target.parameters["FrameOrigins"] == "https://sandbox.bandyer.com"
    assert target.parameters["LogLevel"] == "INFO"
    with pytest.raises(DeploymentError, match="does not set FrameOrigins"):
        read_target("prod", project=tmp_path)


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_shipped_configuration_lacks_the_identity_provider(environment: str) -> None:
    with pytest.raises(DeploymentError, match="still has the example's OidcIssuer"):
        read_target(environment, project=PROJECT)
