"""The company's looks: colours and logo of the call page.

https://docs.bandyer.com/Bandyer-RESTAPI/ (company)
"""

import hashlib
import re
from dataclasses import replace

from local.bandyer_simulator.api.endpoint import Call, Endpoint, Json
from local.bandyer_simulator.api.errors import invalid_request, invalid_value
from local.bandyer_simulator.memory.records import Logo

MAX_LOGO_BYTES = 500 * 1024
MIN_LOGO_PIXELS = 200
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_COLOURS = {"primary_color", "accent_color"}
_MODES = ("light", "dark")
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"


def get_theme(call: Call) -> Json:
    """Return the colours; null is the default of a mode."""
    company = call.state.company
    return {"theme": {"light": company.light_colours, "dark": company.dark_colours}}


def update_theme(call: Call) -> Json:
    """Change the colours of the modes that were sent; null resets a mode."""
    sent = {mode: call.fields[mode] for mode in _MODES if mode in call.fields}
    if not sent:
        raise invalid_value("missing_theme", message="light or dark is needed")
    for colours in sent.values():
        # Choice: a missing colour is an invalid one; the vendor lists the code of another field.
        if colours is not None and not _are_colours(colours):
            raise invalid_value("invalid_theme_color", message="primary_color and accent_color: #RRGGBB")
    changes: Json = {f"{mode}_colours": colours for mode, colours in sent.items()}
    call.state.company = replace(call.state.company, **changes)
    return get_theme(call)


def update_logo(call: Call) -> Json:
    """Replace the logo of the modes in `theme`. Choice: it is not resized."""
    logo, theme = call.fields.get("logo"), call.fields.get("theme", b"all")
    modes = {b"light": ("light",), b"dark": ("dark",), b"all": _MODES}.get(theme)
    if not isinstance(logo, bytes):
        raise invalid_request("file_not_found", message="logo is needed")
    if modes is None:
        raise invalid_value("invalid_company_logo_theme", message="theme: light, dark or all")
    if not logo.startswith((_PNG, _JPEG)) or len(logo) > MAX_LOGO_BYTES:
        raise invalid_value("invalid_file", message="logo: png or jpeg, at most 500 Kb")
    # Choice: the size of a jpeg is not checked.
    if logo.startswith(_PNG) and min(_png_size(logo)) < MIN_LOGO_PIXELS:
        raise invalid_value("wrong_file_dimension", message="logo: at least 200x200")
    stored = Logo(
        content=logo,
        media_type="image/png" if logo.startswith(_PNG) else "image/jpeg",
        digest=hashlib.sha256(logo).hexdigest()[:8],
    )
    company = call.state.company
    call.state.company = replace(company, logos={**company.logos, **dict.fromkeys(modes, stored)})
    base, company = call.state.public_url(), call.state.company
    return {
        "logo_url": base + company.logo_path("light"),
        "logo_dark_url": base + company.logo_path("dark"),
    }


def _are_colours(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == _COLOURS
        and all(isinstance(colour, str) and _COLOUR.fullmatch(colour) for colour in value.values())
    )


def _png_size(logo: bytes) -> tuple[int, int]:
    # Width and height are the first fields of the first chunk: https://www.w3.org/TR/png-3/#11IHDR
    return int.from_bytes(logo[16:20]), int.from_bytes(logo[20:24])


ENDPOINTS = (
    Endpoint("GET", "/company/theme", get_theme),
    Endpoint("POST", "/company/theme", update_theme),
    Endpoint("POST", "/company/logo/update", update_logo),
)
