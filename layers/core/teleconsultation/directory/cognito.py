"""A directory that is an Amazon Cognito user pool.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminGetUser.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminListGroupsForUser.html
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from aws_json import is_passing
from teleconsultation.directory.entries import asked_for_each, read_entry
from teleconsultation.domain.errors import DirectoryUnavailableError
from teleconsultation.domain.people import DirectoryEntry
from teleconsultation.settings import SettingsError

USERNAME_CLAIMS = ("cognito:username", "username")
MAX_GROUP_PAGES = 10
_UNKNOWN = "UserNotFoundException"


class UserPools(Protocol):
    """What is used of boto3's client; its names are AWS's."""

    def admin_get_user(self, *, UserPoolId: str, Username: str) -> dict[str, Any]:  # noqa: N803
        """Return a user."""

    def admin_list_groups_for_user(
        self,
        *,
        UserPoolId: str,  # noqa: N803
        Username: str,  # noqa: N803
        **page: str,
    ) -> dict[str, Any]:
        """Return a page of a user's groups."""


class CognitoDirectory:
    """The port `ports.Directory` over a user pool. A person is asked for by user name, or by `sub`."""

    def __init__(
        self,
        client: "UserPools",
        *,
        user_pool_id: str,
        user_id_claim: str,
        profile_max_age: timedelta,
    ) -> None:
        """Keep the client; nothing is sent. `user_id_claim` says which attribute tokens carry as the id."""
        self.profile_max_age = profile_max_age
        self._client = client
        self._user_pool_id = user_pool_id
        self._user_id_claim = user_id_claim

    def entries(self, ids: Collection[str]) -> Mapping[str, DirectoryEntry]:
        """As `Directory.entries`."""
        return asked_for_each(ids, ask=self._entry)

    def holder(self, external_id: str) -> DirectoryEntry | None:
        """As `Directory.holder`. A pool finds nobody by another attribute than user name and `sub`."""
        entry = self._entry(external_id)
        return entry if entry is not None and entry.external_id == external_id else None

    def _entry(self, id_: str) -> DirectoryEntry | None:
        # Texts of botocore's errors may quote the request, so none of them is kept as a cause.
        try:
            user = self._client.admin_get_user(UserPoolId=self._user_pool_id, Username=id_)
            groups = self._groups(user["Username"])
        except ClientError as error:
            code = error.response["Error"]["Code"]
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if code == _UNKNOWN or (code == "InvalidParameterException" and status < 500):
                return None  # an id that is no user name, such as one with a space, is nobody's
            if is_passing(code, status=status):
                raise DirectoryUnavailableError(code) from None
            raise SettingsError(
                f"the user pool cannot be asked: {code}. Check CognitoUserPoolArn and the function's right"
            ) from None
        except BotoCoreError as error:
            raise DirectoryUnavailableError(type(error).__name__) from None
        attributes = {one["Name"]: one.get("Value", "") for one in user.get("UserAttributes", [])}
        names = (attributes.get("given_name", ""), attributes.get("family_name", ""))
        return read_entry(
            external_id=user["Username"]
            if self._user_id_claim in USERNAME_CLAIMS
            else attributes.get(self._user_id_claim),
            full_name=attributes.get("name") or " ".join(filter(None, names)),
            groups=groups,
            language=attributes.get("locale"),
        )

    def _groups(self, username: str) -> list[str]:
        groups, page = list[str](), dict[str, str]()
        for _ in range(MAX_GROUP_PAGES):
            answer = self._client.admin_list_groups_for_user(
                UserPoolId=self._user_pool_id, Username=username, **page
            )
            groups += [group["GroupName"] for group in answer.get("Groups", [])]
            if not answer.get("NextToken"):
                break
            page = {"NextToken": answer["NextToken"]}
        return groups
