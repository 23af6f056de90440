"""Where the recorder listens: one tap at each place where a text leaves the product, or enters it."""

import functools
import json
import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.canaries.on_import import OnImport
from tests.canaries.places import Channel, Kind
from tests.canaries.recorder import Recorder

if TYPE_CHECKING:
    from teleconsultation.edge.http import Request

PROJECT: Final = Path(__file__).resolve().parents[2]
TESTS: Final = str(PROJECT / "tests")
STATE_DIRECTORY: Final = PROJECT / ".local"
FUNCTIONS_LOG: Final = "functions.log"
"""Where functions in processes of their own write; as `local.stack` has it, which would load the servers."""
OURS: Final = ("aws_json", "bandyer", "probe", "teleconsultation")
LIBRARIES: Final = ("aws_lambda_powertools", "boto3", "botocore", "py.warnings", "requests", "urllib3")
"""Whose loggers exist in a function besides ours."""
OF_MANAGERS: Final = ("/attendance", "/history", "/sessions")
"""Ends of paths of GET that participants may not ask, or only those who organise the call."""
PROVIDERS_SIGNATURE: Final = "bandyer-signature"
"""The header of an event of the provider; anybody can ask its route, and only the provider signs."""
HARMLESS: Final = frozenset(
    {
        *("requestId", "requestTime", "routeKey", "status", "error.responseType"),
        *("responseLength", "responseLatency", "integration.status", "integration.latency"),
    }
)
"""Variables of API Gateway's access log that cannot hold anything of a caller's; any other is taken to hold
the whole request. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""


def _tap_join_secrets(recorder: Recorder, *, patch: pytest.MonkeyPatch) -> None:
    """Learn every join secret as soon as the product has it."""
    from teleconsultation.domain.join_secrets import JoinSecrets

    derive = JoinSecrets._derive

    def learn_secret(self: JoinSecrets, *parts: str, write: Callable[[bytes], str]) -> str:
        secret = derive(self, *parts, write=write)
        recorder.learn(Kind.JOIN_SECRET, secret)
        return secret

    patch.setattr(JoinSecrets, "_derive", learn_secret)


def _tap_access_links(recorder: Recorder, *, patch: pytest.MonkeyPatch) -> None:
    """Learn every access link as soon as the product has it."""
    from teleconsultation.domain.model import Room

    make_room = Room.__init__

    def learn_links(self: Room, *args: Any, **facts: Any) -> None:
        make_room(self, *args, **facts)
        for link in self.links.values():
            if "://" in link:
                recorder.learn(Kind.ACCESS_LINK, link.partition("?")[0].rpartition("/")[2])

    patch.setattr(Room, "__init__", learn_links)


def _tap_logs(recorder: Recorder, *, patch: pytest.MonkeyPatch) -> None:
    """Read what our logger writes, at whatever level a test gives it."""
    from teleconsultation.edge.powertools_log import logger

    handler = logger.registered_handler
    write = handler.format

    def read_line(record: logging.LogRecord) -> str:
        line = write(record)
        recorder.read(Channel.LOG, line)
        return line

    patch.setattr(handler, "format", read_line)


def _tap_route_logs(recorder: Recorder, *, patch: pytest.MonkeyPatch) -> None:
    from teleconsultation.edge import request_log

    patch.setattr(request_log, "_print", _reading_print(recorder, request_log._print))


def _tap_library_logs(recorder: Recorder, *, patch: pytest.MonkeyPatch) -> None:
    """Read what the libraries log from WARNING on, the level of the root logger in Lambda's runtime."""
    patch.setattr(logging.root, "handlers", [*logging.root.handlers, _LibraryHandler(recorder)])


def _reading_print(recorder: Recorder, write: Callable[..., None]) -> Callable[..., None]:
    """Read what GET writes by hand, its metrics too."""

    def read(*lines: dict[str, object]) -> None:
        write(*lines)
        for line in lines:
            recorder.read(Channel.METRIC if "_aws" in line else Channel.LOG, json.dumps(line, default=str))

    return read


class _LibraryHandler(logging.Handler):
    def __init__(self, recorder: Recorder) -> None:
        super().__init__(logging.WARNING)
        self._recorder = recorder

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] in LIBRARIES or record.name in LIBRARIES:
            self._recorder.read(Channel.LOG, self.format(record))


