"""The simulator as one Starlette application: the v1 API, the calls behind the links, the control routes."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount

from local.bandyer_simulator.api import (
    backgrounds,
    company,
    credentials,
    hooks,
    looks,
    recordings,
    rooms,
    sessions,
    tokens,
    uploads,
    users,
)
from local.bandyer_simulator.api.errors import ProviderError
from local.bandyer_simulator.calls.company_looks import company_looks_routes
from local.bandyer_simulator.calls.files import file_routes
from local.bandyer_simulator.calls.page import link_page_routes
from local.bandyer_simulator.calls.signalling import signalling_routes
from local.bandyer_simulator.control.connections import Connections
from local.bandyer_simulator.control.edge import ProviderEdge
from local.bandyer_simulator.control.faults import FaultBook
from local.bandyer_simulator.control.routes import control_routes
from local.bandyer_simulator.memory.records import Company
from local.bandyer_simulator.memory.state import Clock, State, utc_now

DEFAULT_PATH_PREFIX = "/rest"
# Longer than our clients' timeouts, and still short enough to end a forgotten request.
HOLD_SECONDS = 120.0


def create_app(
    *,
    api_key: str,
    public_url: str | Callable[[], str],
    path_prefix: str = DEFAULT_PATH_PREFIX,
    clock: Clock = utc_now,
    hold_seconds: float = HOLD_SECONDS,
    company: Company = Company(),  # noqa: B008 - a frozen value
) -> Starlette:
    """Return a simulator with empty memory.

    `public_url` (or its return value) is the base of access links, without a slash at the end. The
    application has `state.simulator` (State), `state.faults` (FaultBook) and `state.connections`
    (Connections); reset faults need a server that uses `state.connections.protocol()`.

    Raises:
        ValueError: the prefix is not of the form `/rest`, or the API key is empty.
    """
    if not path_prefix.startswith("/") or path_prefix.endswith("/"):
        raise ValueError("path_prefix starts with a slash and does not end with one, like /rest")
    if not api_key:
        raise ValueError("api_key must not be empty")
    address = public_url if callable(public_url) else lambda: public_url
    state = State(api_key=api_key, public_url=address, clock=clock, company=company)
    faults = FaultBook()
    connections = Connections()
    provider = ProviderEdge(
        _provider(state),
        state=state,
        faults=faults,
        connections=connections,
        path_prefix=path_prefix,
        hold_seconds=hold_seconds,
    )
    app = Starlette(
        routes=[
            *control_routes(state=state, faults=faults, connections=connections),
            *link_page_routes(state),
            *company_looks_routes(state),
            *signalling_routes(state),
            *file_routes(state),
            Mount(path_prefix, app=provider),
        ]
    )
    app.state.simulator = state
    app.state.faults = faults
    app.state.connections = connections
    return app


def _provider(state: State) -> Starlette:
    endpoints = (
        *company.ENDPOINTS,
        *looks.ENDPOINTS,
        *backgrounds.ENDPOINTS,
        *users.ENDPOINTS,
        *rooms.ENDPOINTS,
        *recordings.ENDPOINTS,
        *sessions.ENDPOINTS,
        *uploads.ENDPOINTS,
        *tokens.ENDPOINTS,
        *credentials.ENDPOINTS,
        *hooks.ENDPOINTS,
    )
    app = Starlette(
        routes=[endpoint.route(state) for endpoint in endpoints],
        exception_handlers={HTTPException: _no_such_route, Exception: _defect},
    )
    app.router.redirect_slashes = False
    return app


async def _no_such_route(_request: Request, error: Exception) -> Response:
    """Answer an unknown path (404) or method (405) with a JSON error; name and code are choices."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    code = "method_not_allowed" if status == 405 else "route_not_found"
    return _answer(ProviderError(status, name="invalid_request_error", code=code, message="No such endpoint"))


async def _defect(_request: Request, _error: Exception) -> Response:
    """Answer 500 after a defect of the simulator; the server logs the traceback."""
    return _answer(
        ProviderError(
            500, name="internal_server_error", code="internal_server_error", message="Generic error"
        )
    )


def _answer(refusal: ProviderError) -> Response:
    return JSONResponse(refusal.body(), status_code=refusal.status)
