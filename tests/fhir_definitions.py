"""What HL7's published definitions ask of an `Appointment` of FHIR R4, as a judge of our resources.

`fhir.resources` checks elements, types and patterns. The rest stands here: required codes and invariants of
https://hl7.org/fhir/R4/appointment-definitions.html, and the extension for R5's `virtualService`, version
0.1.0: https://hl7.org/fhir/uv/xver-r5.r4/0.1.0/StructureDefinition-ext-R5-Appointment.virtualService.html
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fhir.resources.R4B.appointment import Appointment

type Json = dict[str, Any]

STATUSES: Final = frozenset(
    {
        *("proposed", "pending", "booked", "arrived", "fulfilled", "cancelled", "noshow"),
        *("entered-in-error", "checked-in", "waitlist"),
    }
)
PARTICIPANT_STATUSES: Final = frozenset({"accepted", "declined", "tentative", "needs-action"})
ABSENT_REASONS: Final = frozenset(
    {
        *("unknown", "asked-unknown", "temp-unknown", "not-asked", "asked-declined", "masked"),
        *("not-applicable", "unsupported", "as-text", "error", "not-a-number", "negative-infinity"),
        *("positive-infinity", "not-performed", "not-permitted"),
    }
)
DATA_ABSENT_REASON: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
VIRTUAL_SERVICE: Final = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Appointment.virtualService"
DATATYPE: Final = "http://hl7.org/fhir/StructureDefinition/_datatype"


@dataclass(frozen=True, kw_only=True)
class Slice:
    """What the definition says of the extensions with one URL."""

    at_least: int = 0
    at_most: int | None = 1
    value: str | None = None
    """The member with the value; None for an extension of extensions."""
    fixed: str | None = None
    parts: Mapping[str, "Slice"] | None = None


CONTACT: Final[Mapping[str, Slice]] = {
    DATATYPE: Slice(at_least=1, value="valueString", fixed="ExtendedContactDetail"),
    "purpose": Slice(value="valueCodeableConcept"),
    "name": Slice(at_most=None, value="valueHumanName"),
    "telecom": Slice(at_most=None, value="valueContactPoint"),
    "address": Slice(value="valueAddress"),
    "organization": Slice(value="valueReference"),
    "period": Slice(value="valuePeriod"),
}
DETAIL: Final[Mapping[str, Slice]] = {
    DATATYPE: Slice(at_least=1, value="valueString", fixed="VirtualServiceDetail"),
    "channelType": Slice(value="valueCoding"),
    "address": Slice(parts=CONTACT),
    "additionalInfo": Slice(at_most=None, value="valueUrl"),
    "maxParticipants": Slice(value="valuePositiveInt"),
    "sessionKey": Slice(value="valueString"),
}


def appointment(text: str) -> Json:
    """Return the resource in a text that fits the definitions.

    Raises:
        AssertionError, ValueError: it does not.
    """
    resource: Json = json.loads(text)
    Appointment.model_validate_json(text)
    assert resource["resourceType"] == "Appointment"
    assert all(part not in (None, "", [], {}) for part in _parts(resource)), "FHIR has no empty elements"
    assert resource["status"] in STATUSES
    assert resource["participant"], "at least one participant"
    for participant in resource["participant"]:
        assert participant["status"] in PARTICIPANT_STATUSES
        assert participant.keys() & {"type", "actor"}, "app-1: either the type or actor"
    assert ("start" in resource) == ("end" in resource), "app-2: both or neither"
    assert "start" in resource or resource["status"] in {"proposed", "cancelled"}, "app-3"
    assert "cancelationReason" not in resource or resource["status"] in {"cancelled", "noshow"}, "app-4"
    for extension in (one for part in _parts(resource) for one in _extensions(part)):
        values = [name for name in extension if name.startswith("value")]
        assert ("extension" in extension) != (len(values) == 1), "ext-1: extensions or one value"
        if extension["url"] == DATA_ABSENT_REASON:
            assert extension["valueCode"] in ABSENT_REASONS
    for extension in resource.get("extension", []):
        if extension["url"] == VIRTUAL_SERVICE:
            _check(extension["extension"], slices=DETAIL)
    return resource


def virtual_service_link(resource: Json) -> str:
    """Return the address of the video visit, of a resource that fits the definitions."""
    [service] = [one for one in resource["extension"] if one["url"] == VIRTUAL_SERVICE]
    [address] = [one for one in service["extension"] if one["url"] == "address"]
    [telecom] = [one["valueContactPoint"] for one in address["extension"] if one["url"] == "telecom"]
    assert telecom["system"] == "url"
    return str(telecom["value"])


def _check(extensions: list[Json], *, slices: Mapping[str, Slice]) -> None:
    count = Counter(one["url"] for one in extensions)
    assert count.keys() <= slices.keys()
    for url, rule in slices.items():
        assert count[url] >= rule.at_least, f"{url} is missing"
        assert rule.at_most is None or count[url] <= rule.at_most, f"{url} more than once"
    for one in extensions:
        rule = slices[one["url"]]
        if rule.parts is not None:
            _check(one["extension"], slices=rule.parts)
        else:
            assert one.keys() == {"url", rule.value}
            assert rule.fixed is None or one[rule.value or ""] == rule.fixed


def _parts(value: object) -> Iterator[Any]:
    """Give a value and all there is in it."""
    yield value
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for member in members:
        yield from _parts(member)


def _extensions(part: object) -> list[Json]:
    return part.get("extension", []) if isinstance(part, dict) else []
