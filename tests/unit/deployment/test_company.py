"""What the deployment needs of Bandyer's company, and what counts as somebody else's."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import responses

from bandyer import BandyerClient, Colours, StaticApiKey
from deployment.company import CompanySettings, compared, differences, upload_logo, wanted_settings
from deployment.errors import DeploymentError

WANTED = CompanySettings(
    redirect_url="https://site.example/call-ended.html",
    redirect_milliseconds=0,
    light_theme=None,
    dark_theme=None,
)
UNTOUCHED = CompanySettings(redirect_url=None, redirect_milliseconds=5000, light_theme=None, dark_theme=None)
BLUE = Colours(primary="#FFFFFF", accent="#336699")


def _configuration(folder: Path, content: Any) -> Path:
    file = folder / "config.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def test_calls_lead_back_to_the_page_at_once(tmp_path: Path) -> None:
    wanted = wanted_settings(page_url="https://site.example", configuration=_configuration(tmp_path, {}))

    assert wanted == WANTED


def test_the_call_gets_the_pages_theme(tmp_path: Path) -> None:
    theme = {"light": {"primaryColor": "#ffffff", "accentColor": "#99aaff"}}
    configuration = _configuration(tmp_path, {"theme": theme})

    wanted = wanted_settings(page_url="https://site.example", configuration=configuration)

    assert wanted == replace(WANTED, light_theme=Colours(primary="#FFFFFF", accent="#99AAFF"))


@pytest.mark.parametrize(
    "light", [{"primaryColor": "#fff", "accentColor": "#336699"}, {"primaryColor": "#ffffff"}, "blue", []]
)
def test_a_theme_that_bandyer_would_refuse_is_named(tmp_path: Path, light: Any) -> None:
    configuration = _configuration(tmp_path, {"theme": {"light": light}})

    with pytest.raises(DeploymentError, match=r"config\.json: theme\.light needs primaryColor"):
        wanted_settings(page_url="https://site.example", configuration=configuration)


def test_a_company_that_is_set_up_differs_in_nothing() -> None:
    present = replace(WANTED, dark_theme=BLUE)

    assert compared(present=present, wanted=WANTED) == []


def test_what_nobody_has_set_may_be_set() -> None:
    found = compared(present=UNTOUCHED, wanted=replace(WANTED, light_theme=BLUE))

    assert [(each.setting, each.takes_away) for each in found] == [
        ("redirect_url", False),
        ("redirect_milliseconds", False),
        ("light_theme", False),
    ]
    assert str(found[0]) == "redirect url: not set, wanted https://site.example/call-ended.html"
    assert str(found[2]) == "light theme: not set, wanted #FFFFFF with #336699"


def test_what_another_program_has_set_would_be_taken_away() -> None:
    other = CompanySettings(
        redirect_url="https://other.example/",
        redirect_milliseconds=0,
        light_theme=Colours(primary="#000000", accent="#336699"),
        dark_theme=None,
    )

    found = compared(present=other, wanted=replace(WANTED, light_theme=BLUE))

    assert [(each.setting, each.takes_away) for each in found] == [
        ("redirect_url", True),
        ("light_theme", True),
    ]


def test_an_api_that_knows_neither_theme_nor_time_can_be_compared() -> None:
    company = {"end_call_redirect_url": WANTED.redirect_url}
    client = BandyerClient(base_url="https://bandyer.test", api_key=StaticApiKey("ak"))

    with responses.RequestsMock() as provider:
        provider.get("https://bandyer.test/rest/company", json={"company": company})

        assert differences(WANTED, client=client) == []


@pytest.mark.parametrize("url", [None, "https://other.example/"], ids=["nowhere", "elsewhere"])
def test_a_company_whose_calls_lead_elsewhere_differs(url: str | None) -> None:
    client = BandyerClient(base_url="https://bandyer.test", api_key=StaticApiKey("ak"))

    with responses.RequestsMock() as provider:
        provider.get("https://bandyer.test/rest/company", json={"company": {"end_call_redirect_url": url}})
        found = differences(WANTED, client=client)

    assert [(each.setting, each.present) for each in found] == [("redirect_url", url)]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("logo.svg", b"<svg/>", "accepts .png and .jpg"),
        ("logo.png", bytes(500_001), "has 500001 bytes"),
        ("logo.png", None, "cannot be read"),
    ],
)
def test_a_file_that_bandyer_would_refuse_is_not_sent(
    tmp_path: Path, name: str, content: bytes | None, reason: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    # Its host does not exist, and the guard of the unit tests forbids sockets.
    client = BandyerClient(base_url="https://bandyer.test", api_key=StaticApiKey("ak"))

    with pytest.raises(DeploymentError, match=reason):
        upload_logo(file, client=client)
