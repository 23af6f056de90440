"""Webhooks: subscribe, and see what is subscribed.

https://docs.bandyer.com/Bandyer-RESTAPI/ (webhooks)
"""

from urllib.parse import urlsplit

from local.bandyer_simulator.api.endpoint import Call, Endpoint, Json
from local.bandyer_simulator.api.errors import invalid_request, invalid_value
from local.bandyer_simulator.memory.state import wire_time
from local.bandyer_simulator.memory.webhooks import VERSIONS, Hook, Version
from local.bandyer_simulator.webhooks.bodies import EVENTS


def configure_hooks(call: Call) -> Json:
    """Subscribe an address to the named events of one version; all others of it are switched off."""
    # Sic: v0 is the default here, and v1 in the answer to GET.
    version = _version(call, default="v0")
    url = _url(call.fields.get("post_event_webhook_url"))
    if call.fields.get("webhook_method") != "POST":
        raise invalid_value("invalid_webhook_method", message="webhook_method: POST")  # choice of code
    events = call.fields.get("webhook_filters")
    if not isinstance(events, list) or not all(event in EVENTS[version] for event in events):
        raise invalid_value("invalid_webhook_filters", message="webhook_filters: a list of event names")
    now = call.state.clock()
    hooks = tuple(Hook(url=url, event=event, created_at=now) for event in dict.fromkeys(events))
    call.state.webhooks.hooks[version] = hooks
    return {
        "active_webhooks": [
            {
                "post_event_webhook_url": hook.url,
                "webhook_method": "POST",
                "event": hook.event,
                "creation_date": wire_time(hook.created_at),
            }
            for hook in hooks
        ]
    }


def list_hooks(call: Call) -> Json:
    """Return the subscribed events of one version, by address."""
    version = _version(call, default="v1")
    by_url: dict[str, list[Json]] = {}
    for hook in call.state.webhooks.hooks[version]:
        by_url.setdefault(hook.url, []).append(
            {
                "webhook_method": "POST",
                "event": hook.event,
                "creation_date": wire_time(hook.created_at),
                "event_version": version.removeprefix("v"),
            }
        )
    return {"active_webhooks": by_url}


def _version(call: Call, *, default: Version) -> Version:
    named = call.path.get("version", default)
    for version in VERSIONS:
        if named == version:
            return version
    raise invalid_request("invalid_version", message="version: v0 or v1", status=404)  # choice of code


def _url(value: object) -> str:
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
        valid = parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        valid = False
    if not valid:
        raise invalid_value("invalid_webhook_url", message="post_event_webhook_url is not a valid URL")
    return str(value)


ENDPOINTS = (
    Endpoint("POST", "/hook/configure", configure_hooks),
    Endpoint("POST", "/{version}/hook/configure", configure_hooks),
    Endpoint("GET", "/hook", list_hooks),
    Endpoint("GET", "/{version}/hook", list_hooks),
)
