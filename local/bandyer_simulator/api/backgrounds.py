"""The company's virtual backgrounds, of which calls use the default one.

https://docs.bandyer.com/Bandyer-RESTAPI/ (company)
"""

import secrets
from dataclasses import replace

from local.bandyer_simulator.api.endpoint import Call, Endpoint, Json
from local.bandyer_simulator.api.errors import invalid_request, invalid_value
from local.bandyer_simulator.api.jpeg import jpeg_size
from local.bandyer_simulator.memory.records import OWN_BACKGROUND, Background

MAX_BACKGROUNDS = 10
MAX_BACKGROUND_BYTES = 16 * 1024 * 1024
MIN_BACKGROUND_PIXELS = 1280


def list_backgrounds(call: Call) -> Json:
    """Return the default background and the uploaded ones, newest first."""
    company = call.state.company
    return {
        "virtual_backgrounds": {
            "default_background": described(company.default_background, call=call),
            "backgrounds": [
                described(background, call=call)
                for background in reversed(tuple(company.backgrounds.values()))
            ],
        }
    }


def upload_background(call: Call) -> Json:
    """Add a background. Choice: a file is looked at before the number of backgrounds is."""
    image = call.fields.get("virtual_background")
    if not isinstance(image, bytes):
        raise invalid_request("file_not_found", message="virtual_background is needed")
    size = jpeg_size(image)
    if size is None or len(image) > MAX_BACKGROUND_BYTES:
        raise invalid_value("invalid_file", message="virtual_background: jpeg, at most 16 MB")
    if min(size) < MIN_BACKGROUND_PIXELS:
        raise invalid_value("wrong_file_dimension", message="virtual_background: at least 1280x1280")
    company = call.state.company
    if len(company.backgrounds) >= MAX_BACKGROUNDS:
        raise invalid_request("exceeded_background_limit", message=f"At most {MAX_BACKGROUNDS} backgrounds")
    background = Background(alias=secrets.token_hex(8), content=image, created_at=call.state.clock())
    backgrounds = {**company.backgrounds, background.alias: background}
    call.state.company = replace(company, backgrounds=backgrounds)
    return {"virtual_background": described(background, call=call)}


def delete_background(call: Call) -> Json:
    """Remove a background. Choice: after the default one, the simulator's own is the default."""
    company, alias = call.state.company, call.fields.get("background_alias")
    background = company.backgrounds.get(alias) if isinstance(alias, str) else None
    if background is None:
        raise invalid_request("background_not_found", message="Background not found", status=404)
    remaining = {name: kept for name, kept in company.backgrounds.items() if name != alias}
    call.state.company = replace(company, backgrounds=remaining)
    return {"virtual_background": described(background, call=call)}


def described(background: Background, *, call: Call) -> Json:
    """Return a background as most answers write it."""
    return {
        "background_alias": background.alias,
        "url": call.state.public_url() + background.path,
        # Sic: the vendor's samples of this date, and of no other, lack the Z.
        "creation_date": background.created_at.replace(tzinfo=None).isoformat(timespec="milliseconds"),
    }


def is_background(alias: object, *, call: Call) -> bool:
    """Return whether there is a background with this alias. Choice: the simulator's own one stays."""
    uploaded = call.state.company.backgrounds
    return isinstance(alias, str) and (alias == OWN_BACKGROUND.alias or alias in uploaded)


ENDPOINTS = (
    Endpoint("GET", "/company/virtual-backgrounds", list_backgrounds),
    Endpoint("POST", "/company/virtual-background", upload_background),
    Endpoint("DELETE", "/company/virtual-background", delete_background),
)
