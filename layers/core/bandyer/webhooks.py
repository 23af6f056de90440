"""Webhooks of Bandyer's v1 API: which events are posted where.

https://docs.bandyer.com/Bandyer-RESTAPI/ (webhooks)
"""

from dataclasses import dataclass, field
from typing import Final

from bandyer.fields import JsonObject, UnreadableFieldError, read_objects, read_text

CALL_EVENTS: Final = (
    "on_session_started",
    "on_session_resumed",
    "on_session_paused",
    "on_session_ended",
    "on_user_connected",
    "on_user_disconnected",
)
"""The events of version v1 that tell what takes place in a room. None of them carries a link."""
ROOM_EVENTS: Final = ("on_room_created", "on_room_disabled", "on_room_deleted")
"""The events of version v1 that tell what becomes of a room. They carry links, living ones the first."""


@dataclass(frozen=True, kw_only=True)
class Hook:
    """An event that is posted to an address."""

    url: str = field(repr=False)
    """It may hold a secret of the program that it leads to."""
    event: str


def read_hooks(body: JsonObject) -> tuple[Hook, ...]:
    """Return the hooks in the answer to `GET /v1/hook`: events by address."""
    by_url = body.get("active_webhooks")
    # Nothing subscribed may be an empty list.
    if by_url == []:
        return ()
    if not isinstance(by_url, dict):
        raise UnreadableFieldError("active_webhooks")
    return tuple(
        Hook(url=url, event=read_text(entry, "event"))
        for url in by_url
        for entry in read_objects(by_url, url)
    )