def _tap_metrics(recorder: Recorder, *, patch: pytest.MonkeyPatch) -> None:
    from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

    serialize = AmazonCloudWatchEMFProvider.serialize_metric_set

    def read_metrics(self: AmazonCloudWatchEMFProvider, *args: Any, **kwargs: Any) -> Any:
        metrics = serialize(self, *args, **kwargs)
        recorder.read(Channel.METRIC, json.dumps(metrics))
        return metrics

    patch.setattr(AmazonCloudWatchEMFProvider, "serialize_metric_set", read_metrics)


def _tap_handlers(recorder: Recorder, *, patch: pytest.MonkeyPatch) -> None:
    from teleconsultation.edge import http

    make = http.endpoint

    def endpoint(**options: Any) -> Callable[[Any], Any]:
        def decorate(route: Any) -> Any:
            handler = make(**options)(route)

            @functools.wraps(handler)
            def tapped(event: Any, context: Any) -> Any:
                path = event["requestContext"]["http"]["path"]
                recorder.read(_request_channel(event["headers"]), json.dumps(event))
                answer = handler(event, context)
                _read_answer(
                    recorder,
                    method=event["requestContext"]["http"]["method"],
                    path=path,
                    status=answer["statusCode"],
                    headers=answer["headers"],
                    body=answer.get("body", ""),
                )
                return answer

            return tapped

        return decorate

    patch.setattr(http, "endpoint", endpoint)


def _tap_gateway(recorder: Recorder, *, patch: pytest.MonkeyPatch) -> None:
    """The same at the laptop's gateway, which refuses some requests itself and runs functions elsewhere."""
    from deployment.template.intrinsics import parse_template
    from local.gateway import exchange
    from local.gateway.http_api import Gateway

    handle = Gateway.handle
    access_log = parse_template((PROJECT / "template.yaml").read_text(encoding="utf-8"))["Resources"]["Api"][
        "Properties"
    ]
    # !Sub replaces only the stack's name, which holds no personal data.
    line_format: str = access_log["AccessLogSettings"]["Format"]["Fn::Sub"]

    def read_exchange(self: Gateway, request: exchange.Request) -> exchange.Response:
        headers = "\n".join(f"{name}: {value}" for name, value in request.headers)
        body = request.body.decode(errors="replace")
        whole = f"{request.path}?{request.query}\n{headers}\n\n{body}"
        recorder.read(_request_channel(name for name, _ in request.headers), whole)
        response = handle(self, request)
        recorder.read(
            Channel.ACCESS_LOG,
            access_log_line(line_format, route_key=self.route_key(request), whole_request=whole),
        )
        _read_answer(
            recorder,
            method=request.method,
            path=request.path,
            status=response.status,
            headers=dict(response.headers),
            body=response.body.decode(errors="replace"),
        )
        return response

    patch.setattr(Gateway, "handle", read_exchange)


def _tap_browsers(recorder: Recorder, *, patch: pytest.MonkeyPatch) -> None:
    """Read every address a browser asks for, on our page or in the call, and where it says it comes from.

    Without the name that a link into the call has in its query: the provider wants it there.
    https://developers.kaleyra.io/reference/video-query-strings
    """
    from starlette.types import ASGIApp, Receive, Scope, Send

    from local.asgi_server import AsgiServer

    init = AsgiServer.__init__

    def serve(self: AsgiServer, app: ASGIApp, **options: Any) -> None:
        async def tapped(scope: Scope, receive: Receive, send: Send) -> None:
            headers = dict(scope.get("headers", ()))
            if headers.get(b"user-agent", b"").startswith(b"Mozilla/"):
                address = f"{scope['path']}?{_text(scope['query_string'])}"
                told = f"{address} from {_text(headers.get(b'referer'))}"
                recorder.read(Channel.BROWSER_URL, re.sub(r"display_name=[^&\s]*", "", told))
            await app(scope, receive, send)

        init(self, tapped, **options)

    patch.setattr(AsgiServer, "__init__", serve)


def access_log_line(line_format: str, *, route_key: str | None, whole_request: str) -> str:
    """Write API Gateway's line, with the whole request for every variable that may hold some of it."""

    def value(variable: re.Match[str]) -> str:
        if variable[1] == "routeKey":
            return route_key or "-"
        return "-" if variable[1] in HARMLESS else whole_request

    return re.sub(r"\$context\.([\w.]+)", value, line_format)


