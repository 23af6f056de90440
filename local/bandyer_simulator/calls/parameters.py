"""The query parameters of an access link, and the values they override.

https://docs.bandyer.com/Bandyer-RESTAPI/ (room, query parameters of the links)
"""

from starlette.requests import Request

from local.bandyer_simulator.calls.texts import DEFAULT_LANGUAGE, TEXTS
from local.bandyer_simulator.memory.records import User

MAX_NAME_LENGTH = 100


def shown_name(request: Request, *, user: User) -> str:
    """Return the name by the vendor's order: the link's parameter, the (deprecated) stored name, the id."""
    stored_name = " ".join(part for part in (user.first_name, user.last_name) if part) or user.nickname
    return (_parameter(request, "display_name", "dn") or stored_name or user.id)[:MAX_NAME_LENGTH]


def shown_language(request: Request, *, fallbacks: tuple[str, ...] = ()) -> str:
    """Return the first language that has texts: the link's, then the fallbacks, then English."""
    wanted = (_parameter(request, "language", "l"), *fallbacks)
    return next((language for language in wanted if language in TEXTS), DEFAULT_LANGUAGE)


def shown_theme(request: Request) -> str:
    """Return `light`, `dark`, or `auto` for the device's preference."""
    theme = _parameter(request, "theme", "t")
    return theme if theme in ("light", "dark") else "auto"


def starts_muted(request: Request) -> bool:
    """Return whether the link switches the microphone off at the start."""
    return _is_on(_parameter(request, "audio_disabled", "ad"))


def starts_unseen(request: Request) -> bool:
    """Return whether the link switches the camera off at the start."""
    return _is_on(_parameter(request, "video_disabled", "vd"))


def shown_background(request: Request) -> str:
    """Return `image` or `blur` for a virtual background, or `none`."""
    background = _parameter(request, "virtual_background", "vb")
    return background if background in ("image", "blur") else "none"


def _is_on(value: str) -> bool:
    return value.lower() in ("true", "1")


def _parameter(request: Request, name: str, short_name: str) -> str:
    return request.query_params.get(name) or request.query_params.get(short_name) or ""
