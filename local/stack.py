"""Everything together on loopback: what `make run` runs and what the integration tests talk to."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from starlette.types import ASGIApp, Receive, Scope, Send

from deployment.template.application import Application, Template
from deployment.template.intrinsics import ResourceValue, TemplateError
from deployment.template.site_headers import read_site_headers
from local import issuer, page, reference
from local.asgi_server import AsgiServer, PortInUseError, ServerStartError
from local.bandyer_simulator.memory.records import Company
from local.bandyer_simulator.server import RunningSimulator, running_simulator
from local.emulator import AwsEmulator, EmulatorError, running_aws_emulator
from local.gateway import app as gateway_app
from local.gateway.http_api import Gateway
from local.gateway.invoker import (
    PROJECT_ROOT,
    FunctionError,
    InProcessInvoker,
    Invoker,
    PoolInvoker,
    runtime_environment,
)
from local.issuer import SigningKeyError, TokenIssuer
from local.ports import HOST, PortError, Ports
from local.schedules import running_schedules

TEMPLATE: Final = PROJECT_ROOT / "template.yaml"
STATE_DIRECTORY: Final = PROJECT_ROOT / ".local"
KEY_FILE: Final = "token-issuer.pem"
FUNCTIONS_LOG: Final = "functions.log"
EMULATOR_LOG: Final = "aws-emulator.log"
START_ERRORS: Final = (
    EmulatorError,
    FunctionError,
    PortError,
    PortInUseError,
    ServerStartError,
    SigningKeyError,
    TemplateError,
)
"""What `running_stack` raises when it cannot start; each has a text of one line."""

_TABLE_NAME: Final = "Teleconsultations"
_SECRET_NAME: Final = "bandyer"
_API_KEY: Final = "ak_local"
_USER_ID_KEY: Final = "local-user-id-key"
_PAGE_BASE_URL: Final = "pageBaseUrl"

type InvokerFactory = Callable[[Application, AwsEmulator], AbstractContextManager[Invoker]]
type Invocation = Literal["processes", "in-process"] | InvokerFactory


@dataclass(frozen=True)
class Stack:
    """A running stack; addresses have no slash at the end."""

    site_url: str
    api_url: str
    bandyer: RunningSimulator
    issuer: TokenIssuer
    aws: AwsEmulator
    table_name: str
    application: Application
    gateway: Gateway


def utc_now() -> datetime:
    """Give the time of the machine's clock."""
    return datetime.now(UTC)


def token_issuer(
    *, port: int, state_directory: Path = STATE_DIRECTORY, clock: Callable[[], datetime] = utc_now
) -> TokenIssuer:
    """Give the issuer that a stack on that port trusts, running or not.

    Raises:
        SigningKeyError: its key cannot be read or made.
    """
    key = issuer.load_signing_key(state_directory / KEY_FILE)
    return TokenIssuer(url=f"http://{HOST}:{port}", key=key, clock=clock)


