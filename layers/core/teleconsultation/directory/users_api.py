"""A directory that is any HTTP API of users, as the original's `CUSTOM_ID_USERS_API_ENDPOINT`.

It is asked with `GET ENDPOINT?SOURCE=ID`, or `?TARGET=ID` for the holder of a token, and answers a list of
users, or one. A user has the id in the field `SOURCE`, the id that tokens carry in the field `TARGET`, and
`fullName` (or `name`), `groups` and `language`.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any

from teleconsultation.directory.entries import asked_for_each, read_entry
from teleconsultation.directory.http_json import DirectoryRefusalError, JsonClient, refused
from teleconsultation.domain.errors import DirectoryUnavailableError
from teleconsultation.domain.people import DirectoryEntry


class UsersApi:
    """The port `ports.Directory` over an HTTP API."""

    def __init__(
        self,
        client: JsonClient,
        *,
        endpoint: str,
        source: str,
        target: str,
        token: Callable[[], str | None],
        profile_max_age: timedelta,
    ) -> None:
        """Keep what is needed to ask; nothing is sent."""
        self.profile_max_age = profile_max_age
        self._client = client
        self._endpoint = endpoint
        self._source = source
        self._target = target
        self._token = token

    def entries(self, ids: Collection[str]) -> Mapping[str, DirectoryEntry]:
        """As `Directory.entries`."""
        headers = self._headers()
        return asked_for_each(ids, ask=lambda one: self._entry(one, field=self._source, headers=headers))

    def holder(self, external_id: str) -> DirectoryEntry | None:
        """As `Directory.holder`."""
        return self._entry(external_id, field=self._target, headers=self._headers())

    def _headers(self) -> Mapping[str, str]:
        token = self._token()
        return {} if token is None else {"authorization": f"Bearer {token}"}

    def _entry(self, id_: str, *, field: str, headers: Mapping[str, str]) -> DirectoryEntry | None:
        try:
            answer = self._client.send("GET", self._endpoint, headers=headers, params={field: id_})
        except DirectoryRefusalError:
            raise refused("DirectorySecretArn") from None
        if answer is None:
            return None
        users = [answer] if isinstance(answer, dict) else answer
        if not isinstance(users, list):
            raise DirectoryUnavailableError("no list of users")
        # An API that does not know the parameter answers everybody.
        found: list[dict[str, Any]] = [
            user for user in users if isinstance(user, dict) and user.get(field) == id_
        ]
        if len(found) != 1:
            return None
        [user] = found
        return read_entry(
            external_id=user.get(self._target),
            full_name=user.get("fullName") or user.get("name"),
            groups=user.get("groups"),
            language=user.get("language"),
        )
