"""A directory that is an Auth0 tenant, by its Management API v2.

Groups are the names of the user's roles, and what stands in `app_metadata.groups`.
https://auth0.com/docs/api/management/v2/users/get-users-by-id
https://auth0.com/docs/api/management/v2/users/get-user-roles
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from teleconsultation.directory.entries import asked_for_each, read_entry
from teleconsultation.directory.http_json import DirectoryRefusalError, JsonClient, refused
from teleconsultation.domain.errors import DirectoryUnavailableError
from teleconsultation.domain.people import DirectoryEntry

FIELDS = "user_id,name,app_metadata,user_metadata"
RENEWAL_SECONDS = 60.0
"""A token is renewed so long before it ends."""
MAX_TOKEN_SECONDS = 3600.0


@dataclass(kw_only=True, slots=True)
class TokenCache:
    """The last token of a process, and until when it is used."""

    token: str = field(default="", repr=False)
    ends_at: float = 0.0


class Auth0Directory:
    """The port `ports.Directory` over an Auth0 tenant, which is asked by `user_id`, the `sub` of tokens."""

    def __init__(
        self,
        client: JsonClient,
        *,
        address: str,
        credentials: Callable[[], tuple[str, str]],
        tokens: TokenCache,
        profile_max_age: timedelta,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Keep what is needed to ask; nothing is sent. `credentials` are client id and secret."""
        self.profile_max_age = profile_max_age
        self._client = client
        self._address = address
        self._credentials = credentials
        self._tokens = tokens
        self._clock = clock

    def entries(self, ids: Collection[str]) -> Mapping[str, DirectoryEntry]:
        """As `Directory.entries`; a token that is refused is renewed once."""
        try:
            return self._entries(ids)
        except DirectoryRefusalError:
            self._tokens.ends_at = 0.0
        try:
            return self._entries(ids)
        except DirectoryRefusalError:
            raise refused("DirectorySecretArn, and that the client may read users and their roles") from None

    def holder(self, external_id: str) -> DirectoryEntry | None:
        """As `Directory.holder`."""
        return self.entries([external_id]).get(external_id)

    def _entries(self, ids: Collection[str]) -> Mapping[str, DirectoryEntry]:
        headers = {"authorization": f"Bearer {self._token()}"}
        return asked_for_each(ids, ask=lambda one: self._entry(one, headers=headers))

    def _entry(self, id_: str, *, headers: Mapping[str, str]) -> DirectoryEntry | None:
        if id_ in (".", ".."):
            return None  # no segment of a path, and nobody's id
        address = f"{self._address}/api/v2/users/{quote(id_, safe='')}"
        user = self._client.send("GET", address, headers=headers, params={"fields": FIELDS})
        if user is None:
            return None
        roles = self._client.send("GET", f"{address}/roles", headers=headers, params={"per_page": "100"})
        if not isinstance(user, dict) or not isinstance(roles, list):
            raise DirectoryUnavailableError("no user")
        if user.get("user_id") != id_:
            return None
        further = _object(user.get("app_metadata")).get("groups")
        return read_entry(
            external_id=id_,
            full_name=user.get("name"),
            groups=[
                *(role.get("name") for role in roles if isinstance(role, dict)),
                *(further if isinstance(further, list) else ()),
            ],
            language=_object(user.get("user_metadata")).get("language"),
        )

    def _token(self) -> str:
        if self._clock() < self._tokens.ends_at:
            return self._tokens.token
        client_id, client_secret = self._credentials()
        answer = self._client.send(
            "POST",
            f"{self._address}/oauth/token",
            body={
                "grant_type": "client_credentials",
                "client_id": client_id,
                "client_secret": client_secret,
                "audience": f"{self._address}/api/v2/",
            },
        )
        token, seconds = _object(answer).get("access_token"), _object(answer).get("expires_in")
        if not isinstance(token, str) or not isinstance(seconds, int | float):
            raise DirectoryUnavailableError("no token")
        self._tokens.token = token
        self._tokens.ends_at = self._clock() + min(seconds, MAX_TOKEN_SECONDS) - RENEWAL_SECONDS
        return token


def _object(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - a member of a JSON document
    return value if isinstance(value, dict) else {}
