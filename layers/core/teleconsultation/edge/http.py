"""The HTTP edge: API Gateway's event in, API Gateway's response out (HTTP API, payload format 2.0).

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import binascii
import codecs
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from json import JSONEncoder

from teleconsultation.domain.errors import (
    FieldError,
    InsufficientScopeError,
    InvalidRequestError,
    InvalidSignatureError,
    MissingCredentialsError,
    ProviderError,
    TeleconsultationError,
    TooLargeError,
    UnsupportedCharsetError,
    UnsupportedContentCodingError,
    UnsupportedMediaTypeError,
)
from teleconsultation.edge import problems
from teleconsultation.edge.preferences import (
    prefers_fhir,
    prefers_invitations,
    prefers_json,
    prefers_representation,
)
from teleconsultation.edge.unexpected_errors import log_unexpected
from teleconsultation.settings import SettingsError
from teleconsultation.use_cases.admission import Caller
from teleconsultation.use_cases.lookup import is_teleconsultation_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from teleconsultation.edge.route_log import RouteLog

type JsonObject = dict[str, Any]
type Event = JsonObject
type Body = Mapping[str, Any] | str | None
type Handler = Callable[[Event, "LambdaContext"], Event]

MAX_BODY_BYTES = 256 * 1024
JOIN_ROUTES = ("/join", "/join/consent", "/join/invitation.ics", "/join/presence", "/join/room")
"""Ends of the routes for holders of join links, where API Gateway checks no token."""
ORIGINAL_STAGE = "telecons-be"
"""API Gateway's stage for callers of the original; in all others the service answers in its own manner."""
ORIGINAL_ADDRESS = "/api/v1/telecons-be"
"""Under this the site answers with that stage."""
CLIENT_CLAIMS = ("sub", "client_id", "azp")
UNAUTHORIZED_STATUS = 401
MANAGE_SCOPE = "teleconsultation/manage"
SETTINGS_SCOPE = "teleconsultation/settings"
PREFERENCE = "return=representation"
FILES_PREFERENCE = "include=invitations"
BACKGROUND_CHOICES = {"true": True, "false": False}
CONTENT_CODING = "identity"
CHARSETS = frozenset({"utf-8", "utf8"})
JSON_TYPE = "application/json"
JSON_MEDIA_TYPES = frozenset({JSON_TYPE, "application/merge-patch+json"})

