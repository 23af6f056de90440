"""A small client for JSON over HTTPS, for directories: they answer garbage, slowly, or not at all."""

import json
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from requests import RequestException

from teleconsultation.domain.errors import DirectoryUnavailableError
from teleconsultation.settings import SettingsError

if TYPE_CHECKING:
    from requests import Response, Session

type Json = Any

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 4.0
"""Limits of one request; the second is the time without a byte, and the whole answer's too."""
MAX_ANSWER_BYTES = 256 * 1024
MAX_RETRY_AFTER_SECONDS = 300
_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class DirectoryRefusalError(Exception):
    """The directory does not accept our credentials."""


class JsonClient:
    """Sends single requests, without repetition; an answer that is no JSON is an unavailable directory."""

    def __init__(
        self,
        session: "Session",
        *,
        remaining_seconds: Callable[[], float],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep the session, and with it its connections."""
        self._session = session
        self._remaining_seconds = remaining_seconds
        self._monotonic = monotonic

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: Json = None,
    ) -> Json | None:
        """Return the document that is answered, or None for 404.

        Raises:
            DirectoryRefusalError: the answer is 401 or 403.
            DirectoryUnavailableError: no answer in time, or any other answer that is no document.
        """
        left = min(self._remaining_seconds(), ANSWER_SECONDS)
        if left <= 0:
            raise DirectoryUnavailableError("no time left")
        ends_at = self._monotonic() + CONNECT_SECONDS + left
        # Texts of requests' errors contain addresses with ids, so none of them is kept as a cause.
        try:
            with self._session.request(
                method,
                url,
                headers={"accept": "application/json", **(headers or {})},
                params=params,
                json=body,
                timeout=(min(CONNECT_SECONDS, left), left),
                allow_redirects=False,
                stream=True,
            ) as response:
                if response.status_code == HTTPStatus.NOT_FOUND:
                    return None
                if response.status_code in _REFUSED:
                    raise DirectoryRefusalError(f"answered {response.status_code}")
                if response.status_code != HTTPStatus.OK:
                    raise _unavailable(response)
                return self._document(response, ends_at=ends_at)
        except RequestException as error:
            raise DirectoryUnavailableError(type(error).__name__) from None

    def _document(self, response: "Response", *, ends_at: float) -> Json:
        content = b""
        for chunk in response.iter_content(16 * 1024):
            content += chunk
            if len(content) > MAX_ANSWER_BYTES:
                raise DirectoryUnavailableError("answer too large")
            if self._monotonic() > ends_at:
                raise DirectoryUnavailableError("answer too slow")
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise DirectoryUnavailableError("no JSON") from None


def refused(variable: str) -> SettingsError:
    """Return the error of credentials that the directory does not accept."""
    return SettingsError(f"the directory refuses the service's credentials: check {variable}")


def _unavailable(response: "Response") -> DirectoryUnavailableError:
    after = response.headers.get("retry-after", "")
    seconds = int(after) if after.isascii() and after.isdigit() and len(after) < 6 else None
    return DirectoryUnavailableError(
        f"answered {response.status_code}",
        retry_after_seconds=seconds if seconds is not None and seconds <= MAX_RETRY_AFTER_SECONDS else None,
    )
