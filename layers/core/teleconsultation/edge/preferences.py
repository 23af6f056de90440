"""What a caller prefers: `Prefer` (RFC 7240), and `Accept` (RFC 9110, section 12.5.1) for errors and FHIR."""

import re

MAX_LENGTH = 1024
"""A longer header has no preference that is known here; it is passed over like any unknown one."""
JSON_RANGES = ("*/*", "application/*", "application/json")
PROBLEM_RANGES = ("*/*", "application/*", "application/problem+json")
"""The media ranges that include each type of an error, the most exact one last."""
FHIR_TYPE = "application/fhir+json"
FHIR_RANGES = (FHIR_TYPE, f"{FHIR_TYPE};fhirversion=4.0")
"""The ranges that ask for FHIR R4: https://hl7.org/fhir/R4/http.html#version-parameter"""

_MEMBERS = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*"?)+', re.DOTALL)
"""The members of a list, divided by commas outside quotes. Empty ones are left out (RFC 9110, 5.6.1.2)."""
_WEIGHT = re.compile(r";[ \t]*q[ \t]*=[ \t]*([^; \t]*)", re.IGNORECASE)
_QVALUE = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?", re.ASCII)


def prefers_representation(header: str) -> bool:
    """Return whether the first preference named `return` is `return=representation`."""
    return _prefers(header, name="return", value="representation")


def prefers_invitations(header: str) -> bool:
    """Return whether the first preference named `include` is `include=invitations`."""
    return _prefers(header, name="include", value="invitations")


def _prefers(header: str, *, name: str, value: str) -> bool:
    """Return whether the first preference with this name has this value, in quotes or without."""
    members: list[str] = _MEMBERS.findall(header) if len(header) <= MAX_LENGTH else []
    for member in members:
        preference, _, preferred = member.partition(";")[0].lower().partition("=")
        if preference.strip() == name:
            return preferred.strip() in {value, f'"{value}"'}
    return False


def prefers_json(accept: str) -> bool:
    """Return whether a caller prefers `application/json` to `application/problem+json`.

    The type with the greater weight wins; of two with the same, the one that is named more exactly; and else
    the problem's own type, which is also sent if neither is acceptable, because an error must be answered.
    """
    weights = _weights(accept)
    return _preference(JSON_RANGES, weights) > _preference(PROBLEM_RANGES, weights)


def prefers_fhir(accept: str) -> bool:
    """Return whether a caller names `application/fhir+json`, and does not prefer `application/json` to it.

    A range such as `*/*` does not ask for it, and neither does another version of FHIR than R4.
    """
    weights = _weights(accept)
    weight, _ = _preference(FHIR_RANGES, weights)
    return weight > 0 and weight >= _preference(JSON_RANGES, weights)[0]


def _weights(accept: str) -> dict[str, float]:
    """Return the weight of each media range that is named; nothing of a header that is too long."""
    weights: dict[str, float] = {}
    for member in _MEMBERS.findall(accept) if len(accept) <= MAX_LENGTH else ():
        weight = _WEIGHT.search(member)
        if weight is None:
            weights[_media_range(member)] = 1.0
        elif _QVALUE.fullmatch(weight[1]):
            weights[_media_range(member)] = float(weight[1])
    return weights


def _media_range(member: str) -> str:
    """Return a media range in lower case, without parameters other than the version of FHIR."""
    media_range, *parameters = (part.strip().lower() for part in member.split(";"))
    if media_range == FHIR_TYPE:
        for name, _, value in (parameter.partition("=") for parameter in parameters):
            if name.strip() == "fhirversion":
                return f"{media_range};fhirversion={value.strip(' \t"')}"
    return media_range


def _preference(media_ranges: tuple[str, ...], weights: dict[str, float]) -> tuple[float, int]:
    """Return the weight of a media type, and how exactly it is named; the most exact range decides."""
    for exactness in reversed(range(len(media_ranges))):
        if media_ranges[exactness] in weights:
            weight = weights[media_ranges[exactness]]
            return (weight, exactness) if weight else (0.0, 0)
    return 0.0, 0