@contextmanager
def running_stack(
    *,
    ports: Ports | None = None,
    invocation: Invocation = "processes",
    template: Path = TEMPLATE,
    parameters: Mapping[str, str] | None = None,
    state_directory: Path = STATE_DIRECTORY,
    clock: Callable[[], datetime] = utc_now,
    on_request: Callable[[gateway_app.Served], None] = lambda _: None,
) -> Iterator[Stack]:
    """Run everything until the block ends, with an empty table and an empty simulator.

    `ports` None takes free ones. `parameters` are template parameters besides those the stack itself gives.
    `invocation` "in-process" runs the handlers here, with the union of their environments: quicker, and open
    to monkeypatching, but blind to a variable that a function needs and does not get; and no schedule runs
    there. A factory brings a way of its own. `clock` is the gateway's and the issuer's; the functions have
    their own.

    Raises:
        Exception: one of START_ERRORS; whatever was started is stopped again.
    """
    ports = ports or Ports.free()
    site_url = f"http://{HOST}:{ports.gateway}"
    with ExitStack() as stack:
        tokens = token_issuer(port=ports.issuer, state_directory=state_directory, clock=clock)
        stack.enter_context(AsgiServer(issuer.create_app(tokens), host=HOST, port=ports.issuer))
        bandyer = stack.enter_context(
            running_simulator(api_key=_API_KEY, port=ports.bandyer, company=_company(site_url=site_url))
        )
        aws = stack.enter_context(running_aws_emulator(port=ports.aws, log=state_directory / EMULATOR_LOG))
        application = _application(
            Template(template),
            parameters={
                "OidcIssuer": tokens.url,
                "OidcAudience": issuer.AUDIENCE,
                "BandyerBaseUrl": bandyer.url,
                "BandyerPathPrefix": bandyer.path_prefix,
                **(parameters or {}),
            },
            aws=aws,
            site_url=site_url,
        )
        invoker = stack.enter_context(
            _invoker(application, invocation=invocation, aws=aws, log=state_directory / FUNCTIONS_LOG)
        )
        if invocation == "processes":
            stack.enter_context(running_schedules(application.functions.values(), invoker=invoker))
        gateway = Gateway(application, invoker=invoker, clock=clock)
        site = _site(
            api=gateway_app.create_app(gateway, on_request=on_request),
            prefix=f"/{application.api.stage}/",
            page=page.create_app(
                PROJECT_ROOT / "frontend_static",
                frame_origin=bandyer.url,
                headers=read_site_headers(Template(template), frame_origin=bandyer.url),
            ),
            docs=reference.create_app(PROJECT_ROOT / "docs/openapi.html"),
        )
        stack.enter_context(AsgiServer(site, host=HOST, port=ports.gateway))
        yield Stack(
            site_url=site_url,
            api_url=f"{site_url}/{application.api.stage}",
            bandyer=bandyer,
            issuer=tokens,
            aws=aws,
            table_name=_TABLE_NAME,
            application=application,
            gateway=gateway,
        )


def _company(*, site_url: str) -> Company:
    """Give the company as its operator sets it up: a call that is over leads its frame to our page."""
    return Company(end_call_redirect_url=f"{site_url}{page.CALL_ENDED_PATH}", end_call_redirect_timeout_ms=0)


def _application(
    template: Template, *, parameters: Mapping[str, str], aws: AwsEmulator, site_url: str
) -> Application:
    table = template.properties("TeleconsultationsTable", kind="AWS::DynamoDB::Table", parameters=parameters)
    table_arn = aws.create_table(_TABLE_NAME, properties=table)
    secret_arn = aws.create_secret(_SECRET_NAME, content={"apiKey": _API_KEY, "userIdKey": _USER_ID_KEY})
    application = template.application(
        parameters=parameters,
        resources={
            "TeleconsultationsTable": ResourceValue(_TABLE_NAME, attributes={"Arn": table_arn}),
            "BandyerSecret": ResourceValue(secret_arn, attributes={"Id": secret_arn}),
            "SiteDistribution": ResourceValue("local", attributes={"DomainName": HOST}),
        },
    )
    api = application.api
    if _PAGE_BASE_URL not in api.stage_variables:
        raise TemplateError(f"{api.name} has no stage variable {_PAGE_BASE_URL}")
    # The template knows the page under https only; here it is plain http, on a port.
    variables = {**api.stage_variables, _PAGE_BASE_URL: site_url}
    return replace(application, api=replace(api, stage_variables=variables))


@contextmanager
def _invoker(
    application: Application, *, invocation: Invocation, aws: AwsEmulator, log: Path
) -> Iterator[Invoker]:
    functions = application.functions.values()
    if callable(invocation):
        with invocation(application, aws) as invoker:
            yield invoker
        return
    if invocation == "in-process":
        environment: dict[str, str] = {}
        for function in functions:
            environment |= runtime_environment(function, extra=aws.environment())
        with _environment(environment):
            yield InProcessInvoker()
        return
    pools = PoolInvoker(functions, extra=aws.environment(), log=log)
    try:
        pools.warm()
        yield pools
    finally:
        pools.close()


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    _forget_settings()
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        _forget_settings()


def _forget_settings() -> None:
    """Empty what the handlers of an earlier stack have kept: its addresses are gone."""
    bootstrap = sys.modules.get("teleconsultation.bootstrap")
    for value in vars(bootstrap).values() if bootstrap else ():
        if hasattr(value, "cache_clear"):
            value.cache_clear()


def _site(*, api: ASGIApp, prefix: str, page: ASGIApp, docs: ASGIApp) -> ASGIApp:
    """Put the API and the page under one origin, as the distribution does, and the API's reference beside."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            answering = docs if path == reference.PATH else api if path.startswith(prefix) else page
            await answering(scope, receive, send)

    return app
