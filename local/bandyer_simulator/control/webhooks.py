"""Let webhooks go wrong, and show what became of each."""

from local.bandyer_simulator.api.endpoint import Json
from local.bandyer_simulator.control.faults import InvalidControlError
from local.bandyer_simulator.memory.state import State
from local.bandyer_simulator.memory.webhooks import Delivery, Switches

MAX_DELAY_SECONDS = 600.0
_FLAGS = ("duplicate", "reorder", "drop", "bad_signature")


def switches_from(body: Json) -> Switches:
    """Return the switches that a request names; what it leaves out is off."""
    if unknown := body.keys() - {*_FLAGS, "delay_seconds"}:
        raise InvalidControlError(f"unknown: {', '.join(sorted(map(str, unknown)))}")
    flags = {name: body.get(name, False) for name in _FLAGS}
    if not all(isinstance(flag, bool) for flag in flags.values()):
        raise InvalidControlError(f"{', '.join(_FLAGS)} are booleans")
    delay = body.get("delay_seconds", 0.0)
    if isinstance(delay, bool) or not isinstance(delay, int | float) or not 0 <= delay <= MAX_DELAY_SECONDS:
        raise InvalidControlError(f"delay_seconds: 0 to {MAX_DELAY_SECONDS:.0f}")
    return Switches(**flags, delay_seconds=float(delay))


def rendered_webhooks(state: State) -> Json:
    """Return the deliveries, without anything of their bodies but the event's name."""
    webhooks = state.webhooks
    return {
        "waiting": [_rendered(delivery) for delivery in webhooks.waiting],
        "done": [_rendered(delivery) for delivery in webhooks.done],
    }


def _rendered(delivery: Delivery) -> Json:
    return {
        "number": delivery.number,
        "version": delivery.version,
        "event": delivery.happening.event,
        "room_id": delivery.happening.room_id,
        "statuses": delivery.statuses,
    }
