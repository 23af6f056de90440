"""`If-Match` and `If-None-Match` of requests that change something (RFC 9110, section 13.1)."""

import re
from dataclasses import dataclass, field

from teleconsultation.domain.errors import FieldError, InvalidRequestError, PreconditionFailedError

MAX_LENGTH = 1024
"""Longer than any list of versions a caller has seen."""

_ANY = "*"
_ENTITY_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_MEMBER = rf"(?:{_ENTITY_TAG.pattern}[ \t]*)?"
_LIST = re.compile(rf"[ \t]*{_MEMBER}(?:,[ \t]*{_MEMBER})*")
"""A list whose members may be empty (RFC 9110, section 5.6.1.2)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Preconditions:
    """The versions that a request may change, and those that it may not; `*` stands for every version."""

    allowed: frozenset[str] = field(default=frozenset({_ANY}), repr=False)
    forbidden: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def from_headers(cls, *, if_match: str | None, if_none_match: str | None) -> "Preconditions":
        """Return the preconditions of a request; a header that was not sent is None.

        Raises:
            InvalidRequestError: a header is neither `*` nor a list of entity tags.
        """
        return cls(
            allowed=frozenset({_ANY}) if if_match is None else _tags(if_match, header="If-Match"),
            # The comparison is weak: a tag forbids its version even if a proxy has marked it as weak.
            forbidden=frozenset()
            if if_none_match is None
            else frozenset(tag.removeprefix("W/") for tag in _tags(if_none_match, header="If-None-Match")),
        )

    def check(self, entity_tag: str) -> None:
        """Refuse a change of the version with `entity_tag`, unless it is allowed and not forbidden.

        The comparison with `allowed` is strong: weak tags never match.

        Raises:
            PreconditionFailedError: it is refused.
        """
        if not self.allowed & {_ANY, entity_tag} or self.forbidden & {_ANY, entity_tag}:
            raise PreconditionFailedError("another version is stored")


def _tags(value: str, *, header: str) -> frozenset[str]:
    if value.strip(" \t") == _ANY:
        return frozenset({_ANY})
    tags = _ENTITY_TAG.findall(value) if len(value) <= MAX_LENGTH and _LIST.fullmatch(value) else []
    if not tags:
        raise InvalidRequestError(
            [
                FieldError(
                    header, f'must be * or a list of entity tags such as "3", in {MAX_LENGTH} characters'
                )
            ]
        )
    return frozenset(tags)
