"""The query of `GET /teleconsultation`, and the cursor that leads to a list's next page."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from teleconsultation.domain.door import State
from teleconsultation.domain.errors import FieldError, InvalidRequestError
from teleconsultation.domain.listing import ListPosition
from teleconsultation.domain.model import Outcome
from teleconsultation.domain.texts import MAX_EXTERNAL_ID_LENGTH, is_external_id, is_name
from teleconsultation.domain.timestamps import from_text, to_text
from teleconsultation.edge.date_times import InvalidDateTimeError, parse_date_time
from teleconsultation.use_cases.list import DELETED, MAX_PAGE_SIZE, MAX_PERIOD, Wanted
from teleconsultation.use_cases.lookup import is_teleconsultation_id

PARAMETERS = ("from", "to", "state", "outcome", "participant", "reference", "limit", "cursor")
STATES = (*(state.value for state in State), DELETED)
OUTCOMES = tuple(outcome.value for outcome in Outcome)
MAX_REFERENCE_LENGTH = 128
MAX_CURSOR_LENGTH = 256
_LIMIT = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class ListQuery:
    """A checked query."""

    wanted: Wanted
    size: int
    after: ListPosition | None

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> "ListQuery":
        """Return the content of a query. A larger limit than `MAX_PAGE_SIZE` is lowered to it.

        Raises:
            InvalidRequestError: a parameter is missing, unknown or invalid.
        """
        checks = _Checks(query)
        since = checks.take("from", _instant)
        before = checks.take("to", _instant)
        state = checks.take("state", _state)
        outcome = checks.take("outcome", _outcome)
        participant = checks.take("participant", _participant)
        reference = checks.take("reference", _reference)
        size = checks.take("limit", _size) or MAX_PAGE_SIZE
        after = checks.take("cursor", lambda text: _position(text, query=query))
        if since is None and "from" not in query:
            checks.refuse("from", "is missing")
        if since and before and not since < before <= since + MAX_PERIOD:
            checks.refuse("to", f"must be after from, by at most {MAX_PERIOD.days} days")
        checks.end()
        assert since is not None  # noqa: S101 - narrows the type; a missing one is refused
        return cls(
            wanted=Wanted(
                since=since,
                before=before or since + MAX_PERIOD,
                state=state,
                reference=reference,
                outcome=outcome,
                participant=participant,
            ),
            size=min(size, MAX_PAGE_SIZE),
            after=after,
        )


def cursor(position: ListPosition, *, query: Mapping[str, str]) -> str:
    """Return the opaque text that continues the list of `query` after a position.

    It authorises nothing: whoever may list may list everything. So it has no signature, only a fingerprint
    of the parameters that it belongs to.
    """
    content = [to_text(position.start_date), position.teleconsultation_id, _fingerprint(query)]
    return base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode().rstrip("=")


def next_link(path: str, *, query: Mapping[str, str], next_cursor: str) -> str:
    """Return the header `Link` to the next page (RFC 8288)."""
    return f'<{path}?{urlencode({**query, "cursor": next_cursor})}>; rel="next"'


class _Checks:
    """Takes parameters and gathers what is wrong."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self._query = query
        self._errors = [FieldError(name, "unknown parameter") for name in query if name not in PARAMETERS]

    def take[Value](self, name: str, read: Callable[[str], Value]) -> Value | None:
        """Return a parameter's value; None if it is not sent or refused."""
        text = self._query.get(name)
        if text is None:
            return None
        try:
            return read(text)
        except ValueError as error:
            self.refuse(name, str(error))
            return None

    def refuse(self, name: str, message: str) -> None:
        """Remember an error."""
        self._errors.append(FieldError(name, message))

    def end(self) -> None:
        """Raise InvalidRequestError if there was an error."""
        if self._errors:
            raise InvalidRequestError(self._errors)


def _instant(text: str) -> datetime:
    # In a query a plus sign is a space, unless it is written %2B.
    moment, _, offset = text.rpartition(" ")
    is_plus_lost = ":" in moment and offset[:1].isdigit()
    try:
        return parse_date_time(f"{moment}+{offset}" if is_plus_lost else text)
    except InvalidDateTimeError as error:
        raise ValueError(f"must be a date and time with an offset; what was sent {error}") from None


def _state(text: str) -> str:
    if text not in STATES:
        raise ValueError(f"must be one of {', '.join(STATES)}")
    return text


def _outcome(text: str) -> Outcome:
    if text not in OUTCOMES:
        raise ValueError(f"must be one of {', '.join(OUTCOMES)}")
    return Outcome(text)


def _participant(text: str) -> str:
    if not is_external_id(text):
        raise ValueError(f"must have 1 to {MAX_EXTERNAL_ID_LENGTH} visible characters")
    return text


def _reference(text: str) -> str:
    if not is_name(text, max_length=MAX_REFERENCE_LENGTH):
        raise ValueError(f"must be one line of 1 to {MAX_REFERENCE_LENGTH} characters")
    return text


def _size(text: str) -> int:
    if not _LIMIT.fullmatch(text):
        raise ValueError("must be a whole number, 0 or more")
    return int(text)


def _position(text: str, *, query: Mapping[str, str]) -> ListPosition:
    try:
        start_date, teleconsultation_id, fingerprint = _decoded(text)
        position = ListPosition(start_date=from_text(start_date), teleconsultation_id=teleconsultation_id)
        is_ours = is_teleconsultation_id(teleconsultation_id)
    except (TypeError, ValueError, RecursionError):
        is_ours = False
    if not is_ours:
        raise ValueError("must be a nextCursor of an earlier answer, unchanged")
    if fingerprint != _fingerprint(query):
        raise ValueError("belongs to another list; send it with the parameters of the request before it")
    return position


def _decoded(text: str) -> Any:  # noqa: ANN401 - whatever a caller has sent
    if len(text) > MAX_CURSOR_LENGTH:
        raise ValueError("too long")
    return json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))


def _fingerprint(query: Mapping[str, str]) -> str:
    """Return what changes with every parameter but those of the page."""
    of_list = sorted((name, value) for name, value in query.items() if name not in ("cursor", "limit"))
    # A parameter may hold a lone surrogate, which UTF-8 cannot encode; it must not raise.
    return hashlib.sha256(json.dumps(of_list).encode()).hexdigest()[:16]