_encoded = JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True)
class Request:
    """One request of API Gateway, which has verified the token."""

    event: Event = field(repr=False)
    context: "LambdaContext" = field(repr=False)

    @property
    def method(self) -> str:
        """The HTTP method."""
        method: str = self.event["requestContext"]["http"]["method"]
        return method

    @property
    def is_for_original(self) -> bool:
        """Whether the caller expects the manner of the original. API Gateway writes the stage into the event:
        the address alone decides, and nothing else that a caller sends.
        """
        stage: str = self.event["requestContext"]["stage"]
        return stage == ORIGINAL_STAGE

    @property
    def path(self) -> str:
        """The path as the caller sent it to the site."""
        path: str = self.event["rawPath"]
        return ORIGINAL_ADDRESS + path.removeprefix(f"/{ORIGINAL_STAGE}") if self.is_for_original else path

    @property
    def teleconsultation_id(self) -> str:
        """The path parameter `id`."""
        teleconsultation_id: str = (self.event.get("pathParameters") or {}).get("id", "")
        return teleconsultation_id

    @property
    def erasure_id(self) -> str:
        """The path parameter `erasureId`, of which nothing has been checked."""
        erasure_id: str = (self.event.get("pathParameters") or {}).get("erasureId", "")
        return erasure_id

    @property
    def path_in_problems(self) -> str:
        """The path that the original's error texts name."""
        tail = "/participants/data"
        if self.event["routeKey"].endswith(tail):
            return f"/teleconsultation/{self.teleconsultation_id}{tail}"
        return "/teleconsultation"

    @property
    def session_id(self) -> str:
        """The path parameter `sessionId`, of which nothing has been checked."""
        session_id: str = (self.event.get("pathParameters") or {}).get("sessionId", "")
        return session_id

    @property
    def has_body(self) -> bool:
        """Whether the caller sent a body."""
        return bool(self.event.get("body"))

    def claimed_words(self, claim: str) -> tuple[str, ...]:
        """Return the entries of a claim that holds a list of words; API Gateway writes a list as `[a b]`."""
        return tuple(self.claims.get(claim, "").strip("[]").replace(",", " ").split()) if claim else ()

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """The headers, with names in lower case."""
        return {name.lower(): value for name, value in (self.event.get("headers") or {}).items()}

    @property
    def query(self) -> Mapping[str, str]:
        """Query parameters; API Gateway joins repeated ones with a comma."""
        return self.event.get("queryStringParameters") or {}

    @property
    def claims(self) -> Mapping[str, str]:
        """The claims of the verified token; API Gateway makes each one a string."""
        authorizer = self.event["requestContext"].get("authorizer") or {}
        claims: Mapping[str, str] = (authorizer.get("jwt") or {}).get("claims") or {}
        return claims

    def _has_scope(self, scope: str) -> bool:
        """Return whether the token has a scope, in one of the two claims that API Gateway reads."""
        return any(scope in self.claims.get(name, "").strip("[]").split() for name in ("scope", "scp"))

    @property
    def may_manage(self) -> bool:
        """Whether the token has the management scope."""
        return self._has_scope(MANAGE_SCOPE)

    def caller(self, *, user_id_claim: str, participant_scope: str = "") -> Caller:
        """Return the caller: on the route of join links, where API Gateway does not check a token, the holder
        of the join secret; on the others the token's user.

        A token needs `participant_scope`, unless it is empty, or the management scope.

        Raises:
            MissingCredentialsError: a request to join has no secret.
            InsufficientScopeError: the token has neither scope.
        """
        if self.event["routeKey"].endswith(JOIN_ROUTES):
            scheme, _, secret = self.headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer" or not secret.strip():
                raise MissingCredentialsError("no join secret")
            return Caller(join_secret=secret.strip())
        if participant_scope and not self.may_manage and not self._has_scope(participant_scope):
            raise InsufficientScopeError("no participant scope")
        return Caller(user_id=self.claims.get(user_id_claim), is_manager=self.may_manage)

    @property
    def client(self) -> str | None:
        """The client of the token, to keep the idempotency keys of two clients apart: the first that is there
        of its claims `sub`, `client_id` and `azp`, or None. Tokens for machines may lack `sub`.
        """
        return next((f"{name}={self.claims[name]}" for name in CLIENT_CLAIMS if self.claims.get(name)), None)

    @property
    def client_id(self) -> str | None:
        """The value of that claim, by which an operator knows the client."""
        return next((self.claims[name] for name in CLIENT_CLAIMS if self.claims.get(name)), None)

    @property
    def wants_representation(self) -> bool:
        """Whether the caller prefers an answer with the result of a change (`Prefer`, RFC 7240)."""
        return prefers_representation(self.headers.get("prefer", ""))

    @property
    def wants_fhir(self) -> bool:
        """Whether GET answers a resource of FHIR (`Accept`); the original had none."""
        return not self.is_for_original and prefers_fhir(self.headers.get("accept", ""))

    @property
    def wants_details(self) -> bool:
        """Whether GET answers the details of the room, which the original always did."""
        return self.is_for_original or self.query.get("details") == "true"

    @property
    def background(self) -> bool | None:
        """Whether the caller wants the call's virtual background; None if the caller does not say."""
        return BACKGROUND_CHOICES.get(self.query.get("useBackground", ""))

    @property
    def background_groups(self) -> frozenset[str]:
        """The groups whose members get the virtual background, a stage variable as the site's address is."""
        groups: str = (self.event.get("stageVariables") or {}).get("backgroundGroups", "")
        return frozenset(filter(None, groups.split(",")))

    @property
    def wants_invitations(self) -> bool:
        """Whether a POST is answered with the join links. The original's callers do not know these secrets,
        and may log each answer, so they get them only if they prefer a representation.
        """
        return self.wants_representation or not self.is_for_original

    @property
    def wants_calendar_files(self) -> bool:
        """Whether the join links that a POST is answered with come with a file for each person's calendar."""
        return self.wants_invitations and prefers_invitations(self.headers.get("prefer", ""))

    def require_management(self) -> None:
        """Refuse a caller without the management scope. API Gateway does this first, unless a route is
        misconfigured.

        Raises:
            InsufficientScopeError: the token lacks the scope.
        """
        if not self.may_manage:
            raise InsufficientScopeError("no management scope")

    def require_settings(self) -> None:
        """Refuse a caller without the scope for the company's settings, as `require_management`.

        Raises:
            InsufficientScopeError: the token lacks the scope.
        """
        if not self._has_scope(SETTINGS_SCOPE):
            raise InsufficientScopeError("no settings scope")

    def json_body(self) -> bytes:
        """Return the unparsed body of a request whose content type is JSON, without a byte order mark.

        Raises:
            InvalidRequestError: the body is missing, or it is not base64 although the event says so.
            TooLargeError: it has more than `MAX_BODY_BYTES`.
            UnsupportedMediaTypeError: its content type is not JSON.
            UnsupportedContentCodingError, UnsupportedCharsetError: it is compressed, or not said to be UTF-8.
        """
        body = self.raw_body()
        if not body:
            raise InvalidRequestError([FieldError("", "the body is missing")])
        media_type, *parameters = self.headers.get("content-type", "").lower().split(";")
        if media_type.strip() not in JSON_MEDIA_TYPES:
            raise UnsupportedMediaTypeError("not JSON")
        self.require_uncompressed()
        for name, _, charset in (parameter.partition("=") for parameter in parameters):
            if name.strip() == "charset" and charset.strip().strip('"') not in CHARSETS:
                raise UnsupportedCharsetError("not UTF-8")
        body = body.removeprefix(codecs.BOM_UTF8)
        if self.is_for_original:
            from teleconsultation.edge.original import OriginalJson  # noqa: PLC0415 - as in _problem

            return OriginalJson(body)
        return body

    def require_uncompressed(self) -> None:
        """Refuse a body with a content coding (RFC 9110, section 15.5.16).

        Raises:
            UnsupportedContentCodingError: it has one.
        """
        codings = {coding.strip().lower() for coding in self.headers.get("content-encoding", "").split(",")}
        if not codings <= {"", CONTENT_CODING}:
            raise UnsupportedContentCodingError("not identity")

    def raw_body(self, *, max_bytes: int = MAX_BODY_BYTES) -> bytes:
        """Return the body as it was sent.

        Raises:
            InvalidRequestError: it is not base64 although the event says so.
            TooLargeError: it has more than `max_bytes`.
        """
        text: str = self.event.get("body") or ""
        try:
            body = (
                base64.b64decode(text, validate=True) if self.event.get("isBase64Encoded") else text.encode()
            )
        except (binascii.Error, ValueError):
            raise InvalidRequestError([FieldError("", "the body cannot be decoded")]) from None
        if len(body) > max_bytes:
            raise TooLargeError("body too large")
        return body

    @property
    def page_base_url(self) -> str:
        """The site's address. It is a stage variable, because the site depends on the API, which depends on
        the functions.
        """
        url: str = self.event["stageVariables"]["pageBaseUrl"]
        return url.rstrip("/")

    def remaining_seconds(self) -> float:
        """Return the remaining time of this invocation."""
        return self.context.get_remaining_time_in_millis() / 1000


