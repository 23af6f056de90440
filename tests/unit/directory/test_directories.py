"""The directories' adapters: what they ask, what they make of answers, and that no answer gets further."""

import io
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

import pytest
import requests
from botocore.exceptions import ClientError, ConnectTimeoutError

from teleconsultation.directory.auth0 import Auth0Directory, TokenCache
from teleconsultation.directory.cognito import CognitoDirectory
from teleconsultation.directory.http_json import ANSWER_SECONDS, MAX_ANSWER_BYTES, JsonClient
from teleconsultation.directory.secret import secret_member
from teleconsultation.directory.settings import DirectorySettings
from teleconsultation.directory.users_api import UsersApi
from teleconsultation.domain.errors import DirectoryUnavailableError
from teleconsultation.domain.people import DirectoryEntry
from teleconsultation.settings import SettingsError

MONTH = timedelta(days=30)
CANARY = "Ada Verdi-canary"
USER = {
    "_id": "p-17",
    "authUserId": "auth0|ada",
    "fullName": "Ada Verdi",
    "groups": ["patient"],
    "language": "it_IT",
}
ADA = DirectoryEntry(external_id="auth0|ada", groups=("patient",), full_name="Ada Verdi", language="it-IT")


def answer(content: object, *, status: int = 200, **headers: str) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    response.raw = io.BytesIO(content if isinstance(content, bytes) else json.dumps(content).encode())
    return response


class FakeSession:
    """Answers what it was given, in turn, and keeps what it was asked."""

    def __init__(self, *answers: requests.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, Mapping[str, Any]]] = []

    def request(self, method: str, url: str, **more: Any) -> requests.Response:
        self.asked.append((method, url, more))
        given = self.answers.pop(0)
        if isinstance(given, Exception):
            raise given
        return given


def client(session: FakeSession, *, seconds: float = 10.0, monotonic: Any = lambda: 0.0) -> JsonClient:
    return JsonClient(cast(requests.Session, session), remaining_seconds=lambda: seconds, monotonic=monotonic)


def users_api(session: FakeSession, *, token: str | None = None, **more: Any) -> UsersApi:
    return UsersApi(
        client(session, **more),
        endpoint="https://people.example/users",
        source="_id",
        target="authUserId",
        token=lambda: token,
        profile_max_age=MONTH,
    )


