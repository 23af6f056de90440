"""Whatever prints one of our objects by accident leaks nothing."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from types import NoneType
from typing import Any, Literal, TypeAliasType, get_args, get_origin

import pytest
from pydantic import BaseModel, ValidationError

import aws_json
import bandyer
import probe
import teleconsultation
from teleconsultation.edge.create_body import CreateTeleconsultationBody
from teleconsultation.edge.http import Response
from teleconsultation.edge.update_body import UpdateTeleconsultationBody

CANARY = "canary-7f3a"

HARMLESS = {
    "aws_json.endpoint.Origin": {"host"},
    "bandyer.models.Background": {"alias", "url"},
    "bandyer.models.Company": {
        *("name", "default_language", "end_call_redirect_url"),
        "user_details_provider_url",
    },
    "bandyer.models.Colours": {"primary", "accent"},
    "bandyer.models.Session": {"session_id", "room_id"},
    "bandyer.models.Upload": {"upload_type", "session_id", "room_id"},
    "bandyer.models.User": {"role", "language"},
    "probe.settings.ProbeSettings": {"page_url", "call_origins", "issuer", "groups"},
    "probe.visit._Visit": {"id"},
    "probe.web.Answer": {"content_type"},
    "bandyer.rooms.Room": {"room_id", "call_type"},
    "bandyer.rooms.RoomInfo": {"room_id", "status", "call_type"},
    "bandyer.rooms.RoomParticipant": {"tools"},
    "bandyer.rooms.RoomSummary": {"room_id", "status", "call_type"},
    "teleconsultation.directory.settings.DirectorySettings": {
        *("users_api_endpoint", "source", "target", "user_pool_id", "user_pool_region", "auth0_address"),
        *("secret_id", "profile_max_age"),
    },
    "teleconsultation.domain.company.Background": {"alias", "url"},
    "teleconsultation.domain.company.Company": {
        *("name", "default_language", "end_call_redirect_url"),
        "user_details_provider_url",
    },
    "teleconsultation.domain.consent.Consent": {"version"},
    "teleconsultation.domain.people.DirectoryEntry": {"language"},
    "teleconsultation.domain.model.CallSettings": {"recording", "call_type"},
    "teleconsultation.domain.delivery.Delivery": {"endpoint_id", "event_id"},
    "teleconsultation.domain.erasure.RequestedErasure": {"id", "stopped_by", "resume_from", "upcoming"},
    "teleconsultation.use_cases.run_erasures.ErasureRuns": {"runs"},
    "teleconsultation.domain.events.DoorCall": {"teleconsultation_id"},
    "teleconsultation.domain.events.Event": {"teleconsultation_id", "change_id", "data"},
    "teleconsultation.publishing.endpoints.Endpoint": {"id"},
    "teleconsultation.publishing.webhook_client.Answer": {"problem"},
    "teleconsultation.storage.changes.Change": {"event_id"},
    "teleconsultation.domain.listing.ListedTeleconsultation": {"id"},
    "teleconsultation.domain.listing.ListPosition": {"teleconsultation_id"},
    "teleconsultation.domain.room_details.CallSession": {"session_id"},
    "teleconsultation.domain.room_details.RoomDetails": {"call_type", "status"},
    "teleconsultation.domain.model.HistoryEntry": {"action", "by", "digest", "fields"},
    "teleconsultation.domain.idempotency.IdempotencyRecord": {
        "key_digest",
        "fingerprint",
        "teleconsultation_id",
    },
    "teleconsultation.use_cases.erase.Erasure": {"resume_from", "stopped_by", "upcoming"},
    "teleconsultation.domain.errors.FieldError": {"message"},
    "teleconsultation.use_cases.guests.Invitee": {"field_path", "language"},
    "teleconsultation.edge.calendar_texts.CalendarTexts": {"summary", "enter", "keep", "stays"},
    "teleconsultation.edge.http.Response": {"content_type"},
    "teleconsultation.use_cases.import_visit.FormerVisit": {"id", "room_id"},
    "teleconsultation.use_cases.import_visit.VisitImport": {"closed_room"},
    "teleconsultation.use_cases.idempotency.Begun": {"id"},
    "teleconsultation.use_cases.idempotency.IdempotencyKey": {"digest", "fingerprint"},
    "teleconsultation.domain.model.Participant": {"language", "sitter_id"},
    "teleconsultation.domain.model.Provisioning": {"attempt_id"},
    "teleconsultation.domain.model.Room": {"room_id"},
    "teleconsultation.domain.model.Teleconsultation": {
        "id",
        "past_rooms",
        "rooms_to_delete",
        "rooms_to_disable",
        "disabled_rooms",
    },
    "teleconsultation.domain.people.User": {"language"},
    "teleconsultation.use_cases.walk.WalkReport": {"lost"},
    "teleconsultation.use_cases.walk._Pass": {"lost"},
    "teleconsultation.domain.ports.Ports": {"teleconsultations", "calls", "rooms", "clock", "directory"},
    "bandyer.rooms.RoomSession": {"session_id"},
    "bandyer.webhooks.Hook": {"event"},
    "teleconsultation.domain.call.ProviderEvent": {"room_id", "session_id"},
    "teleconsultation.domain.call.RoomMade": {"room_id"},
    "teleconsultation.domain.call.RoomTakenAway": {"room_id"},
    "teleconsultation.domain.call.Fact": {"id", "session_id", "sitter_id"},
    "teleconsultation.domain.call.Stay": {"session_id", "sitter_id"},
    "teleconsultation.domain.call.RoomRecord": {"session_ids"},
    "teleconsultation.domain.call.Call": {"records"},
    "teleconsultation.domain.ports.RoomOwner": {"teleconsultation_id"},
    "teleconsultation.domain.room_plan.Connection": {"session_id"},
    "teleconsultation.domain.room_plan.RoomLook": {"session_ids", "teleconsultation_id"},
    "teleconsultation.use_cases.receive.Receipt": {"teleconsultation_id"},
    "teleconsultation.domain.privileges.Privilege": {"groups", "tools"},
    "teleconsultation.edge.problems.Problem": {"code", "detail"},
    "teleconsultation.domain.room_plan.MarkedRoom": {"room_id", "attempt_id", "teleconsultation_id"},
    "teleconsultation.domain.room_plan.RoomPlan": {"tools"},
    "teleconsultation.provider.settings.ProviderSettings": {"base_url", "path_prefix"},
    "teleconsultation.use_cases.list.Entry": {"state"},
    "teleconsultation.use_cases.list.Wanted": {"state"},
    "teleconsultation.use_cases.read.CallData": {"language"},
    "teleconsultation.settings.Settings": {"participant_scope", "retention", "table_name", "user_id_claim"},
}
"""The fields that may hold a text and are shown all the same: what the operator set, ids of rooms, hashes,
our words, adapters without a representation of their own. Any other is to be hidden with `field(repr=False)`.
"""
CLOSED_TYPES = (date, Enum, float, int, NoneType)


def ours() -> Iterator[type]:
    for package in (aws_json, bandyer, probe, teleconsultation):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, type) and value.__module__ == module.name:
                    yield value


def shown_texts(kind: Any) -> set[str]:
    """Return the fields that a representation shows and whose type may hold a text of anybody's."""
    return {field.name for field in fields(kind) if field.repr and _may_hold_text(field.type)}


