"""What a participant agreed to before the call."""

import re
from dataclasses import dataclass
from datetime import datetime

VERSION_PATTERN = r"^[A-Za-z0-9._-]{1,32}$"
"""A version of the clinic's text, as the parameter ConsentVersion of template.yaml allows it."""
_VERSION = re.compile(VERSION_PATTERN.removeprefix("^").removesuffix("$"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Consent:
    """A version of the clinic's text, and when the participant agreed to it first."""

    version: str
    given_at: datetime


def is_version(text: str) -> bool:
    """Return whether a text can be a version."""
    return _VERSION.fullmatch(text) is not None
