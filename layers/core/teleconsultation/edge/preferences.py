"""`Prefer` (RFC 7240)."""

import re

MAX_LENGTH = 1024
"""A longer header has no preference that is known here; it is passed over like any unknown one."""

_MEMBERS = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*"?)+', re.DOTALL)
"""The members of a list, divided by commas outside quotes. Empty ones are left out (RFC 9110, 5.6.1.2)."""
_RETURN = re.compile(r"return[ \t]*(?:[=;].*)?", re.IGNORECASE | re.DOTALL)
_REPRESENTATION = re.compile(
    r'return[ \t]*=[ \t]*(?:representation|"representation")[ \t]*(?:;.*)?', re.IGNORECASE | re.DOTALL
)


def prefers_representation(header: str) -> bool:
    """Return whether the first preference named `return` is `return=representation`."""
    if len(header) > MAX_LENGTH:
        return False
    members = (member.strip() for member in _MEMBERS.findall(header))
    first = next((member for member in members if _RETURN.fullmatch(member)), "")
    return _REPRESENTATION.fullmatch(first) is not None
