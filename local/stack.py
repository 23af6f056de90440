"""The whole product on loopback, for `make run` and the integration tests."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from starlette.types import ASGIApp, Receive, Scope, Send

from bandyer import BandyerClient, StaticApiKey
from deployment.template.application import ACCOUNT_ID, Application, Template
from deployment.template.intrinsics import ResourceValue, TemplateError
from deployment.template.site_headers import read_site_headers
from deployment.webhooks import subscribe, webhook_url
from local import events_page, issuer, page, reference, sign_in, users_api
from local.asgi_server import AsgiServer, PortInUseError, ServerStartError
from local.bandyer_simulator.app import DEFAULT_PATH_PREFIX
from local.bandyer_simulator.memory.records import Company
from local.bandyer_simulator.server import RunningSimulator, running_simulator
from local.emulator import AwsEmulator, EmulatorError, running_aws_emulator
from local.event_sources import running_event_sources
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
SITE: Final = PROJECT_ROOT / "frontend_static"
STATE_DIRECTORY: Final = PROJECT_ROOT / ".local"
KEY_FILE: Final = "token-issuer.pem"
FUNCTIONS_LOG: Final = "functions.log"
EMULATOR_LOG: Final = "aws-emulator.log"
CONSENT_VERSION: Final = "2026-11"
"""What the API takes on this machine; the page asks for it only if its `config.json` does."""
START_ERRORS: Final = (
    EmulatorError,
    FunctionError,
    PortError,
    PortInUseError,
    ServerStartError,
    SigningKeyError,
    TemplateError,
)
"""The errors that `running_stack` raises when it cannot start; each has a text of one line."""

_TABLE_NAME: Final = "Teleconsultations"
_SECRET_NAME: Final = "bandyer"
_API_KEY: Final = "ak_local"
_USER_ID_KEY: Final = "local-user-id-key"
_DOORS: Final = "doors"
_DOORS_ROLE_ARN: Final = f"arn:aws:iam::{ACCOUNT_ID}:role/doors"
_ENDPOINT_QUEUES: Final = ("ParkedEventsQueue", "DeliveryQueue")
_ENDPOINTS_SECRET: Final = "event-endpoints"
_PAGE_BASE_URL: Final = "pageBaseUrl"
# The distribution's behaviour for callers of the original, and what OriginalAddressFunction cuts off.
_ORIGINAL_ADDRESS: Final = b"/api/v1/telecons-be/"
_CUT_OFF: Final = b"/api/v1"
_CREATING_FUNCTION: Final = "CreateTeleconsultationFunction"

type InvokerFactory = Callable[[Application, AwsEmulator], AbstractContextManager[Invoker]]
type Invocation = Literal["processes", "in-process"] | InvokerFactory


@dataclass(frozen=True)
class Stack:
    """A running stack; its URLs have no slash at the end."""

    site_url: str
    api_url: str
    bandyer: RunningSimulator
    issuer: TokenIssuer
    aws: AwsEmulator
    table_name: str
    application: Application
    gateway: Gateway
    events_secret: str | None = None
    """What signs the events, if they are on."""


def utc_now() -> datetime:
    """Return the time of the machine's clock."""
    return datetime.now(UTC)


