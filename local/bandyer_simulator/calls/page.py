"""The pages of an access link: the call page, or a page that explains why the link does not work."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from local.bandyer_simulator.api.rooms import DIRECT_HANDLER, PRE_CALL_HANDLER
from local.bandyer_simulator.calls.files import MAX_FILE_BYTES
from local.bandyer_simulator.calls.page_assets import PageAssets
from local.bandyer_simulator.calls.parameters import (
    shown_background,
    shown_language,
    shown_name,
    shown_theme,
    starts_muted,
    starts_unseen,
)
from local.bandyer_simulator.calls.texts import TEXTS
from local.bandyer_simulator.memory.records import Company, Participant, Room, Tools, allows
from local.bandyer_simulator.memory.state import State

_TEMPLATES = Path(__file__).parent / "templates"
_ASSETS = Path(__file__).parent / "assets"
_OWN_FEATURES = ("autoplay", "camera", "display-capture", "fullscreen", "microphone")
_UNUSED_FEATURES = ("geolocation", "hid", "midi", "payment", "serial", "usb")
# Pages of this machine may frame the page, on any port, since ports are settings.
# Inside a frame, `self` in the features is not enough: the embedding page must allow them too.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "
        "frame-ancestors 'self' http://127.0.0.1:* http://localhost:*"
    ),
    "Permissions-Policy": ", ".join(
        [*(f"{name}=(self)" for name in _OWN_FEATURES), *(f"{name}=()" for name in _UNUSED_FEATURES)]
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def link_page_routes(state: State) -> list[BaseRoute]:
    """Return the routes of the two link handlers and of the pages' assets."""
    call_page = Template((_TEMPLATES / "call.html").read_text(encoding="utf-8"))
    dead_page = Template((_TEMPLATES / "dead_link.html").read_text(encoding="utf-8"))

    async def open_link(request: Request) -> Response:
        token = request.path_params["token"]
        with state.lock:
            link = state.live_link(token)
            if link is None:
                # Choice: 410 for a link that worked once, 404 for an unknown one.
                return _dead(dead_page, request=request, was_known=token in state.link_tokens)
            room, participant = link
            return _call(call_page, request=request, state=state, room=room, participant=participant)

    return [
        Route(f"/eu/{DIRECT_HANDLER}/{{token}}", open_link),
        Route(f"/eu/{PRE_CALL_HANDLER}/{{token}}", open_link),
        Mount("/_page", app=PageAssets(directory=_ASSETS)),
    ]


def _call(
    page: Template, *, request: Request, state: State, room: Room, participant: Participant
) -> Response:
    user = state.users[participant.user_id]
    language = shown_language(request, fallbacks=(user.language, state.company.default_language))
    name = shown_name(request, user=user)
    redirect = state.company.end_call_redirect_url
    texts = TEXTS[language]
    has_chat = allows(participant.tools, "chat")
    return _page(
        page,
        status=200,
        values={
            **texts,
            "texts": json.dumps(texts, ensure_ascii=False),
            "language": language,
            "theme": shown_theme(request),
            **_logo(state.company, theme=shown_theme(request)),
            "name": name,
            "initial": name.strip()[:1].upper(),
            # The room decides, not the path: a token is valid behind both handlers.
            "state": "call" if room.direct_call else "lobby",
            "channel": f"/_call/{participant.token}",
            "panel_title": texts["chat_title" if has_chat else "files_title"],
            "panel_close": texts["chat_close" if has_chat else "files_close"],
            "panel_empty": texts["chat_empty" if has_chat else "files_empty"],
            "tools": " ".join(_usable(participant.tools)),
            "max_file_bytes": str(MAX_FILE_BYTES),
            "microphone": "off" if starts_muted(request) else "on",
            "background": shown_background(request),
            "camera": _camera(request, room=room, can_video=user.can_video),
            "redirect_url": redirect or "",
            "redirect_after_ms": str(state.company.end_call_redirect_timeout_ms),
            "ended": f"{texts['ended']} {texts['moment']}" if redirect else texts["ended"],
        },
    )


def _logo(company: Company, *, theme: str) -> dict[str, str]:
    """Return the company's logo for each mode of the device, or the one of the link's theme for both."""
    return {
        "company": company.name,
        "no_logo": "" if company.logos else "hidden",
        "light_logo": company.logo_path("light" if theme == "auto" else theme),
        "dark_logo": company.logo_path("dark" if theme == "auto" else theme),
    }


def _usable(tools: Tools) -> Iterator[str]:
    """Yield the names of the tools that are on, those of the whiteboard included."""
    for name, tool in tools.items():
        if tool:
            yield name
        if isinstance(tool, Mapping):
            yield from _usable(tool)


def _camera(request: Request, *, room: Room, can_video: bool) -> str:
    """Return the camera's initial state. Choice: an upgradable call starts with cameras off."""
    if room.call_type == "audio_only" or not can_video:
        return "none"
    return "off" if room.call_type == "audio_upgradable" or starts_unseen(request) else "on"


def _dead(page: Template, *, request: Request, was_known: bool) -> Response:
    language = shown_language(request)
    texts = TEXTS[language]
    kind = "dead" if was_known else "unknown"
    return _page(
        page,
        status=410 if was_known else 404,
        values={
            "language": language,
            "theme": shown_theme(request),
            "heading": texts[f"{kind}_title"],
            "explanation": texts[kind],
            "notice": texts["notice"],
        },
    )


def _page(page: Template, *, status: int, values: dict[str, str]) -> Response:
    escaped = {name: escape(value, quote=True) for name, value in values.items()}
    return HTMLResponse(page.substitute(escaped), status_code=status, headers=_HEADERS)