def _request_channel(headers: Iterable[str]) -> Channel:
    return Channel.PROVIDER_EVENT if PROVIDERS_SIGNATURE in map(str.lower, headers) else Channel.REQUEST


def _read_answer(
    recorder: Recorder, *, method: str, path: str, status: int, headers: Mapping[str, str], body: str
) -> None:
    told = {name.lower(): value for name, value in headers.items()}
    # A list's way to its next page repeats the booking system's own query, which may have somebody's id.
    recorder.read(Channel.MANAGEMENT_ANSWER, told.pop("link", ""))
    recorder.read(Channel.ANSWER_HEADERS, json.dumps(told))
    if status >= 400:
        recorder.read(Channel.ERROR_BODY, _without_field_names(body))
    elif headers.get("content-type", "").startswith("text/calendar"):
        recorder.read(Channel.CALENDAR_FILE, body.replace("\r\n ", ""))
    elif headers.get("content-type", "").startswith("application/fhir+json"):
        recorder.read(Channel.FHIR_RESOURCE, body)
    elif body and path.endswith("/credentials"):
        recorder.read(Channel.CREDENTIALS_ANSWER, body)
    elif body:
        is_participants = method == "GET" and not path.endswith(OF_MANAGERS)
        # Calendar files in an answer are folded too, and JSON writes a line break with letters.
        recorder.read(
            Channel.GET_ANSWER if is_participants else Channel.MANAGEMENT_ANSWER,
            body.replace("\\r\\n ", ""),
        )


def _without_field_names(body: str) -> str:
    """Drop where a body is wrong: a field that nobody knows is named as its caller named it."""
    try:
        problem = json.loads(body)
    except ValueError:
        return body
    for error in problem.get("errors", ()) if isinstance(problem, dict) else ():
        error.pop("field", None)
    return json.dumps(problem)


def _tap_exceptions(module: ModuleType, recorder: Recorder, *, patch: pytest.MonkeyPatch) -> None:
    """Read the text of every exception of a module of ours when it is made. What a test raises, to see what
    becomes of it, is no text of the product's.
    """
    for kind in tuple(vars(module).values()):
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            continue
        # One that is derived from another of ours is read by that one.
        is_first = [base for base in kind.__mro__ if _is_ours(base.__module__)] == [kind]
        if is_first and kind.__module__ == module.__name__:
            patch.setattr(kind, "__init__", _reading_init(recorder, kind.__init__))


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in OURS


def _tap_edge(recorder: Recorder, *, patch: pytest.MonkeyPatch) -> None:
    """Read the text of every exception that reaches the edge, with all it is chained to."""
    from teleconsultation.edge import http

    for name in ("_refusal", "_failure"):
        patch.setattr(http, name, _reading_edge(recorder, getattr(http, name)))


