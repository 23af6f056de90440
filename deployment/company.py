"""Compare Bandyer's company with what this deployment needs of it, and set it.

A company has one address to which calls lead back and one theme, for all its rooms and all programs that use
it. Without the way back the page is not told that a call has ended.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from bandyer import AuthenticationError, BandyerClient, BandyerError, Colours, LogoType, StaticApiKey, Theme
from deployment.errors import DeploymentError
from deployment.target import Target

CALL_ENDED_PATH: Final = "/call-ended.html"
REDIRECT_MILLISECONDS: Final = 0
"""Our page has its own screen after a call, so the provider need not show its own for a while."""
MAX_LOGO_BYTES: Final = 500_000
_LOGO_TYPES: Final[Mapping[str, LogoType]] = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}
_COLOUR: Final = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, kw_only=True)
class CompanySettings:
    """The settings of a company that concern this service; None is one that is not set, or not wanted."""

    redirect_url: str | None
    redirect_milliseconds: int | None
    light_theme: Colours | None
    dark_theme: Colours | None


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A setting that the company has otherwise than wanted; its text is for the operator."""

    setting: str
    present: object
    wanted: object

    @property
    def takes_away(self) -> bool:
        """Whether another program of the company may have set the present value."""
        return self.present is not None and self.setting != "redirect_milliseconds"

    def __str__(self) -> str:
        name = self.setting.replace("_", " ")
        return f"{name}: {_shown(self.present)}, wanted {_shown(self.wanted)}"


def wanted_settings(*, page_url: str, configuration: Path) -> CompanySettings:
    """Return what the deployment needs: calls lead back to the page, in the theme of the page's config.json.

    Raises:
        DeploymentError: the theme has a colour that Bandyer does not accept.
    """
    theme = json.loads(configuration.read_text(encoding="utf-8")).get("theme", {})
    return CompanySettings(
        redirect_url=f"{page_url}{CALL_ENDED_PATH}",
        redirect_milliseconds=REDIRECT_MILLISECONDS,
        light_theme=_colours(theme, mode="light"),
        dark_theme=_colours(theme, mode="dark"),
    )


def client_for(target: Target, *, api_key: str) -> BandyerClient:
    """Return a client of the company that the target's functions use."""
    return BandyerClient(
        base_url=target.parameters["BandyerBaseUrl"],
        path_prefix=target.parameters["BandyerPathPrefix"],
        api_key=StaticApiKey(api_key),
    )


def differences(wanted: CompanySettings, *, client: BandyerClient) -> list[Difference]:
    """Return the wanted settings that the company has otherwise.

    Raises:
        DeploymentError: Bandyer refuses, or does not answer.
    """
    with explained_by_bandyer():
        company = client.company()
        # Only if one is wanted: an API without this endpoint must not stop the rest.
        theme = client.theme() if wanted.light_theme or wanted.dark_theme else Theme()
    milliseconds = company.end_call_redirect_timeout_milliseconds
    present = CompanySettings(
        redirect_url=company.end_call_redirect_url,
        # A time that Bandyer does not return cannot be compared.
        redirect_milliseconds=wanted.redirect_milliseconds if milliseconds is None else milliseconds,
        light_theme=_comparable(theme.light),
        dark_theme=_comparable(theme.dark),
    )
    return compared(present=present, wanted=wanted)


def compared(*, present: CompanySettings, wanted: CompanySettings) -> list[Difference]:
    """Return the wanted settings that are present with another value."""
    pairs = [(name.name, getattr(present, name.name), getattr(wanted, name.name)) for name in fields(wanted)]
    return [
        Difference(setting=setting, present=has, wanted=wants)
        for setting, has, wants in pairs
        if wants is not None and has != wants
    ]


def set_up(wanted: CompanySettings, *, client: BandyerClient, replace: bool) -> list[Difference]:
    """Set the wanted settings that differ, and return what was changed; everything else stays.

    Raises:
        DeploymentError: a setting has another value and `replace` is false (nothing is changed then), Bandyer
            refuses or does not answer, or it has the old values after the change.
    """
    found = differences(wanted, client=client)
    taken = [difference for difference in found if difference.takes_away]
    if taken and not replace:
        raise DeploymentError(
            "Bandyer's company has another value, perhaps for another program: "
            f'{"; ".join(map(str, taken))}. Nothing was changed. To replace it, add OPTIONS="--replace".'
        )
    changed = {difference.setting for difference in found}
    with explained_by_bandyer():
        if changed & {"redirect_url", "redirect_milliseconds"}:
            client.update_company(
                end_call_redirect_url=wanted.redirect_url,
                end_call_redirect_timeout_milliseconds=wanted.redirect_milliseconds,
            )
        if changed & {"light_theme", "dark_theme"}:
            client.update_theme(Theme(light=wanted.light_theme, dark=wanted.dark_theme))
    if found and (left := differences(wanted, client=client)):
        raise DeploymentError(
            f"Bandyer accepted the change and did not keep it: {'; '.join(map(str, left))}. Ask Bandyer."
        )
    return found


def upload_logo(file: Path, *, client: BandyerClient) -> None:
    """Replace the company's logo. Bandyer does not return it, so it cannot be compared.

    Raises:
        DeploymentError: the file is not a logo that Bandyer accepts, or Bandyer refuses or does not answer.
    """
    media_type = _LOGO_TYPES.get(file.suffix.lower())
    if media_type is None:
        raise DeploymentError(f"{file.name} is no logo for Bandyer: it accepts .png and .jpg.")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DeploymentError(f"{file} cannot be read.") from error
    if len(content) > MAX_LOGO_BYTES:
        raise DeploymentError(f"{file.name} has {len(content)} bytes; Bandyer accepts {MAX_LOGO_BYTES}.")
    with explained_by_bandyer():
        client.update_logo(content, media_type=media_type)


def _colours(theme: Any, *, mode: str) -> Colours | None:  # noqa: ANN401 - JSON that somebody edited
    given = theme.get(mode) if isinstance(theme, dict) else None
    if given is None:
        return None
    named = given if isinstance(given, dict) else {}
    primary, accent = str(named.get("primaryColor")), str(named.get("accentColor"))
    if not _COLOUR.fullmatch(primary) or not _COLOUR.fullmatch(accent):
        raise DeploymentError(
            f"config.json: theme.{mode} needs primaryColor and accentColor, each as #RRGGBB, for Bandyer."
        )
    return _comparable(Colours(primary=primary, accent=accent))


def _comparable(colours: Colours | None) -> Colours | None:
    return colours and Colours(primary=colours.primary.upper(), accent=colours.accent.upper())


def _shown(value: object) -> str:
    if isinstance(value, Colours):
        return f"{value.primary} with {value.accent}"
    return "not set" if value is None else str(value)


@contextmanager
def explained_by_bandyer() -> Iterator[None]:
    """Convert an error of Bandyer into one line.

    Raises:
        DeploymentError: the block raised such an error.
    """
    try:
        yield
    except AuthenticationError as error:
        raise DeploymentError(
            "Bandyer does not accept the API key: check the secret, BandyerBaseUrl and BandyerPathPrefix."
        ) from error
    except BandyerError as error:
        reason = error.code or error.cause_name or error.status or type(error).__name__
        raise DeploymentError(f"{str(error).rstrip('.')} ({reason}): check BandyerBaseUrl.") from error
