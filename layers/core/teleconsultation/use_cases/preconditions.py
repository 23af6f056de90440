"""`If-Match` (RFC 9110, section 13.1.1)."""

import re
from dataclasses import dataclass, field

from teleconsultation.domain.errors import FieldError, InvalidRequestError, PreconditionFailedError

_ENTITY_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_IF_MATCH = re.compile(rf"\s*{_ENTITY_TAG.pattern}\s*(?:,\s*{_ENTITY_TAG.pattern}\s*)*")


@dataclass(frozen=True, slots=True)
class IfMatch:
    """The versions the caller wants to change; `tags` is None for any (`If-Match: *`, or no header)."""

    tags: frozenset[str] | None = field(default=None, repr=False)

    @classmethod
    def from_header(cls, header: str | None) -> "IfMatch":
        """Return the precondition of a header's value.

        Raises:
            InvalidRequestError: it is neither `*` nor a list of entity tags.
        """
        if header is None or header.strip() == "*":
            return cls()
        if not _IF_MATCH.fullmatch(header):
            raise InvalidRequestError(
                [FieldError("If-Match", 'must be * or a list of entity tags such as "3"')]
            )
        return cls(tags=frozenset(_ENTITY_TAG.findall(header)))

    def check(self, entity_tag: str) -> None:
        """Refuse a change unless `entity_tag` is in `tags`. The comparison is strong: weak tags never match.

        Raises:
            PreconditionFailedError: it is not.
        """
        if self.tags is not None and entity_tag not in self.tags:
            raise PreconditionFailedError("another version is stored")