def _reading_init(recorder: Recorder, init: Callable[..., None]) -> Callable[..., None]:
    def read(self: BaseException, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        maker = sys._getframe(1)
        while maker.f_code.co_name == "__init__" and maker.f_back is not None:
            maker = maker.f_back
        if not maker.f_code.co_filename.startswith(TESTS):
            recorder.read(Channel.EXCEPTION, f"{self} {self!r}")

    return read


def _reading_edge(recorder: Recorder, answer: Callable[..., Any]) -> Callable[..., Any]:
    def read(error: BaseException, request: "Request", **others: Any) -> Any:
        link: BaseException | None = error
        while link is not None:
            if not _raised_by_a_test(link):
                recorder.read(Channel.EXCEPTION, f"{link} {link!r}")
            link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
        return answer(error, request, **others)

    return read


def _raised_by_a_test(error: BaseException) -> bool:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    # An exception that was never raised has no trace: somebody made it only to chain it.
    return trace is None or trace.tb_frame.f_code.co_filename.startswith(TESTS)


def _tap_provider(recorder: Recorder, *, patch: pytest.MonkeyPatch) -> None:
    """Read every request that carries an API key; tests ask the simulator for other things too."""
    from requests.sessions import PreparedRequest, Session

    send = Session.send

    def read_request(self: Session, request: PreparedRequest, **kwargs: Any) -> Any:
        if "apikey" in request.headers:
            recorder.read(Channel.PROVIDER_URL, request.url or "")
            recorder.read(Channel.PROVIDER_HEADERS, json.dumps(dict(request.headers)))
            recorder.read(Channel.PROVIDER_BODY, _text(request.body))
        return send(self, request, **kwargs)

    patch.setattr(Session, "send", read_request)


def _tap_aws(recorder: Recorder, *, patch: pytest.MonkeyPatch) -> None:
    """Read what GET's reader asks of the table; the address is the same for every request."""
    from aws_json.client import DynamoDBReader

    read_item = DynamoDBReader.get_item

    def read_request(self: DynamoDBReader, request: Mapping[str, object]) -> Any:
        recorder.read(Channel.TABLE, json.dumps(request))
        return read_item(self, request)

    patch.setattr(DynamoDBReader, "get_item", read_request)


def _tap_boto3(recorder: Recorder, *, patch: pytest.MonkeyPatch) -> None:
    """Read what the writers ask of the table and the secret store.

    Tests and the emulator's start use boto3 too. The product only reads from the secret store.
    """
    from botocore.client import BaseClient

    call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def read_boto3_request(self: BaseClient, operation: str, request: Mapping[str, object]) -> Any:
        service = self.meta.service_model.service_name
        if service == "dynamodb":
            recorder.read(Channel.TABLE, json.dumps(request))
        elif operation == "GetSecretValue":
            recorder.read(Channel.SECRET_STORE, json.dumps(request))
        return call(self, operation, request)

    patch.setattr(BaseClient, "_make_api_call", read_boto3_request)


_TAPS: Final[Mapping[str, tuple[Callable[..., None], ...]]] = {
    "teleconsultation.domain.join_secrets": (_tap_join_secrets,),
    "teleconsultation.domain.model": (_tap_access_links,),
    "teleconsultation.edge.powertools_log": (_tap_logs,),
    "teleconsultation.edge.request_log": (_tap_route_logs,),
    "aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch": (_tap_metrics,),
    "teleconsultation.edge.http": (_tap_handlers, _tap_edge),
    "local.gateway.http_api": (_tap_gateway,),
    "local.asgi_server": (_tap_browsers,),
    "requests.sessions": (_tap_provider,),
    "aws_json.client": (_tap_aws,),
    "botocore.client": (_tap_boto3,),
}
"""What is to be tapped when a module has been imported."""


def install(recorder: Recorder, *, patch: pytest.MonkeyPatch) -> OnImport:
    """Open every tap when its module is first imported, so that a test of one module loads no other.

    They stay open until `patch` is undone.
    """

    def open_taps(module: ModuleType) -> None:
        for tap in _TAPS[module.__name__]:
            tap(recorder, patch=patch)

    imports = OnImport()
    imports.install()
    imports.add(_TAPS.__contains__, open_taps)
    imports.add(
        _is_ours,
        lambda module: _tap_exceptions(module, recorder, patch=patch),
    )
    _tap_library_logs(recorder, patch=patch)
    return imports


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes | bytearray) else str(value or "")


class FunctionLogs:
    """What functions in processes of their own wrote: the log files that appear or grow during the run."""

    def __init__(self, *, own: Path = STATE_DIRECTORY / FUNCTIONS_LOG) -> None:
        """Remember how long the project's own file is now; all others are the run's."""
        self._own = own
        self._read_before = own.stat().st_size if own.exists() else 0

    def read(self, recorder: Recorder, *, temporary: Path) -> None:
        """Read them all, those below the run's temporary folder included."""
        if self._own.exists():
            written = self._own.read_bytes()
            # One that is shorter than before was removed meanwhile, and begun anew.
            start = self._read_before if len(written) >= self._read_before else 0
            self._read_lines(recorder, written[start:], name="make run")
        for file in temporary.rglob(FUNCTIONS_LOG):
            self._read_lines(recorder, file.read_bytes(), name=file.parent.name)

    def _read_lines(self, recorder: Recorder, written: bytes, *, name: str) -> None:
        for line in written.decode(errors="replace").splitlines():
            channel = Channel.METRIC if '"_aws"' in line else Channel.LOG
            recorder.read(channel, line, where=f"a function's process of {name}")
