"""The gateway: route, authorize, build the event, invoke, convert the result; no sockets."""

import logging
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Final

from deployment.template.application import Application
from local.gateway.answer import build_response, internal_server_error
from local.gateway.authorizer import AccessDeniedError, Authorizer, FetchJson, fetch_json
from local.gateway.cors import cors_headers
from local.gateway.event import build_event
from local.gateway.exchange import Request, Response
from local.gateway.invoker import FunctionError, FunctionTimeoutError, Invoker
from local.gateway.routes import RouteMatch, RouteMatcher

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
MAXIMUM_BODY_BYTES: Final = 10 * 1024 * 1024
MAXIMUM_HEADER_BYTES: Final = 10_240

_logger = logging.getLogger(__name__)


class Gateway:
    """An HTTP API with its routes, its authorizers and its functions."""

    def __init__(
        self,
        application: Application,
        *,
        invoker: Invoker,
        clock: Callable[[], datetime],
        fetch: FetchJson = fetch_json,
    ) -> None:
        """Serve `application`; `clock` gives aware UTC times, `fetch` reads the issuer's documents."""
        self._application = application
        self._invoker = invoker
        self._clock = clock
        api = application.api
        self._matchers = {
            stage: RouteMatcher(api.routes, stage=stage) for stage in (api.stage, *api.further_stages)
        }
        self._authorizer = Authorizer(clock=clock, fetch=fetch)

    def route_key(self, request: Request) -> str | None:
        """Return the route key of a request, which contains no ids, for logs; None without a route."""
        found = self._match(request)
        return found[1].route.key if found else None

    def handle(self, request: Request) -> Response:
        """Return the response that API Gateway would send; never raises."""
        request_id = str(uuid.uuid4())
        cors = cors_headers(request, cors=self._application.api.cors)
        is_preflight = request.method == "OPTIONS" and self._application.api.cors is not None
        response = Response(204, (), b"") if is_preflight else self._answer(request, request_id=request_id)
        return Response(
            status=response.status,
            headers=(*response.headers, *cors, ("apigw-requestid", request_id)),
            body=response.body,
        )

    def _answer(self, request: Request, *, request_id: str) -> Response:
        if len(request.body) > MAXIMUM_BODY_BYTES:
            return Response.message(413, "Request Entity Too Large")
        if sum(len(name) + len(value) for name, value in request.headers) > MAXIMUM_HEADER_BYTES:
            return Response.message(431, "Request Header Fields Too Large")
        found = self._match(request)
        if found is None:
            return Response.message(404, "Not Found")
        stage, match = found
        identity = None
        if match.route.authorizer is not None:
            try:
                identity = self._authorizer.authorize(
                    request, authorizer=match.route.authorizer, scopes=match.route.scopes
                )
            except AccessDeniedError as refusal:
                return refusal.response
        event = build_event(
            request,
            api=self._application.api,
            stage=stage,
            match=match,
            identity=identity,
            request_id=request_id,
            now=self._clock(),
        )
        return self._invoke(match, event=event, request_id=request_id)

    def _match(self, request: Request) -> tuple[str, RouteMatch] | None:
        """Return the stage and the route of a request, or None."""
        for stage, matcher in self._matchers.items():
            if match := matcher.match(request.method, request.path):
                return stage, match
        return None

    def _invoke(self, match: RouteMatch, *, event: object, request_id: str) -> Response:
        function = self._application.functions[match.route.function]
        gateway_gives_up_first = match.route.timeout_seconds < function.timeout_seconds
        try:
            result = self._invoker(
                function,
                event=event,
                request_id=request_id,
                timeout_seconds=min(match.route.timeout_seconds, function.timeout_seconds),
            )
        except FunctionTimeoutError as error:
            _logger.warning("%s", error)
            # The function's own timeout is a failure (500); the integration's shorter one means busy (503).
            if gateway_gives_up_first:
                return Response.message(503, "Service Unavailable")
            return internal_server_error()
        except FunctionError as error:
            # The function's own log has the traceback.
            _logger.warning("%s", error)
            return internal_server_error()
        return build_response(result)
