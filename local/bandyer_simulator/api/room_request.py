"""Validate the body of a room creation."""

import secrets
from dataclasses import dataclass
from typing import Any

from local.bandyer_simulator.api.endpoint import Call
from local.bandyer_simulator.api.errors import invalid_value, unknown_user
from local.bandyer_simulator.api.tools import expanded_tools
from local.bandyer_simulator.memory.records import Participant, Room

MIN_PARTICIPANTS = 2
MAX_PARTICIPANTS = 25
MIN_DURATION_SECONDS = 60
CALL_TYPES = ("audio_only", "audio_upgradable", "audio_video")
RECORDING_TYPES = ("automatic", "manual")
# 26 hexadecimal characters, like the longest link tokens in the vendor's samples.
TOKEN_BYTES = 13


@dataclass(frozen=True, slots=True)
class _Fields:
    """The optional fields of the body; null means not sent (choice)."""

    call: Call

    def flag(self, name: str) -> bool:
        value = self._sent(name, otherwise=False)
        if not isinstance(value, bool):
            raise invalid_value(f"invalid_{name}", message=f"{name} must be a boolean")
        return value

    def text(self, name: str) -> str | None:
        value = self._sent(name, otherwise=None)
        if value is not None and not isinstance(value, str):
            raise invalid_value(f"invalid_{name}", message=f"{name} must be a string")
        return value

    def one_of(self, name: str, *, allowed: tuple[str, ...], default: str) -> str:
        value = self._sent(name, otherwise=default)
        if value not in allowed:
            raise invalid_value(f"invalid_{name}", message=f"{name} must be one of {', '.join(allowed)}")
        return str(value)

    def _sent(self, name: str, *, otherwise: object) -> object:
        value = self.call.fields.get(name)
        return otherwise if value is None else value


def room_from(call: Call) -> Room:
    """Return the requested room with a new id and a new link token for each participant.

    The vendor documents no errors for this endpoint. Choices: a broken rule is 422 `validation_error` with
    the codes below; an unknown user is 400 `invalid_user_id`, as in other endpoints. `user_list_in_call`
    (deprecated, its effect undocumented) is ignored.
    """
    fields = _Fields(call)
    participants = _participants(call)
    initiator = fields.text("initiatorAlias")
    if initiator is not None and initiator not in call.state.users:
        raise unknown_user()
    return Room(
        room_id=f"room_{secrets.token_hex(6)}",
        participants=participants,
        recording=_recording(fields),
        recording_type=fields.one_of("recording_type", allowed=RECORDING_TYPES, default="automatic"),
        call_type=fields.one_of("call_type", allowed=CALL_TYPES, default="audio_video"),
        direct_call=fields.flag("directCall"),
        live=fields.flag("live"),
        description=fields.text("description"),
        initiator=initiator,
        duration_seconds=_duration(call.fields.get("duration")),
        created_at=call.state.clock(),
    )


def _participants(call: Call) -> tuple[Participant, ...]:
    requested = call.fields.get("participants")
    if not isinstance(requested, list) or not all(isinstance(entry, dict) for entry in requested):
        raise invalid_value("invalid_participants", message="participants must be a list of objects")
    if not MIN_PARTICIPANTS <= len(requested) <= MAX_PARTICIPANTS:
        raise invalid_value(
            "invalid_participants_number", message=f"{MIN_PARTICIPANTS} to {MAX_PARTICIPANTS} participants"
        )
    participants = tuple(_participant(entry) for entry in requested)
    user_ids = [participant.user_id for participant in participants]
    if len(set(user_ids)) != len(user_ids):
        raise invalid_value("duplicate_participant", message="each user can take part once")
    if any(user_id not in call.state.users for user_id in user_ids):
        raise unknown_user()
    if all(call.state.users[user_id].role != "plus" for user_id in user_ids):
        raise invalid_value("no_plus_user", message="at least one participant must have the role plus")
    return participants


def _participant(entry: dict[str, Any]) -> Participant:
    user_id, is_admin = entry.get("user_id"), entry.get("is_admin", False)
    if not isinstance(user_id, str):
        raise invalid_value("invalid_participants", message="user_id is required")
    if not isinstance(is_admin, bool):
        raise invalid_value("invalid_participants", message="is_admin must be a boolean")
    return Participant(
        user_id=user_id,
        is_admin=is_admin,
        tools=expanded_tools(entry.get("tools")),
        token=secrets.token_hex(TOKEN_BYTES),
    )


def _recording(fields: _Fields) -> bool:
    # `record` ("0" or "1") is the deprecated spelling, used only if `recording` is missing (choice).
    if fields.call.fields.get("recording") is None:
        return str(fields.call.fields.get("record")).lower() in ("1", "true")
    return fields.flag("recording")


def _duration(value: object) -> int | None:
    if value is None:
        return None
    # Choice: whole seconds only. There is no maximum: the often quoted 24 hours are not the vendor's.
    if isinstance(value, bool) or not isinstance(value, int) or value < MIN_DURATION_SECONDS:
        raise invalid_value(
            "invalid_duration", message=f"duration: whole seconds, at least {MIN_DURATION_SECONDS}"
        )
    return value
