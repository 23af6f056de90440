"""Subscribe the deployment to what Bandyer tells of calls and rooms.

A company has one list of webhooks for all programs that use it, and configuring it is declarative: what a
request leaves out is switched off. So the present list is read first.
"""

from typing import Final
from urllib.parse import urlsplit

from bandyer import CALL_EVENTS, ROOM_EVENTS, BandyerClient, Hook
from deployment.company import explained_by_bandyer
from deployment.errors import DeploymentError

WEBHOOK_PATH: Final = "/webhooks/bandyer"
EVENTS: Final = (*CALL_EVENTS, *ROOM_EVENTS)


def webhook_url(api_url: str) -> str:
    """Return the address that Bandyer posts events to."""
    return f"{api_url}{WEBHOOK_PATH}"


def missing_events(url: str, *, client: BandyerClient) -> list[str]:
    """Return the events that the service takes and that are not posted to this address.

    Raises:
        DeploymentError: Bandyer refuses, or does not answer.
    """
    with explained_by_bandyer():
        return _missing(url, present=client.hooks())


def subscribe(url: str, *, client: BandyerClient, replace: bool) -> list[str]:
    """Let the events that the service takes be posted to this address, and return those that were not before.
    Other events that are posted to it stay.

    Raises:
        DeploymentError: another address is subscribed and `replace` is false (nothing is changed then),
            Bandyer refuses or does not answer, or it has the old list after the change.
    """
    with explained_by_bandyer():
        present = client.hooks()
        missing = _missing(url, present=present)
        if not missing:
            return []
        hosts = sorted({urlsplit(hook.url).hostname or "?" for hook in present if hook.url != url})
        if hosts and not replace:
            raise DeploymentError(
                f"Bandyer posts events to another program: {', '.join(hosts)}. Subscribing would take them "
                "away from it, so nothing was changed; attendance is known only after the door has closed, "
                "and a room that somebody deletes is noticed later. "
                'To take them away, add OPTIONS="--replace".'
            )
        kept = [hook.event for hook in present if hook.url == url]
        client.configure_hooks(url=url, events=list(dict.fromkeys([*kept, *EVENTS])))
        left = _missing(url, present=client.hooks())
    if left:
        raise DeploymentError(
            f"Bandyer accepted the subscription and did not keep it: {', '.join(left)}. Ask Bandyer."
        )
    return missing


def _missing(url: str, *, present: tuple[Hook, ...]) -> list[str]:
    ours = {hook.event for hook in present if hook.url == url}
    return [event for event in EVENTS if event not in ours]