class TestUsersApi:
    def test_it_asks_by_the_source_and_takes_the_target(self) -> None:
        session = FakeSession(answer([USER]))

        assert users_api(session, token="secret").entries(["p-17"]) == {"p-17": ADA}

        [(method, url, more)] = session.asked
        assert (method, url, more["params"]) == ("GET", "https://people.example/users", {"_id": "p-17"})
        assert more["headers"]["authorization"] == "Bearer secret"
        assert more["allow_redirects"] is False

    def test_the_holder_of_a_token_is_asked_for_by_the_target(self) -> None:
        session = FakeSession(answer([USER]))

        assert users_api(session, token="secret").holder("auth0|ada") == ADA

        [(_, _, more)] = session.asked
        assert more["params"] == {"authUserId": "auth0|ada"}
        assert more["headers"]["authorization"] == "Bearer secret"

    @pytest.mark.parametrize("found", [[], [USER], [USER | {"authUserId": "p-17"}] * 2])
    def test_an_id_that_one_users_tokens_do_not_carry_has_no_holder(self, found: object) -> None:
        assert users_api(FakeSession(answer(found))).holder("p-17") is None

    def test_without_an_answer_the_holder_is_not_unknown(self) -> None:
        with pytest.raises(DirectoryUnavailableError):
            users_api(FakeSession(answer({}, status=500))).holder("auth0|ada")

    def test_one_user_instead_of_a_list_is_taken_too(self) -> None:
        assert users_api(FakeSession(answer(USER))).entries(["p-17"]) == {"p-17": ADA}

    @pytest.mark.parametrize(
        "found",
        [
            [],
            [USER | {"_id": "p-18"}],
            [USER, USER],
            [USER | {"_id": "P-17"}],
            ["p-17", None, 17],
            [USER | {"authUserId": None}],
            [USER | {"authUserId": "a\nb"}],
            [USER | {"fullName": ""}],
            [USER | {"fullName": "x" * 101}],
            [USER | {"fullName": "Ada \u202e Verdi"}],
            [USER | {"fullName": ["Ada"]}],
        ],
    )
    def test_who_is_not_there_or_cannot_be_shown_is_unknown(self, found: object) -> None:
        assert users_api(FakeSession(answer(found))).entries(["p-17"]) == {}

    def test_404_is_unknown(self) -> None:
        assert users_api(FakeSession(answer(b"<html>", status=404))).entries(["p-17"]) == {}

    @pytest.mark.parametrize(
        ("groups", "language", "taken"),
        [
            (["patient", 7, "x" * 101, "a\nb", "vip"], "nonsense?", (("patient", "vip"), None)),
            ("patient", 7, ((), None)),
            (None, None, ((), None)),
        ],
    )
    def test_what_is_no_group_or_language_is_left_out(
        self, groups: object, language: object, taken: object
    ) -> None:
        user = USER | {"groups": groups, "language": language}

        [entry] = users_api(FakeSession(answer([user]))).entries(["p-17"]).values()

        assert (entry.groups, entry.language) == taken

    @pytest.mark.parametrize(
        "given",
        [
            answer(f"<html>{CANARY}</html>".encode()),
            answer(b""),
            answer(b"[" * 100_000),
            answer(b'"x"'),
            answer(b"17"),
            answer(b"\xff\xfe"),
            answer(b" " * (MAX_ANSWER_BYTES + 1)),
            answer({"message": CANARY}, status=500),
            answer(CANARY, status=302, location="https://elsewhere.example"),
            answer([USER], status=206),
            requests.ConnectionError(f"https://people.example/users?_id={CANARY}"),
            requests.ReadTimeout(CANARY),
        ],
    )
    def test_whatever_else_it_answers_it_is_unavailable_and_nothing_is_repeated(
        self, given: requests.Response | Exception
    ) -> None:
        with pytest.raises(DirectoryUnavailableError) as error:
            users_api(FakeSession(given)).entries(["p-17"])

        assert CANARY not in f"{error.value!r} {error.value.__cause__!r}"
        assert error.value.__suppress_context__ or error.value.__context__ is None

    @pytest.mark.parametrize(
        ("after", "seconds"), [("7", 7), ("301", None), ("soon", None), ("99999999", None), ("", None)]
    )
    def test_429_says_when_to_come_back(self, after: str, seconds: int | None) -> None:
        with pytest.raises(DirectoryUnavailableError) as error:
            users_api(FakeSession(answer([], status=429, retry_after=after))).entries(["p-17"])

        assert error.value.retry_after_seconds == seconds

    @pytest.mark.parametrize("status", [401, 403])
    def test_refused_credentials_are_the_operators_matter(self, status: int) -> None:
        with pytest.raises(SettingsError, match="DirectorySecretArn"):
            users_api(FakeSession(answer([], status=status))).entries(["p-17"])

    def test_an_answer_that_drips_ends(self) -> None:
        seconds = iter([0.0, ANSWER_SECONDS * 2])

        with pytest.raises(DirectoryUnavailableError, match="slow"):
            users_api(FakeSession(answer([USER])), monotonic=lambda: next(seconds)).entries(["p-17"])

    def test_without_time_nothing_is_sent(self) -> None:
        session = FakeSession()

        with pytest.raises(DirectoryUnavailableError):
            users_api(session, seconds=0.0).entries(["p-17"])

        assert session.asked == []


def cognito_error(code: str, status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": CANARY}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "AdminGetUser",
    )


class FakeUserPools:
    def __init__(self, user: dict[str, Any] | Exception, *pages: dict[str, Any]) -> None:
        self.user = user
        self.pages = list(pages)

    def admin_get_user(self, *, UserPoolId: str, Username: str) -> dict[str, Any]:  # noqa: N803
        assert (UserPoolId, Username) in {("eu-west-1_abc", "ada"), ("eu-west-1_abc", "0a-1b")}
        if isinstance(self.user, Exception):
            raise self.user
        return self.user

    def admin_list_groups_for_user(self, *, UserPoolId: str, Username: str, **page: str) -> dict[str, Any]:  # noqa: N803
        assert (UserPoolId, Username) == ("eu-west-1_abc", "ada")
        assert page == ({} if len(self.pages) == 2 else {"NextToken": "more"})
        return self.pages.pop(0)


