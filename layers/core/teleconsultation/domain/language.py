"""Language tags, as BCP 47 has them."""

import re

MAX_LANGUAGE_LENGTH = 35
"""RFC 5646, section 4.4.1: long enough for every tag that means something."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")


def language_tag(text: str) -> str | None:
    """Return a BCP 47 tag, with hyphens in place of underscores, or None if `text` is none."""
    if len(text) > MAX_LANGUAGE_LENGTH or not _LANGUAGE.fullmatch(text):
        return None
    return text.replace("_", "-")