def token_issuer(
    *, port: int, state_directory: Path = STATE_DIRECTORY, clock: Callable[[], datetime] = utc_now
) -> TokenIssuer:
    """Return the issuer that a stack with that issuer port trusts; the stack need not run.

    Raises:
        SigningKeyError: its key cannot be read or created.
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
    site_directory: Path = SITE,
    state_directory: Path = STATE_DIRECTORY,
    clock: Callable[[], datetime] = utc_now,
    on_request: Callable[[gateway_app.RequestLine], None] = lambda _: None,
    events_to: Sequence[str] | None = None,
    users: Sequence[Mapping[str, Any]] | None = None,
) -> Iterator[Stack]:
    """Run everything until the block ends, with an empty table and an empty simulator.

    `ports` None takes free ones. `parameters` are added to the template parameters that the stack sets.
    `invocation` "in-process" runs the handlers in this process, with the union of their environments: faster,
    and open to monkeypatching, but it cannot detect a variable that a function lacks, and runs no schedules.
    A factory supplies its own invoker. `site_directory` has the page's sources, or the page as it is built
    for publishing. `clock` serves the gateway and the issuer; the functions use the machine's. With
    `events_to` events are on: they go to the page of events and to each of these addresses.
    `users` are the people of the service's directory; None leaves it without one.

    Raises:
        Exception: one of START_ERRORS; the parts that were started are stopped again.
    """
    ports = ports or Ports.free()
    site_url = f"http://{HOST}:{ports.gateway}"
    with ExitStack() as stack:
        tokens = token_issuer(port=ports.issuer, state_directory=state_directory, clock=clock)
        sign_in_routes = sign_in.routes(tokens, site_url=site_url)
        stack.enter_context(
            AsgiServer(
                issuer.create_app(
                    tokens,
                    more=[*sign_in_routes, users_api.route(users_api.USERS if users is None else users)],
                ),
                host=HOST,
                port=ports.issuer,
            )
        )
        bandyer = stack.enter_context(
            running_simulator(api_key=_API_KEY, port=ports.bandyer, company=_company(site_url=site_url))
        )
        aws = stack.enter_context(running_aws_emulator(port=ports.aws, log=state_directory / EMULATOR_LOG))
        inbox = events_page.Inbox(events_page.new_secret())
        tells = events_to is not None
        application = _application(
            Template(template),
            parameters={
                **_parameters(issuer_url=tokens.url, bandyer_url=bandyer.url),
                **({"EventEndpointsSecretArn": _ENDPOINTS_SECRET} if tells else {}),
                "UsersApiEndpoint": "" if users is None else f"{tokens.url}{users_api.PATH}",
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
        if events_to is not None:
            addresses = {"page": f"{site_url}{events_page.INBOX_PATH}"}
            addresses |= {f"given-{number}": url for number, url in enumerate(events_to, start=1)}
            aws.create_secret(
                _ENDPOINTS_SECRET,
                content={name: {"url": url, "secret": inbox.secret} for name, url in addresses.items()},
            )
            stack.enter_context(
                running_event_sources(application, invoker=invoker, aws=aws, table_name=_TABLE_NAME)
            )
        gateway = Gateway(application, invoker=invoker, clock=clock)
        signs_in = sign_in.configuration(tokens.url)
        site = _site(
            api=gateway_app.create_app(gateway, on_request=on_request),
            prefix=f"/{application.api.stage}/",
            page=page.create_app(
                site_directory,
                configuration=lambda: (
                    page.local_configuration(SITE / "config.json", frame_origin=bandyer.url)
                    | {"signIn": signs_in}
                ),
                headers=read_site_headers(
                    Template(template),
                    frame_origin=bandyer.url,
                    parameters={"SignInTokenEndpoint": signs_in["tokenEndpoint"]},
                ),
            ),
            docs=reference.create_app(PROJECT_ROOT / "docs/openapi.html"),
            events=events_page.create_app(inbox) if tells else None,
        )
        stack.enter_context(AsgiServer(site, host=HOST, port=ports.gateway))
        # As `make company` does for a deployment.
        subscribe(
            webhook_url(f"{site_url}/{application.api.stage}"),
            client=BandyerClient(base_url=bandyer.url, api_key=StaticApiKey(_API_KEY)),
            replace=True,
        )
        yield Stack(
            events_secret=inbox.secret if tells else None,
            site_url=site_url,
            api_url=f"{site_url}/{application.api.stage}",
            bandyer=bandyer,
            issuer=tokens,
            aws=aws,
            table_name=_TABLE_NAME,
            application=application,
            gateway=gateway,
        )


def environment_of(ports: Ports) -> dict[str, str]:
    """Return the variables of the function that creates visits, in a stack that runs on these ports."""
    application = Template(TEMPLATE).application(
        parameters=_parameters(
            issuer_url=f"http://{HOST}:{ports.issuer}", bandyer_url=f"http://{HOST}:{ports.bandyer}"
        ),
        # By name and not by ARN, which only the stack itself knows; the function needs no queue.
        resources=_resources(
            table_arn=_TABLE_NAME,
            secret_id=_SECRET_NAME,
            queues={
                name: ResourceValue(name, attributes={"Arn": name})
                for name in ("DoorQueue", *_ENDPOINT_QUEUES)
            },
        ),
    )
    return dict(application.functions[_CREATING_FUNCTION].environment)


def _parameters(*, issuer_url: str, bandyer_url: str) -> dict[str, str]:
    """Return the template's parameters of a stack on this machine."""
    return {
        "OidcIssuer": issuer_url,
        "OidcAudience": issuer.AUDIENCE,
        "BandyerBaseUrl": bandyer_url,
        "BandyerPathPrefix": DEFAULT_PATH_PREFIX,
        "FrameOrigins": bandyer_url,
        "DeleteUploads": "true",
        "ConsentVersion": CONSENT_VERSION,
    }