ATTRIBUTES = [
    {"Name": "sub", "Value": "0a-1b"},
    {"Name": "given_name", "Value": "Ada"},
    {"Name": "family_name", "Value": "Verdi"},
    {"Name": "locale", "Value": "it"},
]
PAGES: tuple[dict[str, Any], ...] = (
    {"Groups": [{"GroupName": "patient"}], "NextToken": "more"},
    {"Groups": [{"GroupName": "vip"}]},
)


def cognito(user: dict[str, Any] | Exception, *, claim: str = "sub") -> CognitoDirectory:
    pools = FakeUserPools(user, *PAGES)
    return CognitoDirectory(pools, user_pool_id="eu-west-1_abc", user_id_claim=claim, profile_max_age=MONTH)


class TestCognito:
    @pytest.mark.parametrize(
        ("claim", "external_id"), [("sub", "0a-1b"), ("cognito:username", "ada"), ("username", "ada")]
    )
    def test_a_user_has_the_id_that_tokens_carry(self, claim: str, external_id: str) -> None:
        directory = cognito({"Username": "ada", "UserAttributes": ATTRIBUTES}, claim=claim)

        assert directory.entries(["ada"]) == {
            "ada": DirectoryEntry(
                external_id=external_id, groups=("patient", "vip"), full_name="Ada Verdi", language="it"
            )
        }

    @pytest.mark.parametrize(
        ("claim", "asked", "is_found"),
        [
            ("sub", "0a-1b", True),
            ("sub", "ada", False),
            ("username", "ada", True),
            ("username", "0a-1b", False),
        ],
    )
    def test_only_whose_tokens_carry_the_id_is_its_holder(
        self, claim: str, asked: str, *, is_found: bool
    ) -> None:
        directory = cognito({"Username": "ada", "UserAttributes": ATTRIBUTES}, claim=claim)

        assert (directory.holder(asked) is not None) is is_found

    def test_a_name_of_its_own_goes_first(self) -> None:
        attributes = [*ATTRIBUTES, {"Name": "name", "Value": "Dr. Ada Verdi"}]

        [entry] = cognito({"Username": "ada", "UserAttributes": attributes}).entries(["ada"]).values()

        assert entry.full_name == "Dr. Ada Verdi"

    @pytest.mark.parametrize("code", ["UserNotFoundException", "InvalidParameterException"])
    def test_who_is_not_there_is_unknown(self, code: str) -> None:
        assert cognito(cognito_error(code)).entries(["ada"]) == {}

    @pytest.mark.parametrize(
        "error",
        [
            cognito_error("TooManyRequestsException"),
            cognito_error("InternalErrorException", 500),
            cognito_error("ThrottlingException"),
            ConnectTimeoutError(endpoint_url=CANARY),
        ],
    )
    def test_what_passes_makes_it_unavailable(self, error: Exception) -> None:
        with pytest.raises(DirectoryUnavailableError) as raised:
            cognito(error).entries(["ada"])

        assert CANARY not in f"{raised.value!r} {raised.value.__cause__!r}"

    @pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
    def test_a_missing_right_or_pool_is_the_operators_matter(self, code: str) -> None:
        with pytest.raises(SettingsError, match=f"{code}. Check CognitoUserPoolArn"):
            cognito(cognito_error(code)).entries(["ada"])


AUTH0_USER = {
    "user_id": "auth0|ada",
    "name": "Ada Verdi",
    "app_metadata": {"groups": ["vip"]},
    "user_metadata": {"language": "it"},
}
TOKEN = {"access_token": "a-token", "expires_in": 86_400}


def auth0(session: FakeSession, *, tokens: TokenCache | None = None) -> Auth0Directory:
    return Auth0Directory(
        client(session),
        address="https://clinic.eu.auth0.com",
        credentials=lambda: ("an id", "a secret"),
        tokens=tokens or TokenCache(),
        profile_max_age=MONTH,
        clock=lambda: 1000.0,
    )


