"""Which texts may be an external id or a name.

Each rule checks the length before the pattern, so that no pattern meets a long text.
"""

import re

MAX_EXTERNAL_ID_LENGTH = 255
MAX_NAME_LENGTH = 100

_CONTROLS = r"\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Controls, line and paragraph separators, and Unicode's bidirectional controls, which change the order in
which the text around them is shown.
"""
_SPACES = r" \xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
_INVISIBLE = (
    r"\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
)
"""The characters of Unicode's first plane that are drawn as nothing: Default_Ignorable_Code_Point, the blank
pattern of Braille, and the marks of an interlinear annotation.
"""
_SURROGATES = r"\ud800-\udfff"
"""Halves of characters: an event may hold one, and UTF-8 cannot encode it. JSON in UTF-8 has none."""

NAME_PATTERN = f"^[{_SPACES}{_INVISIBLE}]*[^{_CONTROLS}{_SPACES}{_INVISIBLE}][^{_CONTROLS}]*$"
EXTERNAL_ID_PATTERN = f"^[^{_CONTROLS}{_SPACES}{_INVISIBLE}]+( +[^{_CONTROLS}{_SPACES}{_INVISIBLE}]+)*$"
_NAME = re.compile(NAME_PATTERN.removeprefix("^").removesuffix("$"))
_EXTERNAL_ID = re.compile(EXTERNAL_ID_PATTERN.removeprefix("^").removesuffix("$"))
_HALF_A_CHARACTER = re.compile(f"[{_SURROGATES}]")


def is_external_id(text: str) -> bool:
    """Return whether `text` may be a person's external id.

    Its characters are visible, with spaces only between them. Ids are compared character by character and are
    never changed, because they must equal a claim of the person's token.
    """
    return (
        1 <= len(text) <= MAX_EXTERNAL_ID_LENGTH
        and _EXTERNAL_ID.fullmatch(text) is not None
        and _HALF_A_CHARACTER.search(text) is None
    )


def is_name(text: str, *, max_length: int) -> bool:
    """Return whether `text` may be the name of a person or a group: one line, not all of it invisible."""
    return 1 <= len(text) <= max_length and _NAME.fullmatch(text) is not None
