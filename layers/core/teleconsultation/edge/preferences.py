"""What a caller prefers: `Prefer` (RFC 7240), and `Accept` (RFC 9110, section 12.5.1) for the errors."""

import re

MAX_LENGTH = 1024
"""A longer header has no preference that is known here; it is passed over like any unknown one."""
JSON_RANGES = ("*/*", "application/*", "application/json")
PROBLEM_RANGES = ("*/*", "application/*", "application/problem+json")
"""The media ranges that include each type of an error, the most exact one last."""

_MEMBERS = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*"?)+', re.DOTALL)
"""The members of a list, divided by commas outside quotes. Empty ones are left out (RFC 9110, 5.6.1.2)."""
_RETURN = re.compile(r"return[ \t]*(?:[=;].*)?", re.IGNORECASE | re.DOTALL)
_REPRESENTATION = re.compile(
    r'return[ \t]*=[ \t]*(?:representation|"representation")[ \t]*(?:;.*)?', re.IGNORECASE | re.DOTALL
)

_WEIGHT = re.compile(r";[ \t]*q[ \t]*=[ \t]*([^; \t]*)", re.IGNORECASE)
_QVALUE = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?", re.ASCII)


def prefers_representation(header: str) -> bool:
    """Return whether the first preference named `return` is `return=representation`."""
    if len(header) > MAX_LENGTH:
        return False
    members = (member.strip() for member in _MEMBERS.findall(header))
    first = next((member for member in members if _RETURN.fullmatch(member)), "")
    return _REPRESENTATION.fullmatch(first) is not None


def prefers_json(accept: str) -> bool:
    """Return whether a caller prefers `application/json` to `application/problem+json`.

    The type with the greater weight wins; of two with the same, the one that is named more exactly; and else
    the problem's own type, which is also sent if neither is acceptable, because an error must be answered.
    """
    if len(accept) > MAX_LENGTH:
        return False
    weights: dict[str, float] = {}
    for member in _MEMBERS.findall(accept):
        media_range = member.partition(";")[0].strip().lower()
        weight = _WEIGHT.search(member)
        if weight is None:
            weights[media_range] = 1.0
        elif _QVALUE.fullmatch(weight[1]):
            weights[media_range] = float(weight[1])
    return _preference(JSON_RANGES, weights) > _preference(PROBLEM_RANGES, weights)


def _preference(media_ranges: tuple[str, ...], weights: dict[str, float]) -> tuple[float, int]:
    """Return the weight of a media type, and how exactly it is named; the most exact range decides."""
    for exactness in reversed(range(len(media_ranges))):
        if media_ranges[exactness] in weights:
            weight = weights[media_ranges[exactness]]
            return (weight, exactness) if weight else (0.0, 0)
    return 0.0, 0
