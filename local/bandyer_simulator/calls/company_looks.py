"""The company's colours, logos and background, as the call page shows them."""

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from local.bandyer_simulator.memory.records import (
    BACKGROUNDS_PATH,
    LOGOS_PATH,
    OWN_BACKGROUND,
    Colours,
    Company,
)
from local.bandyer_simulator.memory.state import State

_HEADERS = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
_WHITE, _BLACK = "#ffffff", "#17202a"


def company_looks_routes(state: State) -> list[BaseRoute]:
    """Return the routes of a stylesheet with the company's colours and default background, and of what it
    uploaded.
    """

    def colours(_request: Request) -> Response:
        with state.lock:
            company = state.company
        return Response(
            "".join([*_colours(company), *_background(company)]), media_type="text/css", headers=_HEADERS
        )

    def logo(request: Request) -> Response:
        with state.lock:
            logo = state.company.logos.get(request.path_params["mode"])
        if logo is None:
            return Response(status_code=404, headers=_HEADERS)
        return Response(logo.content, media_type=logo.media_type, headers=_HEADERS)

    def background(request: Request) -> Response:
        with state.lock:
            background = state.company.backgrounds.get(request.path_params["alias"])
        if background is None:
            return Response(status_code=404, headers=_HEADERS)
        return Response(background.content, media_type="image/jpeg", headers=_HEADERS)

    return [
        Route("/_company/colours.css", colours),
        Route(f"{LOGOS_PATH}/{{mode}}", logo),
        Route(f"{BACKGROUNDS_PATH}/{{alias}}.jpeg", background),
    ]


def _colours(company: Company) -> Iterator[str]:
    """Yield rules for the company's colours. Choice: those of one mode serve the other one too."""
    light = company.light_colours or company.dark_colours
    dark = company.dark_colours or company.light_colours
    if light is None or dark is None:
        return
    yield ":root {\n"
    yield _rule("--accent", _primary(light), _primary(dark))
    yield _rule("--on-accent", _readable_on(_primary(light)), _readable_on(_primary(dark)))
    yield _rule("--highlight", light["accent_color"], dark["accent_color"])
    yield "}\n"


def _background(company: Company) -> Iterator[str]:
    """Yield the rule for the default background; without it the call page draws one."""
    background = company.default_background
    if background is not OWN_BACKGROUND:
        yield f':root {{\n\t--virtual-background: url("{background.path}");\n}}\n'


def _rule(name: str, light: str, dark: str) -> str:
    return f"\t{name}: light-dark({light}, {dark});\n"


def _primary(colours: Colours) -> str:
    return colours["primary_color"]


def _readable_on(colour: str) -> str:
    """Return the colour of text on a colour: white or nearly black, whichever has more contrast."""
    light = _luminance(colour)
    # https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
    return _WHITE if 1.05 / (light + 0.05) >= (light + 0.05) / (_luminance(_BLACK) + 0.05) else _BLACK


def _luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb`: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