def _company(*, site_url: str) -> Company:
    """Return the company as an operator sets it up: after a call the frame is redirected to our page."""
    return Company(end_call_redirect_url=f"{site_url}{page.CALL_ENDED_PATH}", end_call_redirect_timeout_ms=0)


def _application(
    template: Template, *, parameters: Mapping[str, str], aws: AwsEmulator, site_url: str
) -> Application:
    table = template.properties("TeleconsultationsTable", kind="AWS::DynamoDB::Table", parameters=parameters)
    table_arn = aws.create_table(_TABLE_NAME, properties=table)
    secret_arn = aws.create_secret(_SECRET_NAME, content={"apiKey": _API_KEY, "userIdKey": _USER_ID_KEY})
    queue = template.properties("DoorQueue", kind="AWS::SQS::Queue", parameters=parameters)
    queue_url, queue_arn = aws.create_queue(_DOORS, properties=queue)
    aws.create_schedule_group(_DOORS)
    queues: dict[str, ResourceValue] = {}
    for name in _ENDPOINT_QUEUES:
        properties = template.properties(
            name, kind="AWS::SQS::Queue", parameters=parameters, resources=queues
        )
        url, arn = aws.create_queue(f"{name}.fifo", properties=properties)
        queues[name] = ResourceValue(url, attributes={"Arn": arn})
    application = template.application(
        parameters=parameters,
        resources=_resources(
            table_arn=table_arn,
            secret_id=secret_arn,
            queues={**queues, "DoorQueue": ResourceValue(queue_url, attributes={"Arn": queue_arn})},
        ),
    )
    api = application.api
    if _PAGE_BASE_URL not in api.stage_variables:
        raise TemplateError(f"{api.name} has no stage variable {_PAGE_BASE_URL}")
    # The template's page address is https; here it is plain http on a port.
    variables = {**api.stage_variables, _PAGE_BASE_URL: site_url}
    return replace(application, api=replace(api, stage_variables=variables))


def _resources(
    *, table_arn: str, secret_id: str, queues: Mapping[str, ResourceValue]
) -> dict[str, ResourceValue]:
    """Return what the template's references to its resources stand for on this machine."""
    return {
        "TeleconsultationsTable": ResourceValue(_TABLE_NAME, attributes={"Arn": table_arn}),
        "BandyerSecret": ResourceValue(secret_id, attributes={"Id": secret_id}),
        **queues,
        "DoorSchedules": ResourceValue(_DOORS),
        "DoorSchedulesRole": ResourceValue(_DOORS, attributes={"Arn": _DOORS_ROLE_ARN}),
        "SiteDistribution": ResourceValue("local", attributes={"DomainName": HOST}),
    }


@contextmanager
def _invoker(
    application: Application, *, invocation: Invocation, aws: AwsEmulator, log: Path
) -> Iterator[Invoker]:
    functions = application.functions.values()
    # An endpoint of events may be on this machine, and here alone.
    extra = aws.environment() | {"ENDPOINTS_ON_THIS_MACHINE": "true"}
    if callable(invocation):
        with invocation(application, aws) as invoker:
            yield invoker
        return
    if invocation == "in-process":
        environment: dict[str, str] = {}
        for function in functions:
            environment |= runtime_environment(function, extra=extra)
        with _environment(environment):
            yield InProcessInvoker()
        return
    pools = PoolInvoker(functions, extra=extra, log=log)
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
    """Clear the caches of the handlers: they hold the addresses of an earlier stack."""
    for name in ("teleconsultation.bootstrap", "teleconsultation.bootstrap.events"):
        module = sys.modules.get(name)
        for value in vars(module).values() if module else ():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def _site(*, api: ASGIApp, prefix: str, page: ASGIApp, docs: ASGIApp, events: ASGIApp | None) -> ASGIApp:
    """Return one application with API, page and API reference under one origin, as in the distribution, and
    the page of events, if events are on.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            if scope["raw_path"].startswith(_ORIGINAL_ADDRESS):
                await api({**scope, "raw_path": scope["raw_path"].removeprefix(_CUT_OFF)}, receive, send)
                return
            answering = docs if path == reference.PATH else api if path.startswith(prefix) else page
            if events is not None and (path + "/").startswith(f"{events_page.PATH}/"):
                answering = events
            await answering(scope, receive, send)

    return app