@dataclass(frozen=True, kw_only=True)
class Response:
    """The answer to a request; without a body it has no content type."""

    status: int
    body: Body = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content_type: str = JSON_TYPE

    def to_event(self) -> Event:
        """Return the response in payload format 2.0; caches must not store it, and proxies not compress it,
        because some change the entity tag with the coding.
        """
        headers = {"cache-control": "no-store, no-transform", **self.headers}
        if self.body is None:
            return {"statusCode": self.status, "headers": headers}
        headers["content-type"] = self.content_type
        return {
            "statusCode": self.status,
            "headers": headers,
            "body": self.body if isinstance(self.body, str) else _encoded(self.body),
        }


def endpoint(
    *, outcome: str, log: "RouteLog", caller_hash: Callable[[str], str | None] | None = None
) -> Callable[[Callable[[Request], Response]], Handler]:
    """Make a Lambda handler of a route: answer errors with problem documents, log and count each outcome.

    `outcome` is the metric of a success; an error is counted under its problem's metric. With `caller_hash`
    the log has a `caller`: the hash of the token's client. It may have to read its key, so it is called last.
    """

    def decorate(route: Callable[[Request], Response]) -> Handler:
        def lambda_handler(event: Event, context: "LambdaContext") -> Event:
            request = Request(event, context)
            if is_teleconsultation_id(request.teleconsultation_id):
                log.append_keys(teleconsultation_id=request.teleconsultation_id)
            try:
                response, result = route(request), outcome
            except TeleconsultationError as error:
                response, result = _refusal(error, request, log=log)
            except Exception as error:  # noqa: BLE001 - the last resort: API Gateway's own 500 says nothing, and Lambda would log the message
                response, result = _failure(error, request, log=log)
            if caller_hash and request.client_id and (caller := caller_hash(request.client_id)):
                log.append_keys(caller=caller)
            log.answered(status=response.status, outcome=result)
            return response.to_event()

        return log.watching(lambda_handler)

    return decorate


