"""The booking system's own data about a visit, as POST and PATCH change it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from teleconsultation.domain.errors import FieldError, InvalidRequestError
from teleconsultation.domain.model import BookingData

MAX_PAIRS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class BookingChanges:
    """What a caller sent, as a JSON merge patch (RFC 7396)."""

    reference: str | None = field(default=None, repr=False)
    """None keeps the stored one, the empty text removes it."""
    metadata: Mapping[str, str | None] | None = field(default_factory=dict, repr=False)
    """The pairs to set; a pair without a value is removed. None removes all."""

    def applied_to(self, stored: BookingData) -> BookingData:
        """Return the data after this change.

        Raises:
            InvalidRequestError: it would have more than `MAX_PAIRS` pairs.
        """
        metadata = {} if self.metadata is None else {**stored.metadata, **self.metadata}
        left = {name: value for name, value in metadata.items() if value}
        if len(left) > MAX_PAIRS:
            raise InvalidRequestError([FieldError("metadata", f"would have more than {MAX_PAIRS} pairs")])
        reference = stored.reference if self.reference is None else self.reference or None
        return BookingData(reference=reference, metadata=left)
