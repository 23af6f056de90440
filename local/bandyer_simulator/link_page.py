"""What opens behind an access link: the call page, or a page that says why there is none."""

from html import escape
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from local.bandyer_simulator.link_texts import DEFAULT_LANGUAGE, TEXTS
from local.bandyer_simulator.records import Participant, Room
from local.bandyer_simulator.rooms import DIRECT_HANDLER, PRE_CALL_HANDLER
from local.bandyer_simulator.state import State

_TEMPLATES = Path(__file__).parent / "templates"
_ASSETS = Path(__file__).parent / "assets"
MAX_NAME_LENGTH = 100
# The page exists to be framed, but only by pages of this machine; their ports are settings, so any port.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self' http://127.0.0.1:* http://localhost:*"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def link_page_routes(state: State) -> list[BaseRoute]:
    """The two link handlers and the assets of their pages."""
    call_page = Template((_TEMPLATES / "call.html").read_text(encoding="utf-8"))
    dead_page = Template((_TEMPLATES / "dead_link.html").read_text(encoding="utf-8"))

    async def open_link(request: Request) -> Response:
        token = request.path_params["token"]
        with state.lock:
            link = state.live_link(token)
            if link is None:
                # Choice: 410 for a link that once worked, 404 for one that never did.
                return _dead(dead_page, request=request, was_known=token in state.link_tokens)
            room, participant = link
            return _call(call_page, request=request, state=state, room=room, participant=participant)

    return [
        Route(f"/eu/{DIRECT_HANDLER}/{{token}}", open_link),
        Route(f"/eu/{PRE_CALL_HANDLER}/{{token}}", open_link),
        Mount("/_page", app=StaticFiles(directory=_ASSETS)),
    ]


def _call(
    page: Template, *, request: Request, state: State, room: Room, participant: Participant
) -> Response:
    user = state.users[participant.user_id]
    language = _language(request, fallbacks=(user.language, state.company.default_language))
    # The vendor's order: the link's own parameter, then the (deprecated) stored name, then the id.
    stored_name = " ".join(part for part in (user.first_name, user.last_name) if part) or user.nickname
    name = (_parameter(request, "display_name", "dn") or stored_name or user.id)[:MAX_NAME_LENGTH]
    redirect = state.company.end_call_redirect_url
    texts = TEXTS[language]
    return _page(
        page,
        status=200,
        values={
            **texts,
            "language": language,
            "theme": _theme(request),
            "name": name,
            "initial": name.strip()[:1].upper(),
            # The room decides, not the path: the same token behind the other handler is the same seat.
            "state": "call" if room.direct_call else "lobby",
            "redirect_url": redirect or "",
            "redirect_after_ms": str(state.company.end_call_redirect_timeout_ms),
            "ended": texts["redirecting"] if redirect else texts["ended"],
        },
    )


def _dead(page: Template, *, request: Request, was_known: bool) -> Response:
    language = _language(request, fallbacks=())
    texts = TEXTS[language]
    kind = "dead" if was_known else "unknown"
    return _page(
        page,
        status=410 if was_known else 404,
        values={
            "language": language,
            "theme": _theme(request),
            "heading": texts[f"{kind}_title"],
            "explanation": texts[kind],
            "notice": texts["notice"],
        },
    )


def _page(page: Template, *, status: int, values: dict[str, str]) -> Response:
    escaped = {name: escape(value, quote=True) for name, value in values.items()}
    return HTMLResponse(page.substitute(escaped), status_code=status, headers=_HEADERS)


def _language(request: Request, *, fallbacks: tuple[str, ...]) -> str:
    wanted = (_parameter(request, "language", "l"), *fallbacks)
    return next((language for language in wanted if language in TEXTS), DEFAULT_LANGUAGE)


def _theme(request: Request) -> str:
    theme = _parameter(request, "theme", "t")
    return theme if theme in ("light", "dark") else "auto"


def _parameter(request: Request, name: str, short_name: str) -> str:
    return request.query_params.get(name) or request.query_params.get(short_name) or ""
