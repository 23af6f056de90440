"""A teleconsultation as an `Appointment` of HL7 FHIR R4, the answer of GET to those who prefer that type.

https://hl7.org/fhir/R4/appointment.html. R4 has no element for the address of a video visit; it stands in
HL7's extension for R5's element, version 0.1.0:
https://hl7.org/fhir/uv/xver-r5.r4/0.1.0/StructureDefinition-ext-R5-Appointment.virtualService.html
"""

import hashlib
from collections.abc import Mapping
from json import JSONEncoder
from types import MappingProxyType

from teleconsultation.domain.model import Outcome, Participant
from teleconsultation.domain.timestamps import to_text
from teleconsultation.edge.http import JsonObject, Response
from teleconsultation.use_cases.read import CallData

CONTENT_TYPE = "application/fhir+json; fhirVersion=4.0"
VIRTUAL_SERVICE = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Appointment.virtualService"
DATATYPE = "http://hl7.org/fhir/StructureDefinition/_datatype"
DATA_ABSENT_REASON = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
PARTICIPATION_TYPE = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
STATUSES: Mapping[Outcome, str] = MappingProxyType({Outcome.HELD: "fulfilled", Outcome.NO_SHOW: "noshow"})
"""For managers, who alone are told what became of a visit. FHIR has no word for the other outcomes."""

_encoded = JSONEncoder(separators=(",", ":")).encode


def answer(call: CallData, *, page_base_url: str, if_none_match: str) -> Response:
    """Return 200 with the resource, or 304 to a caller who has it.

    Unlike the version, the entity tag has a part that changes with everything that is answered: names are
    withheld some time after the visit, and participants are not told its outcome.
    """
    body = _encoded(appointment(call, page_base_url=page_base_url))
    digest = hashlib.sha256(body.encode()).hexdigest()[:8]
    entity_tag = f'"{call.teleconsultation.version}-fhir-{digest}"'
    headers = {"etag": entity_tag, "vary": "Accept"}
    if _names(if_none_match, entity_tag=entity_tag):
        return Response(status=304, headers=headers)
    return Response(status=200, body=body, headers=headers, content_type=CONTENT_TYPE)


def appointment(call: CallData, *, page_base_url: str) -> JsonObject:
    """Return the resource: of what the caller may see, the times, the names and the page, and no personal
    link.
    """
    visit = call.teleconsultation
    page = f"{page_base_url}/teleconsultation"
    return {
        "resourceType": "Appointment",
        "id": visit.id,
        "meta": {"versionId": str(visit.version), "lastUpdated": to_text(visit.updated_at)},
        "extension": [_virtual_service(f"{page}/{visit.id}")],
        "identifier": [{"system": page, "value": visit.id}],
        "status": _status(call),
        "start": to_text(visit.schedule.start_date),
        "end": to_text(visit.schedule.end_date),
        "minutesDuration": int((visit.schedule.end_date - visit.schedule.start_date).total_seconds()) // 60,
        "created": to_text(visit.created_at),
        "participant": [_participant(person) for person in call.people] or [_nobody(call)],
    }


def _status(call: CallData) -> str:
    if call.ending and call.ending.outcome in STATUSES:
        return STATUSES[call.ending.outcome]
    return "booked" if call.teleconsultation.is_complete else "pending"


def _participant(person: Participant) -> JsonObject:
    return {
        "type": [{"coding": [{"system": PARTICIPATION_TYPE, "code": "PART"}], "text": person.role}],
        "actor": {"display": person.full_name},
        "status": "accepted",
    }


def _nobody(call: CallData) -> JsonObject:
    """Return the participant of an appointment that names none, because FHIR wants one."""
    reason = "masked" if call.teleconsultation.participants else "temp-unknown"
    return {
        "actor": {"extension": [{"url": DATA_ABSENT_REASON, "valueCode": reason}]},
        "status": "accepted" if call.teleconsultation.participants else "needs-action",
    }


def _virtual_service(link: str) -> JsonObject:
    # The definition of `address` asks for the long form: `valueUrl` alone lacks a part that must be there.
    return {
        "url": VIRTUAL_SERVICE,
        "extension": [
            {"url": DATATYPE, "valueString": "VirtualServiceDetail"},
            {
                "url": "address",
                "extension": [
                    {"url": DATATYPE, "valueString": "ExtendedContactDetail"},
                    {"url": "telecom", "valueContactPoint": {"system": "url", "value": link}},
                ],
            },
        ],
    }


def _names(if_none_match: str, *, entity_tag: str) -> bool:
    """Return whether a header names the tag, or any; the comparison is weak (RFC 9110, section 13.1.2)."""
    tags = {tag.strip() for tag in if_none_match.split(",")}
    return tags == {"*"} or entity_tag in {tag.removeprefix("W/") for tag in tags}