class TestAuth0:
    def test_roles_and_metadata_are_the_groups_and_the_token_is_kept(self) -> None:
        session = FakeSession(
            answer(TOKEN), answer(AUTH0_USER), answer([{"name": "patient"}]), answer(b"", status=404)
        )
        directory = auth0(session)

        assert directory.entries(["auth0|ada"]) == {
            "auth0|ada": DirectoryEntry(
                external_id="auth0|ada", groups=("patient", "vip"), full_name="Ada Verdi", language="it"
            )
        }
        assert directory.entries(["nobody/../x"]) == {}

        assert [url.partition(".com")[2] for _, url, _ in session.asked] == [
            "/oauth/token",
            "/api/v2/users/auth0%7Cada",
            "/api/v2/users/auth0%7Cada/roles",
            "/api/v2/users/nobody%2F..%2Fx",
        ]
        assert session.asked[1][2]["headers"]["authorization"] == "Bearer a-token"

    def test_a_token_carries_the_id_that_is_asked_for(self) -> None:
        session = FakeSession(
            answer(TOKEN), answer(AUTH0_USER), answer([{"name": "patient"}]), answer(b"", status=404)
        )
        directory = auth0(session)

        holder = directory.holder("auth0|ada")

        assert holder is not None
        assert holder.groups == ("patient", "vip")
        assert directory.holder("nobody") is None

    def test_a_token_that_is_refused_is_renewed_once(self) -> None:
        session = FakeSession(
            answer({}, status=401), answer(TOKEN), answer(AUTH0_USER), answer([{"name": "patient"}])
        )

        directory = auth0(session, tokens=TokenCache(token="old", ends_at=2000.0))

        assert directory.entries(["auth0|ada"]).keys() == {"auth0|ada"}

    def test_refused_credentials_are_the_operators_matter(self) -> None:
        session = FakeSession(*[answer({}, status=403) for _ in range(2)])

        with pytest.raises(SettingsError, match="DirectorySecretArn"):
            auth0(session).entries(["auth0|ada"])

    @pytest.mark.parametrize(
        "answers",
        [
            [{}],
            [[1]],
            [{"access_token": 7, "expires_in": "soon"}],
            [TOKEN, [AUTH0_USER]],
            [TOKEN, AUTH0_USER, {"roles": []}],
        ],
    )
    def test_what_is_not_what_auth0_documents_makes_it_unavailable(self, answers: list[object]) -> None:
        # A role list that fails must not end as a person without groups.
        session = FakeSession(*map(answer, answers), answer([]))

        with pytest.raises(DirectoryUnavailableError):
            auth0(session).entries(["auth0|ada"])

    @pytest.mark.parametrize("external_id", [".", ".."])
    def test_an_id_that_is_no_segment_of_a_path_is_not_asked_for(self, external_id: str) -> None:
        session = FakeSession()

        directory = auth0(session, tokens=TokenCache(token="t", ends_at=2000.0))

        assert directory.entries([external_id]) == {}
        assert session.asked == []

    def test_a_token_is_not_in_a_representation(self) -> None:
        assert "a-token" not in repr(TokenCache(token="a-token"))


class TestSettings:
    def test_without_an_address_there_is_no_directory(self) -> None:
        assert DirectorySettings.from_environment({}) is None
        assert DirectorySettings.from_environment({"USERS_API_ENDPOINT": "", "AUTH0_DOMAIN": ""}) is None

    def test_a_pools_arn_gives_region_and_id(self) -> None:
        settings = DirectorySettings.from_environment(
            {
                "COGNITO_USER_POOL_ARN": "arn:aws:cognito-idp:eu-south-1:1:userpool/eu-south-1_abc",
                "PROFILE_MAX_AGE_DAYS": "30",
            }
        )

        assert settings is not None
        assert (settings.user_pool_id, settings.user_pool_region) == ("eu-south-1_abc", "eu-south-1")
        assert settings.profile_max_age == MONTH

    @pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"token": 7}', '{"token": ""}'])
    def test_a_secret_that_lacks_something_says_what(self, text: str) -> None:
        with pytest.raises(SettingsError, match="no token"):
            secret_member(text, "token")

    def test_a_member_of_a_secret(self) -> None:
        assert secret_member('{"token": "t"}', "token") == "t"