def _may_hold_text(annotation: Any) -> bool:
    if isinstance(annotation, TypeAliasType):
        return _may_hold_text(annotation.__value__)
    parts = get_args(annotation)
    if get_origin(annotation) is Literal or parts:
        return get_origin(annotation) is not Literal and any(_may_hold_text(part) for part in parts)
    if isinstance(annotation, type):
        return not (issubclass(annotation, CLOSED_TYPES) or is_dataclass(annotation))
    return annotation not in (None, ...)


DATACLASSES = [kind for kind in ours() if is_dataclass(kind)]


@pytest.mark.parametrize("kind", DATACLASSES, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_a_field_that_may_hold_something_personal_is_not_shown(kind: type) -> None:
    shown = shown_texts(kind)

    assert shown == HARMLESS.get(f"{kind.__module__}.{kind.__qualname__}", set())


def test_the_list_names_nothing_that_is_gone() -> None:
    names = {f"{kind.__module__}.{kind.__qualname__}" for kind in DATACLASSES}

    assert names >= HARMLESS.keys()


def test_an_answer_does_not_show_its_body_or_headers() -> None:
    response = Response(status=200, body={"accessLinkURL": CANARY}, headers={"location": CANARY})

    assert CANARY not in repr(response)


BODIES = {
    CreateTeleconsultationBody: {
        "participants": {
            "number": 2,
            "data": [{"userExternalId": CANARY, "groups": [CANARY], "fullName": CANARY, "language": "it"}],
        },
        "start_date": "2026-12-01T15:30:00.000Z",
        "duration_in_seconds": 3600,
    },
    UpdateTeleconsultationBody: {"participants": [CANARY, f"{CANARY}-2"], "renewJoinLinks": [CANARY]},
}


@pytest.mark.parametrize(("model", "body"), BODIES.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_request_body_does_not_show_what_was_sent(model: type[BaseModel], body: dict[str, Any]) -> None:
    parsed = model.model_validate(body, strict=False)

    assert CANARY not in repr(parsed) + str(parsed)


@pytest.mark.parametrize(("model", "body"), BODIES.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_the_librarys_own_error_does_not_quote_what_was_sent(
    model: type[BaseModel], body: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as error:
        model.model_validate(body | {"start_date": CANARY, "participants": [CANARY * 30]})

    assert CANARY not in f"{error.value}{error.value!r}"