def _refusal(error: TeleconsultationError, request: Request, *, log: "RouteLog") -> tuple[Response, str]:
    problem = problems.PROBLEMS[type(error)]
    retry_after_seconds = error.retry_after_seconds
    if retry_after_seconds is None:
        retry_after_seconds = problem.retry_after_seconds
    if isinstance(error, ProviderError):
        log.warning(
            "provider failed", provider_code=error.provider_code, outcome_unknown=error.outcome_unknown
        )
    headers = {} if retry_after_seconds is None else {"retry-after": str(retry_after_seconds)}
    if isinstance(error, MissingCredentialsError):
        headers["www-authenticate"] = "Bearer"
    if isinstance(error, InvalidSignatureError):
        headers["www-authenticate"] = "Bandyer-Signature"
    if isinstance(error, UnsupportedContentCodingError):
        headers["accept-encoding"] = CONTENT_CODING
    return _problem(problem, error=error, request=request, headers=headers), problem.metric


def _failure(error: Exception, request: Request, *, log: "RouteLog") -> tuple[Response, str]:
    # A SettingsError is ours and names a variable.
    is_setting = isinstance(error, SettingsError)
    log_unexpected(error, logger=log, reason=str(error) if is_setting else None)
    problem = problems.MISCONFIGURED if is_setting else problems.UNEXPECTED
    return _problem(problem, error=error, request=request, headers={}), problem.metric


def _problem(
    problem: problems.Problem, *, error: Exception, request: Request, headers: Mapping[str, str]
) -> Response:
    document = problems.problem_document(
        problem, error=error, method=request.method, path=request.path_in_problems
    )
    if request.is_for_original:
        from teleconsultation.edge.original import refusal  # noqa: PLC0415 - not for every cold start

        answer = refusal(
            document,
            error=error,
            route_key=request.event["routeKey"],
            teleconsultation_id=request.teleconsultation_id,
        )
        challenge = {"www-authenticate": "Bearer"} if answer.status == UNAUTHORIZED_STATUS else {}
        return Response(status=answer.status, body=answer.body, headers={**headers, **challenge})
    return Response(
        status=problem.status,
        body=document,
        headers=headers,
        content_type=JSON_TYPE if prefers_json(request.headers.get("accept", "")) else problems.CONTENT_TYPE,
    )
